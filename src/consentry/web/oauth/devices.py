"""Devices by way of the shelf, where there is one (ADR 20): they poll there until a person has entered their code."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from consentry.audit import Event, EventTransaction
from consentry.grants import device
from consentry.grants.exchange import Exchange, Issued
from consentry.grants.model import DeviceAuthorization
from consentry.spec.errors import AwayError, Refusal
from consentry.tokens import Kind, recognise
from consentry.web.site import Shelf, Site, Transaction

T = TypeVar("T")


@dataclass(slots=True)
class Asking:
    """A transaction whose device is put on the shelf when it is over: it may be rolled back and run anew."""

    tx: EventTransaction
    waiting: list[DeviceAuthorization]

    async def add_device_authorization(self, waiting: DeviceAuthorization) -> bool:
        self.waiting[:] = [waiting]
        return True

    async def add_event(self, event: Event) -> None:
        await self.tx.add_event(event)


async def put(site: Site, shelf: Shelf, asked: list[DeviceAuthorization]) -> None:
    """Where the shelf is away, the database keeps it."""
    for waiting in asked:
        if not await shelf.keep_device_authorization(waiting, site.clock()):

            async def work(tx: Transaction, waiting: DeviceAuthorization = waiting) -> bool:
                return await tx.add_device_authorization(waiting)

            if not await site.store.write(work):
                raise RuntimeError("the user code is taken")  # one in 10^10


async def polling(
    site: Site, shelf: Shelf, exchange: Exchange, work: Callable[[Transaction], Awaitable[Issued | Refusal]]
) -> Issued | Refusal:
    """The database knows those whose code a person has entered; the others poll on the shelf, and write to no disk."""
    outcome = await site.store.write(work)
    if not isinstance(outcome, Refusal) or outcome.reason != "device:unknown":
        return outcome
    secret = recognise(exchange.params.get("device_code") or "", Kind.DEVICE_CODE)
    if secret is None:
        return outcome
    waiting = await shelf.poll_device_authorization(
        secret.digest(), exchange.client.id, exchange.now, device.POLL_SECONDS
    )
    return device.undecided(waiting, exchange.now) if waiting else outcome


async def entering(
    site: Site, shelf: Shelf, shown: str, work: Callable[[Transaction], Awaitable[T | None]]
) -> T | None:
    """A device whose code a person enters goes into the database in the very transaction that looks for it there."""
    away: AwayError | None = None
    found: DeviceAuthorization | None = None
    try:
        found = await shelf.fetch_device_authorization(device.digests(shown, site.terms))
    except AwayError as error:
        away = error

    async def adopting(tx: Transaction) -> T | None:
        if found is not None:
            await tx.add_device_authorization(found)
        return await work(tx)

    outcome = await site.store.write(adopting)
    if away is not None and outcome is None:
        raise away
    return outcome
