"""What was made of a whole head, for all who say the same but for the length of their body (ADR 37)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from consentry.gateway.heads import LONGEST_HEAD_BYTES, MOST_HEADS, read_length, read_request
from consentry.gateway.memory import Memory
from consentry.gateway.model import Message, Request

if TYPE_CHECKING:
    from consentry.gateway.app import Gateway

# As clients write it; in another spelling it is a header like the others.
_LINES = (b"\r\nContent-Length: ", b"\r\ncontent-length: ")


@dataclass(frozen=True, slots=True)
class Said:
    """A request for that gateway; `length` is that of its body."""

    gateway: "Gateway"
    request: Request
    length: int


class Heads:
    """`direct` names the gateway that a request is for, if one is."""

    def __init__(self, direct: Callable[[Message], "Gateway | None"]) -> None:
        self._direct = direct
        self._said: Memory[Said | None] = Memory(self._make, LONGEST_HEAD_BYTES, MOST_HEADS)

    def find(self, head: bytes, length: int) -> tuple["Gateway", Request] | None:
        """Of a head with so long a body behind it; None is what the parser has to read, or for nobody whom `direct`
        names."""
        begin = _length_at(head)
        if not begin:
            said = self._said[head]
            return (said.gateway, said.request) if said is not None and said.length == length else None
        end = head.find(b"\r\n", begin)
        stated = head[begin:end]
        if read_length(stated) != length:
            return None
        said = self._said[head[:begin] + head[end:]]
        return (said.gateway, said.request.sized(stated)) if said is not None else None

    def _make(self, key: bytes) -> Said | None:
        """Of a head from which the number was cut. One line has no say in how the others are read, so any will do."""
        begin = _length_at(key)
        read = read_request(b"%b0%b" % (key[:begin], key[begin:]) if begin else key)
        if read is None:
            return None
        scope: Message = {"method": read.method, "path": read.path, "query_string": b"", "headers": read.headers}
        gateway = self._direct(scope)
        return None if gateway is None else Said(gateway, gateway.read(scope), read.length)


def _length_at(head: bytes) -> int:
    """Where the number begins that states the body's length; 0 where there is none."""
    at = head.find(_LINES[0])
    if at < 0:
        at = head.find(_LINES[1])
    return at + len(_LINES[0]) if at > 0 else 0
