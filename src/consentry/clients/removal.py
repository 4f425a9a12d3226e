"""Taking a client away. A tombstone stays behind, so that one that comes back is told what became of it."""

from consentry.audit import Event
from consentry.clients.model import Client
from consentry.clients.registration import GoneBecause, RemovalTransaction, Tombstone


async def remove(tx: RemovalTransaction, client: Client, because: GoneBecause, now: int) -> bool:
    """False where another was faster, or has come to share what one alone would delete. Grants are not of this room."""
    removed = await tx.remove_client(client.id, unless_shared=because == "deleted by itself")
    if removed:
        await bury(tx, client, because, now)
    return removed


async def bury(tx: RemovalTransaction, client: Client, because: GoneBecause, now: int) -> None:
    """Remembers one that has just been removed, and tells of it."""
    await tx.add_tombstone(Tombstone(client.id, client.name, now, because))
    await tx.add_event(
        Event(
            "client:client:reaped" if because == "unused" else "client:client:removed",
            now,
            client_id=client.id,
            deployment_id=client.deployment_id,
            reason=because,
            detail={"name": client.name},
        )
    )
