"""Dynamic client registration: RFC 7591."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from consentry.audit import Event
from consentry.clients import openid, proving
from consentry.clients.model import AUTH_METHODS, GRANT_TYPES, AuthMethod, Client, ClientTransaction, Json
from consentry.spec import scopes, uris
from consentry.spec.errors import Refusal
from consentry.tokens import Entropy, Kind, Secret, identifier, mint

LONGEST_TEXT = 500
# RFC 7591 §2, members that are kept and given back as they came. Unknown ones are ignored.
_ECHOED_TEXT = ("client_uri", "logo_uri", "tos_uri", "policy_uri", "software_id", "software_version", *openid.ECHOED)


@dataclass(frozen=True, slots=True)
class RegistrationPolicy:
    """What the operator lets strangers register."""

    private_schemes: frozenset[str]
    signing_algorithm: str = "ES256"


@dataclass(frozen=True, slots=True)
class Registered:
    """A new client, and its secret where it has one: this is the only time that it is known."""

    client: Client
    secret: Secret | None


def make(metadata: Mapping[str, Json], policy: RegistrationPolicy, entropy: Entropy, now: int) -> Registered | Refusal:
    """The client that this metadata asks for, or why there is none. Touches nothing."""
    redirect_uris = metadata.get("redirect_uris")
    fault = _redirect_uris_fault(redirect_uris, metadata.get("application_type"), policy)
    if fault:
        return Refusal("invalid_redirect_uri", fault, "registration:redirect_uri")
    fault = _metadata_fault(metadata) or openid.fault(metadata, policy.signing_algorithm)
    if fault:
        return Refusal("invalid_client_metadata", fault, "registration:metadata")
    # RFC 7591 §2: client_secret_basic where the client names no method.
    method = cast("AuthMethod", metadata.get("token_endpoint_auth_method") or "client_secret_basic")
    keys = proving.read(metadata, method)
    if isinstance(keys, str):
        return Refusal("invalid_client_metadata", keys, "registration:keys")
    secret = mint(Kind.CLIENT_SECRET, entropy) if method.startswith("client_secret") else None
    client = Client(
        id=identifier("client", entropy),
        name=cast("str", metadata.get("client_name") or ""),
        redirect_uris=tuple(cast("list[str]", redirect_uris)),
        grant_types=_grant_types(metadata.get("grant_types")),
        auth_method=method,
        source="registration",
        created_at=now,
        application_type=cast("Literal['web', 'native'] | None", metadata.get("application_type")),
        secret_digest=secret.digest() if secret else None,
        scope=cast("str | None", metadata.get("scope")) or None,
        metadata=_echoed(metadata),
        jwks=keys.jwks,
        jwks_uri=keys.jwks_uri,
    )
    return Registered(client, secret)


async def register(tx: ClientTransaction, registered: Registered, network: str | None, now: int) -> None:
    """Keeps a client that was made."""
    await tx.add_client(registered.client)
    await tx.add_event(
        Event(
            "client:registration:created",
            now,
            network=network,
            client_id=registered.client.id,
            detail={"auth_method": registered.client.auth_method},
        )
    )


def _redirect_uris_fault(given: Json, application_type: Json, policy: RegistrationPolicy) -> str | None:
    if not isinstance(given, list) or not given:
        return "redirect_uris must be a list with at least one URI."
    if len(given) > uris.MOST_REDIRECT_URIS:
        return f"redirect_uris must have at most {uris.MOST_REDIRECT_URIS} entries."
    for position, uri in enumerate(given, 1):
        if not isinstance(uri, str):
            return f"redirect_uris: entry {position} is not text."
        kind = application_type if isinstance(application_type, str) else None
        fault = uris.redirect_uri_fault(uri, kind, policy.private_schemes)
        if fault:
            return f"redirect_uris: entry {position} {fault}."
    return None


def _metadata_fault(metadata: Mapping[str, Json]) -> str | None:
    for name in ("client_name", "scope", "token_endpoint_auth_method", "application_type", *_ECHOED_TEXT):
        value = metadata.get(name)
        if value is not None and not (isinstance(value, str) and len(value) <= LONGEST_TEXT and _storable(value)):
            return f"{name} must be text of at most {LONGEST_TEXT} characters."
    if metadata.get("token_endpoint_auth_method") not in {None, "", *AUTH_METHODS}:
        return f"token_endpoint_auth_method must be one of {', '.join(AUTH_METHODS)}."
    # OpenID Connect Registration §2.
    if metadata.get("application_type") not in {None, "web", "native"}:
        return "application_type must be web or native."
    if scopes.parse(cast("str | None", metadata.get("scope"))) is None:
        return "scope must be a list of scopes with spaces between them."
    for name in ("grant_types", "response_types", "contacts"):
        if not _is_text_list(metadata.get(name)):
            return f"{name} must be a list of texts."
    grant_types = metadata.get("grant_types")
    if isinstance(grant_types, list) and grant_types and "authorization_code" not in grant_types:
        return "grant_types must include authorization_code."
    response_types = metadata.get("response_types")
    if isinstance(response_types, list) and response_types and "code" not in response_types:
        return "response_types must include code."
    return None


def _grant_types(given: Json) -> tuple[str, ...]:
    """RFC 7591 §2 ignores what is not supported; a client that names none gets all there is (§3.2.1 lets us)."""
    if not isinstance(given, list) or not given:
        return GRANT_TYPES
    return tuple(name for name in GRANT_TYPES if name in given)


def _echoed(metadata: Mapping[str, Json]) -> dict[str, Json]:
    return {name: metadata[name] for name in (*_ECHOED_TEXT, "contacts") if metadata.get(name)}


def _is_text_list(value: Json) -> bool:
    if value is None:
        return True
    return (
        isinstance(value, list)
        and len(value) <= 20
        and all(isinstance(entry, str) and len(entry) <= LONGEST_TEXT and _storable(entry) for entry in value)
    )


def _storable(text: str) -> bool:
    """Lone surrogates are valid in JSON's \\u escapes, but no database can hold them; nor NUL in PostgreSQL."""
    return "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)
