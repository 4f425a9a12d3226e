"""The request's body on its way up: held until there is a place for it, bounded, framed anew (RFC 9112 §7.1)."""

from consentry.gateway.decide import check_length
from consentry.gateway.model import Stop
from consentry.gateway.upstream import UpstreamConnection

MOST_HELD_BYTES = 256 * 1024
UNFINISHED = Stop(408, "The rest of the request did not come. Send it again.")


class Whole:
    """A body that came with its head, whose length says whether it is too large."""

    __slots__ = ("_head", "body", "length")

    whole = True

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.length = len(body)
        self._head = b""

    def read(self) -> bytes:
        return self.body

    def begin(self, head: bytes) -> None:
        self._head = head

    def send(self, connection: UpstreamConnection) -> None:
        head, self._head = self._head, b""
        if head:
            connection.write(head + self.body)
            connection.asked_whole = True


class Upload:
    """`chunked`: it goes up in chunks, because nobody knows its length. `whole`: nothing more comes of it."""

    __slots__ = ("_ended", "_head", "_held", "_limit", "chunked", "held_bytes", "length", "whole")

    def __init__(self, limit: int, chunked: bool) -> None:
        self._limit = limit
        self._held: list[bytes] = []
        self._head = b""
        self._ended = False
        self.chunked = chunked
        self.held_bytes = 0
        self.length = 0
        self.whole = False

    def add(self, data: bytes) -> Stop | None:
        """A piece, or why there may be no more."""
        self.length += len(data)
        if stop := check_length(self.length, self._limit):
            return stop
        self.held_bytes += len(data)
        self._held.append(data)
        return None

    def end(self) -> None:
        self.whole = True

    def read(self) -> bytes:
        """All that is held; it stays."""
        return b"".join(self._held)

    def begin(self, head: bytes) -> None:
        """The request's head, which goes up with the first of its body."""
        self._head = head
        self._ended = False

    def send(self, connection: UpstreamConnection) -> None:
        """What is held goes up, in one write."""
        head, self._head = self._head, b""
        held, self._held = self._held, []
        self.held_bytes = 0
        body = b"".join(held) if len(held) > 1 else held[0] if held else b""
        if self.chunked:
            body = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            if self.whole and not self._ended:
                self._ended = True
                body += b"0\r\n\r\n"
        if head or body:
            connection.write(head + body)
        connection.asked_whole = self.whole
