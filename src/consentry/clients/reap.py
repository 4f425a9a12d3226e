"""Clients that nobody uses go, so that those who register and never come back fill no table (ADR 14)."""

from typing import Protocol

from consentry.clients import removal
from consentry.clients.model import Client
from consentry.clients.registration import RemovalTransaction

MOST_AT_ONCE = 100
LOOK_AGAIN_SECONDS = 86_400


class ReapTransaction(RemovalTransaction, Protocol):
    """What reaping needs of a transaction."""

    async def list_idle_clients(self, now: int, most: int) -> list[Client]: ...

    async def reap_client(self, client_id: str, now: int) -> bool:
        """Removes an idle client; False where it has a grant: one conditional statement."""
        ...

    async def postpone_reaping(self, client_id: str, until: int) -> None: ...


async def reap(tx: ReapTransaction, now: int, most: int) -> int:
    """One batch: removes the idle, puts off those in use; how many it looked at, 0 when there is nothing to do."""
    idle = await tx.list_idle_clients(now, min(most, MOST_AT_ONCE))
    for client in idle:
        if await tx.reap_client(client.id, now):
            await removal.bury(tx, client, "unused", now)
        else:
            await tx.postpone_reaping(client.id, now + LOOK_AGAIN_SECONDS)
    return len(idle)


async def spare(tx: ReapTransaction, client_id: str, now: int) -> None:
    """Somebody is about to let it in: it must still be there when its code comes."""
    await tx.postpone_reaping(client_id, now + LOOK_AGAIN_SECONDS)
