"""A client_id that was good once: told apart from a wrong one, so that the client (or its user) can mend it."""

from typing import Protocol

from consentry.audit import Event, EventTransaction
from consentry.clients.registration import Tombstone
from consentry.spec.errors import Refusal


class ReturnTransaction(EventTransaction, Protocol):
    """What this needs of a transaction."""

    async def find_tombstone(self, client_id: str) -> Tombstone | None: ...

    async def note_return(self, client_id: str, now: int) -> bool:
        """Whether it is the first time that it came back."""
        ...


def refusal(tombstone: Tombstone) -> Refusal:
    """Clients register again on exactly `invalid_client` (OAuth 2.1 §3.2.4)."""
    why = {
        "unused": "because nobody had used it",
        "deleted by itself": "at its own request",
        "deleted by the operator": "by the operator",
        "deployment deleted": "together with the MCP server that it was for",
    }[tombstone.gone_because]
    return Refusal(
        "invalid_client", f"This client was registered here and has been removed {why}: register again.", "client:gone"
    )


async def note(tx: ReturnTransaction, tombstone: Tombstone, network: str | None, now: int) -> None:
    """Told once: whoever comes back a thousand times fills no table."""
    if await tx.note_return(tombstone.client_id, now):
        reason, name = tombstone.gone_because, tombstone.name
        await tx.add_event(
            Event(
                "client:client:returned",
                now,
                network=network,
                client_id=tombstone.client_id,
                reason=reason,
                detail={"name": name, "gone_at": tombstone.gone_at},
            )
        )
