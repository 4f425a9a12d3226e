"""An operator lets a client in that registered itself: the policy `approval`."""

from typing import Protocol

from consentry.audit import Event, EventTransaction
from consentry.clients.model import Client


class ApprovalTransaction(EventTransaction, Protocol):
    """What this act needs of a transaction."""

    async def approve_client(self, client_id: str) -> bool:
        """False where it did not wait for that."""
        ...


async def approve(tx: ApprovalTransaction, client: Client, now: int) -> bool:
    """From now on people may be asked; False where the client did not wait."""
    approved = await tx.approve_client(client.id)
    if approved:
        await tx.add_event(Event("client:client:approved", now, client_id=client.id, detail={"name": client.name}))
    return approved
