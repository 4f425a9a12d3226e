"""A client that is gone and comes back: told what became of it, and noted the first time."""

from starlette.requests import Request

from consentry.clients import stale
from consentry.clients.registration import Tombstone
from consentry.spec.errors import Refusal
from consentry.web import reading
from consentry.web.site import Site, Transaction


async def refusal(site: Site, request: Request, client_ids: tuple[str, ...]) -> Refusal | None:
    """Why a client that is not here is refused, where it was here once."""

    async def work(tx: Transaction) -> list[Tombstone | None]:
        return [await tx.find_tombstone(client_id) for client_id in client_ids]

    for tombstone in await site.store.read(work):
        if tombstone is not None:
            await note(site, request, tombstone)
            return stale.refusal(tombstone)
    return None


async def note(site: Site, request: Request, tombstone: Tombstone) -> None:
    """Writes only where nobody has written it before."""
    if tombstone.returned_at is not None:
        return

    async def work(tx: Transaction) -> None:
        await stale.note(tx, tombstone, reading.network(request), site.clock())

    await site.store.write(work)
