"""Token revocation: RFC 7009. A refresh token takes its whole grant with it, an access token only itself."""

from consentry.clients.model import Client
from consentry.formats import Presented
from consentry.grants.api_key import PERSONAL_KEY
from consentry.grants.model import NEVER, EndReason, Grant, GrantTransaction
from consentry.spec.errors import Refusal
from consentry.spec.params import Params
from consentry.tokens import Kind, recognise


async def revoke(
    tx: GrantTransaction,
    params: Params,
    access: Presented | None,
    client: Client,
    network: str | None,
    now: int,
    *,
    cascade: bool = True,
) -> Refusal | None:
    """None for every well-formed request, whether the token was known or not (§2.2).

    The token itself says what it is, so `token_type_hint` is neither needed nor believed (§2.1). `access` is what
    an access token was recognised as. Without `cascade` a refresh token goes alone: the access tokens of its grant,
    which §2.1 says SHOULD go as well, run out.
    """
    text = params.get("token")
    if text is None:
        return Refusal("invalid_request", "token is missing.", "revoke:absent")
    if refresh := recognise(text, Kind.REFRESH_TOKEN):
        held = await tx.find_refresh_token(refresh.digest())
        # §2.1: a token of another client is left alone.
        if held is not None and held.grant.client_id == client.id:
            if cascade:
                await end(tx, held.grant, "revoked by the client", network, now)
            else:
                await _end_refreshing(tx, held.grant, network, now)
    elif access is not None:
        found = await tx.find_access_token(access.digest)
        # A person's own key has no client. Whoever holds it could do worse with it than to end it (ADR 16).
        if found is None or found.grant.client_id not in {client.id, PERSONAL_KEY}:
            return None
        endless = found.token.expires_at == NEVER and found.grant.subject is None
        if endless or found.grant.client_id == PERSONAL_KEY:
            # Such a key is all that its grant has; a client that acts for itself could ask for the next.
            await end(tx, found.grant, "revoked by the client", network, now)
        else:
            await tx.remove_access_token(found.token.digest)
            await tx.add_event(found.grant.event("grant:token:revoked", network, now))
    return None


async def _end_refreshing(tx: GrantTransaction, grant: Grant, network: str | None, now: int) -> None:
    if await tx.end_refreshing(grant.id, now):
        await tx.add_event(grant.event("grant:refresh:ended", network, now))


async def end(tx: GrantTransaction, grant: Grant, because: EndReason, network: str | None, now: int) -> bool:
    """Ends a grant, and with it all its tokens, at once; False where it had ended already."""
    ended = await tx.end_grant(grant.id, because, now)
    if ended:
        await tx.add_event(grant.event("grant:grant:ended", network, now, because))
    return ended
