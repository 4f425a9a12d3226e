"""grant_type=authorization_code: OAuth 2.1 §4.1.3; replay per §4.1.3 and ADR 5."""

from consentry.audit import Event
from consentry.grants.exchange import (
    Exchange,
    Issued,
    check_resource,
    dead,
    narrowed,
    new_access_token,
    new_refresh_token,
    refreshing,
)
from consentry.grants.model import NEVER, AuthorizationCode, Grant, GrantTransaction, Purchase
from consentry.spec import pkce
from consentry.spec.errors import Refusal
from consentry.spec.scopes import Scope
from consentry.tokens import Kind, identifier, recognise


async def exchange(tx: GrantTransaction, request: Exchange) -> Issued | Refusal:
    """Find, owner?, check, spent?, spend and add. A stranger's guess changes nothing, a failed check spends nothing."""
    given = request.params.get("code")
    if given is None:
        return Refusal("invalid_request", "code is missing.", "code:absent")
    code = recognise(given, Kind.AUTHORIZATION_CODE)
    held = await tx.find_code(code.digest()) if code else None
    if held is None:
        return dead("authorization code", "code:unknown")
    if held.client_id != request.client.id:
        return dead("authorization code", "code:foreign")
    scope = check(held, request)
    if isinstance(scope, Refusal):
        return scope
    return await buy(tx, held, scope, request)


def check(held: AuthorizationCode, request: Exchange) -> Scope | Refusal:
    """Whether the request proves to come from where the code was sent; the scope it gets, if so."""
    verifier = request.params.get("code_verifier")
    if verifier is None or not pkce.proves(verifier, held.code_challenge):
        return Refusal(
            "invalid_grant",
            "The code_verifier does not match the code_challenge (RFC 7636 §4.6).",
            "code:verifier",
        )
    redirect_uri = request.params.get("redirect_uri")
    # OAuth 2.1 §10.2: older clients still send it, and then it has to be the same.
    if redirect_uri is not None and redirect_uri != held.redirect_uri:
        return Refusal(
            "invalid_grant",
            "The redirect_uri is not the one of the authorization request.",
            "code:redirect_uri",
        )
    return check_resource(request.params, held.permissions) or narrowed(request.params, held.permissions)


async def buy(tx: GrantTransaction, held: AuthorizationCode, scope: Scope, request: Exchange) -> Issued | Refusal:
    """What a code comes to for the client that it is for, in whatever way it got it; `scope` is the access token's."""
    if held.spent_at is not None:
        return await _replayed(tx, held, request)
    if request.now >= held.expires_at:
        return _dead(held, "expired")
    return await _spend(tx, held, scope, request)


async def _spend(tx: GrantTransaction, held: AuthorizationCode, scope: Scope, request: Exchange) -> Issued | Refusal:
    terms = request.terms
    shape = await tx.find_format(held.permissions.deployment_id)
    refreshes = "refresh_token" in request.client.grant_types and not shape.endless
    grant = Grant(
        identifier("grant", terms.entropy),
        held.account_id,
        held.client_id,
        held.permissions,
        created_at=request.now,
        # A grant that cannot be refreshed is over with its access token, and is not listed as live after that.
        expires_at=NEVER
        if shape.endless
        else request.now + (terms.refresh_token_ttl if refreshes else shape.lifetime(terms.access_token_ttl)),
        redirect_uri=held.redirect_uri,
        network=held.network,
        auth_time=held.auth_time,
        amr=held.amr,
        browser=held.browser,
        refresh=refreshing(request.client, terms),
    )
    access = new_access_token(grant, scope, request, shape)
    refresh_secret, refresh = new_refresh_token(grant, request) if refreshes else (None, None)
    purchase = Purchase(held.digest, grant, access.row, refresh, _event(held, grant.id, request))
    if not await tx.spend_code(purchase, request.now):
        return await _beaten(tx, held, request)
    return access.issued(refresh_secret, held.nonce)


async def _beaten(tx: GrantTransaction, held: AuthorizationCode, request: Exchange) -> Refusal:
    """Another request with the same code was faster, or what the code was for has gone."""
    found = await tx.find_code(held.digest)
    if found is None or found.spent_at is None:
        return _dead(held, "void")
    return await _replayed(tx, found, request)


async def _replayed(tx: GrantTransaction, held: AuthorizationCode, request: Exchange) -> Refusal:
    """OAuth 2.1 §4.1.3: a code used twice is denied, and what the first use bought is revoked."""
    # Told once: whoever replays it a thousand times fills no table.
    if held.grant_id is not None and await tx.end_grant(held.grant_id, "code used twice", request.now):
        await tx.add_event(_event(held, held.grant_id, request, replayed=True))
    return _dead(held, "replayed")


def _dead(held: AuthorizationCode, reason: str) -> Refusal:
    return dead("device code" if held.by_device else "authorization code", f"code:{reason}")


def _event(held: AuthorizationCode, grant_id: str | None, request: Exchange, *, replayed: bool = False) -> Event:
    return Event(
        "grant:code:replayed" if replayed else "grant:code:exchanged",
        request.now,
        network=request.network,
        account_id=held.account_id,
        client_id=held.client_id,
        deployment_id=held.permissions.deployment_id,
        grant_id=grant_id,
        reason="by device" if held.by_device else "",
    )
