"""Clients by their metadata documents: kept, fetched, or stood in for. Network first, then one short transaction."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import structlog

from consentry.audit import Event
from consentry.clients import cimd, copies, logos, shipped
from consentry.clients.copies import Copy
from consentry.clients.model import Client
from consentry.clients.policy import RegistrationPolicy
from consentry.spec.errors import Refusal
from consentry.spec.retrieval import Fetch, Fetched, Unfetched
from consentry.store import Store, Transaction
from consentry.store.memory import Memory

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """A document that was just had from its address, and the client in it."""

    client: Client
    copy: Copy


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store has of a client."""

    client: Client | None = None
    copy: Copy | None = None
    pin: Copy | None = None


@dataclass(slots=True)
class Documents:
    """Finds clients for the endpoints. Where documents are not `offered`, it asks no address, and knows those that
    it knew before.

    `loopback`: this installation is on loopback, where documents may be on http too (CIMD §6.5).
    """

    store: Store
    fetch: Fetch
    policy: RegistrationPolicy
    clock: Callable[[], int]
    loopback: bool
    offered: bool = True
    _clients: Memory[str, Client] = field(init=False)
    _under_way: dict[str, asyncio.Task[Client | Refusal]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._clients = Memory(self.store)

    async def find_client(self, client_id: str) -> Client | None:
        """For endpoints that continue what was begun: what is kept will do, however old, and nothing is fetched."""
        return await self._clients.find(client_id, lambda tx: tx.find_client(client_id))

    async def find_current_client(self, client_id: str) -> Client | Refusal | None:
        """For endpoints where something begins: the document is asked for anew where its copy is no longer fresh."""
        if not cimd.is_url(client_id):
            return await self.store.read(lambda tx: tx.find_client(client_id))
        fault = cimd.url_fault(client_id, loopback=self.loopback)
        if fault:
            return Refusal("invalid_client", f"The client_id is no URL of a document: {fault}.", "document:url")
        known = await self._known(client_id)
        fresh = known.copy is not None and self.clock() < known.copy.fresh_until
        if known.client is not None and (fresh or not self.offered):
            return known.client
        return await self._ask_once(client_id) if self.offered else None

    async def look(self, client_id: str) -> Found | Unfetched | Refusal:
        """What stands at the address at this moment; nothing is kept."""
        fetched = await self.fetch(client_id, cimd.BOUNDS)
        if isinstance(fetched, Unfetched):
            return fetched
        return self.describe(client_id, fetched)

    def describe(self, client_id: str, fetched: Fetched) -> Found | Refusal:
        """The client that a fetched document describes."""
        text, now = cimd.text_of(fetched), self.clock()
        if isinstance(text, Refusal):
            return text
        client = cimd.read(client_id, text, self.policy, now)
        if isinstance(client, Refusal):
            return client
        return Found(client, Copy(client_id, text, "fetched", now, copies.fresh_until(fetched, now)))

    async def keep(self, client: Client, copy: Copy, *told: Event) -> Client:
        """Puts a copy to use; the client as it stands then."""

        async def work(tx: Transaction) -> Client:
            happened = copies.event(await tx.find_client(client.id), client, copy, self.clock())
            kept = await tx.keep_client(client)
            await tx.keep_copy(copy)
            for event in (*told, *([happened] if happened else [])):
                await tx.add_event(event)
            return kept

        return await self.store.write(work)

    async def _ask_once(self, client_id: str) -> Client | Refusal:
        """Of those that want one document at once, one asks; it goes on though the one who came first leaves."""
        task = self._under_way.get(client_id)
        if task is None:
            task = asyncio.create_task(self._ask(client_id))
            self._under_way[client_id] = task
            task.add_done_callback(lambda _: self._under_way.pop(client_id, None))
        return await asyncio.shield(task)

    async def _ask(self, client_id: str) -> Client | Refusal:
        found = await self.look(client_id)
        if isinstance(found, Found):
            kept = await self.keep(found.client, found.copy)
            await self._see_logo(kept)
            return kept
        return await self._stand_in(client_id, found)

    async def _see_logo(self, client: Client) -> None:
        """One that cannot be had is done without until the document is fetched anew."""
        uri = logos.uri_of(client)
        kept = await self.store.read(lambda tx: tx.find_logo(client.id))
        if uri == (kept.uri if kept else None):
            return
        fetched = await self.fetch(uri, logos.BOUNDS) if uri else None
        logo = logos.read(client.id, fetched) if isinstance(fetched, Fetched) else None
        if logo is not None:
            await self.store.write(lambda tx: tx.keep_logo(logo))
        elif kept is not None:
            await self.store.write(lambda tx: tx.remove_logo(client.id))

    async def _stand_in(self, client_id: str, failure: Unfetched | Refusal) -> Client | Refusal:
        known, now = await self._known(client_id), self.clock()
        ours = shipped.documents().get(client_id)
        pins = [pin for pin in (known.pin, ours) if pin is not None]
        for copy in copies.stand_ins(known.copy, pins, failure, now):
            client = cimd.read(client_id, copy.text, self.policy, now)
            if isinstance(client, Client):
                detail: dict[str, str | int] = {"origin": copy.origin, "seconds_old": now - copy.obtained_at}
                told = Event("client:document:stood_in", now, client_id=client_id, reason=_why(failure), detail=detail)
                return await self.keep(client, replace(copy, fresh_until=now + copies.RETRY_SECONDS), told)
        log.info("a client's metadata document cannot be used", client_id=client_id, reason=_why(failure))
        await self._tell(Event("client:document:refused", now, client_id=client_id, reason=_why(failure)))
        if isinstance(failure, Refusal):
            return failure
        return Refusal("invalid_client", failure.sentence, f"document:fetch:{failure.reason}")

    async def _known(self, client_id: str) -> _Known:
        async def work(tx: Transaction) -> _Known:
            return _Known(await tx.find_client(client_id), await tx.find_copy(client_id), await tx.find_pin(client_id))

        return await self.store.read(work)

    async def _tell(self, event: Event) -> None:
        await self.store.write(lambda tx: tx.add_event(event))


def _why(failure: Unfetched | Refusal) -> str:
    return failure.sentence if isinstance(failure, Unfetched) else failure.description
