"""Token introspection: RFC 7662. A caller sees what is its own; of all else, only that it is not active."""

from consentry.clients.model import Client
from consentry.formats import Presented
from consentry.grants.model import NEVER, Grant, GrantTransaction, HeldAccessToken, HeldRefreshToken
from consentry.spec import acr, scopes
from consentry.spec.scopes import Scope
from consentry.tokens import Kind, recognise

Found = HeldAccessToken | HeldRefreshToken
Description = dict[str, str | int | bool | list[str]]
STEP_UP = ("acr", "auth_time")  # RFC 9470 §6.2: by these a resource server judges whether it asks for more

INACTIVE: Description = {"active": False}  # §2.2: and nothing beside


async def find(tx: GrantTransaction, text: str, access: Presented | None) -> Found | None:
    """The token by its text, or as the access token that it was recognised as. It says itself what it is, so a hint is
    neither needed nor believed (§2.1)."""
    if access is not None:
        return await tx.find_access_token(access.digest)
    if refresh := recognise(text, Kind.REFRESH_TOKEN):
        return await tx.find_refresh_token(refresh.digest())
    return None


def describe(found: Found | None, caller: Client, issuer: str, now: int) -> Description:
    """What this caller, who has proven who it is, may know of the token at this moment (§2.2)."""
    match found:
        case HeldAccessToken(token, grant) if _sees(caller, grant) and grant.live(now) and now < token.expires_at:
            scope = token.scope & grant.permissions.scope
            return _active(grant, scope, "Bearer", token.issued_at, token.expires_at, issuer)
        # To a resource server a refresh token is nothing: it must never pass for an access token there.
        case HeldRefreshToken(token, grant) if caller.id == grant.client_id and _refreshes(found, now):
            return _active(grant, grant.permissions.scope, "refresh_token", token.issued_at, token.expires_at, issuer)
        case _:
            return dict(INACTIVE)


def _sees(caller: Client, grant: Grant) -> bool:
    """§4: a resource server sees the tokens for its own resource, a client those that it was given."""
    if caller.resource_server:
        return caller.deployment_id == grant.permissions.deployment_id
    return caller.id == grant.client_id


def _refreshes(held: HeldRefreshToken, now: int) -> bool:
    """A spent one is not active, though a repeat of it may still be led on (ADR 4)."""
    return held.token.spent_at is None and held.grant.live(now) and now < held.token.expires_at


def _active(grant: Grant, scope: Scope, kind: str, issued_at: int, expires_at: int, issuer: str) -> Description:
    """No name or address of a person: `sub` is all that a resource server needs of them."""
    ends_at = min(expires_at, grant.expires_at)
    # An API key without end has none to tell.
    ends = {} if ends_at == NEVER else {"exp": ends_at}
    return {
        "active": True,
        "scope": scopes.render(scope),
        "client_id": grant.client_id,
        "sub": grant.sub,
        "aud": grant.permissions.resource,
        "iss": issuer,
        "iat": issued_at,
        "token_type": kind,
        **ends,
        **{name: told for name, told in acr.claims(grant.auth_time, grant.amr).items() if name in STEP_UP},
    }
