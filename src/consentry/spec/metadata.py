"""Metadata documents: RFC 8414 §2, OpenID Connect Discovery §3, RFC 9728 §2. Absent members are omitted, never null."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from consentry.spec import pkce

Document = dict[str, str | bool | list[str]]

OAUTH_SERVER = "oauth-authorization-server"
OPENID_CONFIGURATION = "openid-configuration"
PROTECTED_RESOURCE = "oauth-protected-resource"

# Each endpoint that a document can name, and where it is below the issuer.
ENDPOINTS: Mapping[str, str] = MappingProxyType(
    {
        "authorization_endpoint": "authorize",
        "token_endpoint": "token",
        "registration_endpoint": "register",
        "revocation_endpoint": "revoke",
        "introspection_endpoint": "introspect",
        "jwks_uri": "jwks.json",
        "pushed_authorization_request_endpoint": "par",
        "userinfo_endpoint": "userinfo",
        "device_authorization_endpoint": "device_authorization",
    }
)


@dataclass(frozen=True, slots=True)
class Features:
    """What is built and switched on. What a document advertises is said here and nowhere else.

    `endpoints` are names of ENDPOINTS; `links` are members that only point somewhere, such as service_documentation.
    """

    scopes: tuple[str, ...]
    grant_types: tuple[str, ...]
    auth_methods: tuple[str, ...]
    signing_algs: tuple[str, ...]
    auth_signing_algs: tuple[str, ...] = ()
    metadata_documents: bool = False
    endpoints: tuple[str, ...] = tuple(ENDPOINTS)
    links: tuple[tuple[str, str], ...] = ()
    require_pushed: bool = False
    claims: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    acr_values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    """What the authorization server says of itself."""

    issuer: str
    features: Features

    def document(self) -> Document:
        """RFC 8414 §2 and OpenID Connect Discovery §3 in one: clients ask at either address, and take what is there."""
        on = self.features
        signing = ("token", "revocation", "introspection") if on.auth_signing_algs else ()
        told = {"claims_supported": on.claims, "prompt_values_supported": on.prompts}
        told |= {"acr_values_supported": on.acr_values}
        return {
            "issuer": self.issuer,
            **{name: f"{self.issuer}/{ENDPOINTS[name]}" for name in on.endpoints},
            "scopes_supported": list(on.scopes),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": list(on.grant_types),
            "token_endpoint_auth_methods_supported": list(on.auth_methods),
            "revocation_endpoint_auth_methods_supported": list(on.auth_methods),
            # RFC 7662 §2.1: whoever asks has to prove who it is.
            "introspection_endpoint_auth_methods_supported": [one for one in on.auth_methods if one != "none"],
            # §2: to be there wherever private_key_jwt is.
            **{f"{name}_endpoint_auth_signing_alg_values_supported": list(on.auth_signing_algs) for name in signing},
            "code_challenge_methods_supported": list(pkce.METHODS),
            # RFC 9207 §3: every authorization response carries `iss`.
            "authorization_response_iss_parameter_supported": True,
            "require_pushed_authorization_requests": on.require_pushed,  # RFC 9126 §5
            **({"client_id_metadata_document_supported": True} if on.metadata_documents else {}),  # CIMD §5
            # OpenID Connect: clients' parsers throw without the first two.
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": list(on.signing_algs),
            **{name: list(values) for name, values in told.items() if values},
            "claims_parameter_supported": False,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,  # §3: true where it is absent
            **dict(on.links),
        }


@dataclass(frozen=True, slots=True)
class ProtectedResource:
    """One deployment's MCP URL as RFC 9728 §2 describes it; `resource` is the URL a person types.

    `authorization_server` is None where tokens come from one that nobody can find by a URL.
    """

    resource: str
    authorization_server: str | None
    scopes: tuple[str, ...]
    name: str

    def document(self) -> Document:
        return {
            "resource": self.resource,
            **({"authorization_servers": [self.authorization_server]} if self.authorization_server else {}),
            **({"scopes_supported": list(self.scopes)} if self.scopes else {}),
            # OAuth 2.1 §5.2.1: neither the query nor, unless a deployment asks for it, the form body.
            "bearer_methods_supported": ["header"],
            "resource_name": self.name,
        }
