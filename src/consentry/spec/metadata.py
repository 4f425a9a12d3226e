"""Metadata documents: RFC 8414 §2, OpenID Connect Discovery §3, RFC 9728 §2. Absent members are omitted, never null."""

from dataclasses import dataclass

from consentry.spec import pkce

Document = dict[str, str | bool | list[str]]

OAUTH_SERVER = "oauth-authorization-server"
OPENID_CONFIGURATION = "openid-configuration"
PROTECTED_RESOURCE = "oauth-protected-resource"


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    """What the authorization server says of itself; both its documents are made of this one object."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    registration_endpoint: str
    revocation_endpoint: str
    jwks_uri: str
    scopes: tuple[str, ...]
    grant_types: tuple[str, ...]
    auth_methods: tuple[str, ...]
    signing_algs: tuple[str, ...]

    def oauth(self) -> Document:
        """RFC 8414 §2."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": self.authorization_endpoint,
            "token_endpoint": self.token_endpoint,
            "registration_endpoint": self.registration_endpoint,
            "revocation_endpoint": self.revocation_endpoint,
            "jwks_uri": self.jwks_uri,
            "scopes_supported": list(self.scopes),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": list(self.grant_types),
            "token_endpoint_auth_methods_supported": list(self.auth_methods),
            "revocation_endpoint_auth_methods_supported": list(self.auth_methods),
            "code_challenge_methods_supported": list(pkce.METHODS),
            # RFC 9207 §3: every authorization response carries `iss`.
            "authorization_response_iss_parameter_supported": True,
        }

    def openid(self) -> Document:
        """OpenID Connect Discovery §3 wants these beside; clients' parsers throw without them."""
        return self.oauth() | {
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": list(self.signing_algs),
            "request_uri_parameter_supported": False,  # §3: true where it is absent
        }


@dataclass(frozen=True, slots=True)
class ProtectedResource:
    """One deployment's MCP URL as RFC 9728 §2 describes it; `resource` is the URL a person types."""

    resource: str
    authorization_server: str
    scopes: tuple[str, ...]
    name: str

    def document(self) -> Document:
        return {
            "resource": self.resource,
            "authorization_servers": [self.authorization_server],
            "scopes_supported": list(self.scopes),
            # OAuth 2.1 §5.2.1: neither the query nor, unless a deployment asks for it, the form body.
            "bearer_methods_supported": ["header"],
            "resource_name": self.name,
        }
