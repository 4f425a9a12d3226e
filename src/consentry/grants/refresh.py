"""grant_type=refresh_token: RFC 6749 §6; rotation per RFC 9700 §4.14.2, with the grace of ADR 4."""

from dataclasses import replace
from typing import Literal

from consentry.audit import Event, EventName
from consentry.grants.exchange import (
    Exchange,
    Issued,
    check_resource,
    dead,
    narrowed,
    new_access_token,
    new_refresh_token,
)
from consentry.grants.model import GrantTransaction, HeldRefreshToken, Reuse, Rotation
from consentry.grants.terms import Terms
from consentry.limits.model import Window, too_many
from consentry.spec.errors import Refusal
from consentry.spec.scopes import Scope
from consentry.tokens import Kind, Secret, recognise

SEAL_PURPOSE = "refresh-successor"
MOST_REPEATS = 1000
MANY_REPEATS = 100  # of one token: its holder does not keep what it is given, or is not one holder
LONGEST_WALK = 64

Verdict = Literal["lost response", "race", "theft"]


async def exchange(tx: GrantTransaction, request: Exchange) -> Issued | Refusal:
    """Find, owner?, spent?, check, spend and add. A stranger's guess changes nothing, a failed check spends nothing."""
    given = request.params.get("refresh_token")
    if given is None:
        return Refusal("invalid_request", "refresh_token is missing.", "refresh:absent")
    presented = recognise(given, Kind.REFRESH_TOKEN)
    held = await tx.find_refresh_token(presented.digest()) if presented else None
    if presented is None or held is None:
        return dead("refresh token", "refresh:unknown")
    if held.grant.client_id != request.client.id:
        return dead("refresh token", "refresh:foreign")
    if held.token.spent_at is None:
        scope = check(held, request)
        if isinstance(scope, Refusal):
            return scope
        pace = paced(held, request)
        if isinstance(pace, Refusal):
            return pace
        if held.grant.refresh == "reuse":
            return await _reuse(tx, presented, held, scope, pace, request)
        issued = await _rotate(tx, presented, held, scope, pace, request)
        if issued is not None:
            return issued
        # Another request with the same token was faster: this one is a repeat.
        held = await tx.find_refresh_token(presented.digest()) or held
    return await _repeat(tx, presented, held, request)


def check(held: HeldRefreshToken, request: Exchange) -> Scope | Refusal:
    """Whether the grant still stands and covers the request; the scope of the access token, if so."""
    if not held.grant.live(request.now):
        return dead("refresh token", "refresh:grant_ended")
    if request.now >= held.token.expires_at:
        return dead("refresh token", "refresh:expired")
    if held.grant.refresh == "over":
        return dead("refresh token", "refresh:given_back")
    permissions = held.grant.permissions
    return check_resource(request.params, permissions) or narrowed(request.params, permissions)


def paced(held: HeldRefreshToken, request: Exchange) -> Window | Refusal:
    """The window that the successor carries on, or why it is too soon. A repeat rotates nothing and is not counted."""
    pace = request.terms.pace
    rate = pace.at(request.network) if pace else None
    if rate is None:
        return held.token.pace
    window = held.token.pace.one_more(rate, request.now)
    if window.times > rate.most:
        return too_many("This connection was refreshed too often", "refresh:paced", window.ends_at - request.now)
    return window


def judge(successor_spent_at: int | None, grace: int, now: int) -> Verdict:
    """Why a spent token comes again: RFC 9700 §4.14.2 sees theft, real clients mostly lose answers and race."""
    if successor_spent_at is None:
        return "lost response"
    return "race" if now <= successor_spent_at + grace else "theft"


async def _rotate(
    tx: GrantTransaction, presented: Secret, held: HeldRefreshToken, scope: Scope, pace: Window, request: Exchange
) -> Issued | None:
    terms = request.terms
    successor_secret, successor = new_refresh_token(held.grant, request, held.token.digest, pace)
    access = new_access_token(held.grant, scope, request, held.format)
    seal = terms.sealer.seal(successor_secret.reveal().encode(), SEAL_PURPOSE, presented.reveal().encode())
    event = _event("grant:token:refreshed", held, request)
    rotation = Rotation(held.token, successor, seal, access.row, request.now + terms.refresh_grace, event)
    if not await tx.spend_refresh_token(rotation, request.now):
        return None
    return access.issued(successor_secret)


async def _reuse(
    tx: GrantTransaction, presented: Secret, held: HeldRefreshToken, scope: Scope, pace: Window, request: Exchange
) -> Issued | Refusal:
    """Product rule P13, `reuse`: the token stays, and is told again to clients that forget what is not repeated."""
    idle = min(request.now + request.terms.refresh_token_idle_ttl, held.grant.expires_at)
    access = new_access_token(held.grant, scope, request, held.format)
    token, event = replace(held.token, expires_at=idle, pace=pace), _event("grant:token:refreshed", held, request)
    reuse = Reuse(token, access.row, request.now + request.terms.refresh_grace, event)
    if not await tx.reuse_refresh_token(reuse):
        return dead("refresh token", "refresh:grant_ended")
    return access.issued(presented)


async def _repeat(
    tx: GrantTransaction, presented: Secret, held: HeldRefreshToken, request: Exchange
) -> Issued | Refusal:
    """A spent token is shown again: the same successor, the live end of the chain, or the end of the grant."""
    if not held.grant.live(request.now):
        return dead("refresh token", "refresh:grant_ended")
    verdict = judge(held.successor_spent_at, request.terms.refresh_grace, request.now)
    if verdict == "theft":
        await tx.end_grant(held.grant.id, "old refresh token used again", request.now)
        await tx.add_event(_event("grant:token:reused", held, request, verdict))
        return dead("refresh token", "refresh:reused")
    if held.token.repeats >= MOST_REPEATS:
        return dead("refresh token", "refresh:repeated_too_often")
    live = await _walk(tx, presented, held, request.terms)
    if live is None:
        await tx.repeat_refresh_token(held.token.digest, None, _event("grant:token:unsealable", held, request, verdict))
        return dead("refresh token", "refresh:unsealable")
    secret, end = live
    scope = check(end, request)
    if isinstance(scope, Refusal):
        return scope
    access = new_access_token(end.grant, scope, request, end.format)
    event = _event(_told_as(held, request), held, request, verdict)
    await tx.repeat_refresh_token(held.token.digest, access.row, event)
    return access.issued(secret)


async def _walk(
    tx: GrantTransaction, presented: Secret, held: HeldRefreshToken, terms: Terms
) -> tuple[Secret, HeldRefreshToken] | None:
    """From a spent token, link by link, to the live end of its chain; each link opens only with the one before it."""
    secret, link = presented, held
    for _ in range(LONGEST_WALK):
        if link.token.spent_at is None:
            return secret, link
        if link.token.seal is None:
            return None
        opened = terms.sealer.open(link.token.seal, SEAL_PURPOSE, secret.reveal().encode())
        if opened is None:
            return None
        secret = Secret(opened.decode())
        following = await tx.find_refresh_token(secret.digest())
        if following is None:
            return None
        link = following
    return None


def _told_as(held: HeldRefreshToken, request: Exchange) -> EventName:
    """Repeats are what they seem to be, mostly; the owner gets to see those that may not be."""
    if held.token.repeats + 1 == MANY_REPEATS:
        return "grant:token:overused"
    return "grant:token:shared" if _elsewhere(held, request) else "grant:token:repeated"


def _elsewhere(held: HeldRefreshToken, request: Exchange) -> bool:
    """Too late for a race, and from another place than where it was spent: perhaps two hold it (the price in ADR 4).

    It is kept, because hosted clients answer from many addresses; but the owner gets to see it.
    """
    spent_at = held.token.spent_at
    late = spent_at is not None and request.now > spent_at + request.terms.refresh_grace
    return late and _from_another_network(held, request) is True


def _from_another_network(held: HeldRefreshToken, request: Exchange) -> bool | None:
    """Than the one that it was spent from; None where that is not known."""
    spent_from = held.token.spent_from
    return spent_from != request.network if spent_from is not None and request.network is not None else None


def _event(name: EventName, held: HeldRefreshToken, request: Exchange, verdict: Verdict | None = None) -> Event:
    spent_at = held.token.spent_at
    detail: dict[str, str | int] = {} if spent_at is None else {"seconds_since_use": request.now - spent_at}
    if verdict and (elsewhere := _from_another_network(held, request)) is not None:
        detail["from"] = "another network" if elsewhere else "the same network"
    return held.grant.event(name, request.network, request.now, verdict or "", detail)
