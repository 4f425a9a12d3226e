"""How much a deployment is used, as its grants tell it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Use:
    """How many connections live now, and when any was last used, in epoch seconds."""

    connections: int = 0
    last_call_at: int | None = None


UNUSED = Use()


class UseTransaction(Protocol):
    """What this needs of a transaction."""

    async def count_use(self, owner_id: str | None, now: int) -> dict[str, Use]:
        """By deployment, those of one owner or all; one that nobody ever connected to is left out."""
        ...
