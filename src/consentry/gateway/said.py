"""What was made of a whole head, for all who say the same: clients repeat theirs call by call (ADR 37)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from consentry.gateway.heads import LONGEST_HEAD_BYTES, MOST_HEADS, read_request
from consentry.gateway.memory import Memory
from consentry.gateway.model import Message, Request

if TYPE_CHECKING:
    from consentry.gateway.app import Gateway


@dataclass(frozen=True, slots=True)
class Said:
    """A request for that gateway; `length` is that of its body."""

    gateway: "Gateway"
    request: Request
    length: int


Heads = Memory[Said | None]


def remembered(direct: Callable[[Message], "Gateway | None"]) -> Heads:
    """By their bytes; None, which is not kept, is what the parser has to read, or for nobody whom `direct` names."""

    def made(head: bytes) -> Said | None:
        read = read_request(head)
        if read is None:
            return None
        scope: Message = {"method": read.method, "path": read.path, "query_string": b"", "headers": read.headers}
        gateway = direct(scope)
        return None if gateway is None else Said(gateway, gateway.read(scope), read.length)

    return Memory(made, LONGEST_HEAD_BYTES, MOST_HEADS)
