"""What happened to an account and its deployments, a page at a time: for its page and for programs."""

from typing import Literal

from consentry.audit import Event, EventName
from consentry.calls import Names
from consentry.web.site import Transaction

# Looked at for one page, whether they are shown or not.
LOOKED_AT = 500
# What every connection does all the time; it is left out until somebody asks for all.
ROUTINE: frozenset[EventName] = frozenset(
    {"grant:token:issued", "grant:token:refreshed", "grant:token:repeated", "client:registration:folded"}
)
Shown = Literal["", "suspicious", "all"]


async def find(
    tx: Transaction, account_id: str, shown: Shown, before: int | None, most: int
) -> tuple[list[tuple[int, Event, Names]], int | None]:
    """The newest first, and before which number to go on; None at the end. A page may hold fewer than `most`."""
    looked_at = await tx.list_activity(account_id, before, LOOKED_AT)
    found = [line for line in looked_at if _wanted(line[1], shown)]
    if len(found) > most:
        return found[:most], found[most - 1][0]
    return found, looked_at[-1][0] if len(looked_at) == LOOKED_AT else None


def network(event: Event, reader_id: str) -> str | None:
    """Where others sit is not theirs to know."""
    return event.network if event.account_id == reader_id else None


def _wanted(event: Event, shown: Shown) -> bool:
    match shown:
        case "all":
            return True
        case "suspicious":
            return event.suspicious
        case "":
            return event.name not in ROUTINE
