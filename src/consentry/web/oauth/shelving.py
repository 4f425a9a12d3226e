"""Codes and pushed requests by way of the shelf, where there is one (ADR 20). What spends them is the database's."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from consentry.audit import Event, EventTransaction
from consentry.grants.exchange import Exchange, Issued
from consentry.grants.model import AuthorizationCode, PushedRequest
from consentry.grants.pushed import Waiting
from consentry.spec.errors import AwayError, Refusal
from consentry.tokens import Kind, Secret, recognise
from consentry.web.site import Shelf, Site, Transaction


@dataclass(slots=True)
class Approval:
    """A transaction whose code is put on the shelf when it is over: it may be rolled back and run anew."""

    tx: EventTransaction
    codes: list[AuthorizationCode]

    async def add_code(self, code: AuthorizationCode) -> None:
        self.codes[:] = [code]

    async def add_event(self, event: Event) -> None:
        await self.tx.add_event(event)


@dataclass(slots=True)
class Push:
    """What is pushed, on its way to the shelf."""

    requests: list[PushedRequest] = field(default_factory=list)

    async def add_pushed_request(self, pushed: PushedRequest) -> None:
        self.requests.append(pushed)


async def put_codes(site: Site, shelf: Shelf, codes: list[AuthorizationCode]) -> None:
    """Where the shelf is away, the database keeps them."""
    for code in codes:
        if not await shelf.keep_code(code, site.clock()):

            async def work(tx: Transaction, code: AuthorizationCode = code) -> None:
                await tx.add_code(code)

            await site.store.write(work)


async def put_pushed(site: Site, shelf: Shelf, requests: list[PushedRequest]) -> None:
    """The same."""
    for pushed in requests:
        if not await shelf.keep_pushed_request(pushed, site.clock()):

            async def work(tx: Transaction, pushed: PushedRequest = pushed) -> None:
                await tx.add_pushed_request(pushed)

            await site.store.write(work)


async def exchanging(
    site: Site, shelf: Shelf, exchange: Exchange, work: Callable[[Transaction], Awaitable[Issued | Refusal]]
) -> Issued | Refusal:
    """A code that waits on the shelf goes into the database in the very transaction that looks for it there.

    A code that cannot be looked for is not told to be unknown: a client would throw it away.
    """
    code = recognise(exchange.params.get("code") or "", Kind.AUTHORIZATION_CODE)
    away: AwayError | None = None
    found: tuple[AuthorizationCode, int] | None = None
    if code is not None:
        try:
            found = await shelf.fetch_code(code.digest())
        except AwayError as error:
            away = error

    async def adopting(tx: Transaction) -> Issued | Refusal:
        if found is not None:
            await tx.adopt_code(*found)
        return await work(tx)

    outcome = await site.store.write(adopting)
    if away is not None and isinstance(outcome, Refusal) and outcome.reason == "code:unknown":
        raise away
    return outcome


async def opening(
    site: Site, shelf: Shelf, name: Secret, work: Callable[[Transaction], Awaitable[Waiting | Refusal]]
) -> Waiting | Refusal:
    """The same of a pushed request that a browser brings."""
    away: AwayError | None = None
    found: PushedRequest | None = None
    try:
        found = await shelf.take_pushed_request(name.digest())
    except AwayError as error:
        away = error

    async def adopting(tx: Transaction) -> Waiting | Refusal:
        if found is not None:
            await tx.add_pushed_request(found)
        return await work(tx)

    outcome = await site.store.write(adopting)
    if away is not None and isinstance(outcome, Refusal):
        raise away
    return outcome
