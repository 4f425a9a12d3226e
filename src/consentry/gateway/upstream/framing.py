"""Where an answer's body ends: RFC 9112 §6.3. What could be read in two ways is read in none."""

from collections.abc import Iterable
from enum import Enum, auto

from consentry.gateway.model import Header


class Framing(Enum):
    """How the end of a body is told."""

    NONE = auto()
    LENGTH = auto()
    CHUNKED = auto()
    UNTIL_CLOSE = auto()


def framing_of(status: int, headers: Iterable[Header]) -> Framing | None:
    """Names in `headers` are lower case; None where it is ambiguous.

    The parser refuses by itself: a length beside a transfer coding, a second length, one that is no number, a chunk
    that is none.
    """
    stated = False
    codings: list[bytes] = []
    for name, value in headers:
        if name == b"content-length":
            stated = True
        elif name == b"transfer-encoding":
            codings.append(value.strip().lower())
    if status < 200 or status in (204, 304):
        return Framing.NONE
    if codings:
        # §6.1: we asked for no coding but this one, and could not undo another.
        return Framing.CHUNKED if codings == [b"chunked"] else None
    return Framing.LENGTH if stated else Framing.UNTIL_CLOSE
