"""Kept copies of metadata documents, and which may stand in when the address fails: CIMD §4.4, RFC 5861 §4."""

from dataclasses import dataclass, replace
from typing import Literal, Protocol

from consentry.audit import Event
from consentry.clients.cimd import NOT_ITS_DOCUMENT
from consentry.clients.model import Client, ClientTransaction
from consentry.spec.errors import Refusal
from consentry.spec.retrieval import Fetched, Unfetched, lifetime

LEAST_FRESH_SECONDS, MOST_FRESH_SECONDS, FRESH_SECONDS = 300, 86_400, 3600
STALE_SECONDS = 7 * 86_400
# While a copy stands in, the address is asked again after this long. The failure itself is never kept (CIMD §4.4).
RETRY_SECONDS = 300
_GONE = frozenset({404, 410})

Origin = Literal["fetched", "imported", "shipped"]


@dataclass(frozen=True, slots=True)
class Copy:
    """A document that we have: since when, and until when it is used without asking its address again.

    `imported` by the operator, `shipped` with the program, or `fetched` from its address.
    """

    client_id: str
    text: str
    origin: Origin
    obtained_at: int
    fresh_until: int = 0

    @property
    def pinned(self) -> bool:
        return self.origin != "fetched"


class DocumentTransaction(ClientTransaction, Protocol):
    """What documents need of a transaction. Of each client one copy is in use; another may be pinned."""

    async def keep_client(self, client: Client) -> Client:
        """Adds the client that a document describes, or describes it anew."""
        ...

    async def keep_copy(self, copy: Copy) -> None: ...

    async def find_copy(self, client_id: str) -> Copy | None: ...

    async def list_copies(self) -> list[Copy]: ...

    async def pin(self, copy: Copy) -> None: ...

    async def find_pin(self, client_id: str) -> Copy | None: ...

    async def list_pins(self) -> list[Copy]: ...


async def pin(tx: DocumentTransaction, copy: Copy, now: int) -> None:
    """Keeps a copy to stand in. The next request asks the address anew, and falls back on it where that fails."""
    await tx.pin(copy)
    used = await tx.find_copy(copy.client_id)
    if used is not None:
        await tx.keep_copy(replace(used, fresh_until=0))
    await tx.add_event(Event("client:document:pinned", now, client_id=copy.client_id))


def fresh_until(fetched: Fetched, now: int) -> int:
    """Until when it may be used without asking again: cache headers, within bounds of our own."""
    seconds = lifetime(fetched.headers, least=LEAST_FRESH_SECONDS, most=MOST_FRESH_SECONDS, otherwise=FRESH_SECONDS)
    return now + seconds


def final(failure: Unfetched | Refusal) -> bool:
    """Whether the client has taken its document back, or spoilt it: no copy of ours may stand in then."""
    if isinstance(failure, Unfetched):
        return failure.status in _GONE
    return failure.reason not in NOT_ITS_DOCUMENT


def stand_ins(kept: Copy | None, pins: list[Copy], failure: Unfetched | Refusal, now: int) -> list[Copy]:
    """The copies that may be used though the address failed, the newest first.

    A pinned one always: the operator, or whoever made this program, vouches for it.
    """
    usable = [*pins]
    if kept is not None and not kept.pinned and not final(failure) and now < kept.obtained_at + STALE_SECONDS:
        usable.append(kept)
    return sorted(usable, key=lambda copy: copy.obtained_at, reverse=True)


def event(before: Client | None, client: Client, copy: Copy, now: int) -> Event | None:
    """What a kept document means: a client that is new, or that changed; None where all is as it was."""
    if before is None:
        return Event("client:document:added", now, client_id=client.id, reason=copy.origin)
    withdrawn = set(before.redirect_uris) - set(client.redirect_uris)
    added = set(client.redirect_uris) - set(before.redirect_uris)
    if not withdrawn and not added and (before.name, before.auth_method) == (client.name, client.auth_method):
        return None
    detail: dict[str, str | int] = {"redirect_uris_added": len(added), "redirect_uris_withdrawn": len(withdrawn)}
    return Event("client:document:changed", now, client_id=client.id, reason=copy.origin, detail=detail)
