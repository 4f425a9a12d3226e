"""An answer's head: as the upstream sent it, and as its client gets it (RFC 9110 §7.6)."""

from collections.abc import Set

from consentry.gateway.headers import is_events, kept_down, written
from consentry.gateway.model import Headers

_LENGTH = b"content-length"


class Head:
    """What every answer with the same head of the upstream's says alike. `lines` are its headers, written down.

    `sized`: its length is stated. `streams`: it may end after any of its events, and still be a proper one.
    """

    __slots__ = ("headers", "lines", "names", "sized", "status", "streams")

    def __init__(self, status: int, headers: Headers) -> None:
        self.status = status
        self.headers = headers
        self.names = dict(headers).keys()
        self.lines = written(headers)
        self.sized = _LENGTH in self.names
        self.streams = not self.sized and is_events(headers)

    def saying(self, headers: Headers) -> "Head":
        return self if headers is self.headers else Head(self.status, headers)

    def beside(self, own: Headers) -> "Head":
        """Without what is said in an answer's own headers."""
        for name, _ in own:
            if name in self.names:
                return self._without(dict(own).keys())
        return self

    def unsized(self) -> "Head":
        """Of a body that will be another."""
        return self._without({_LENGTH}) if self.sized else self

    def _without(self, names: Set[bytes]) -> "Head":
        return Head(self.status, tuple(header for header in self.headers if header[0] not in names))


class Answer:
    """The upstream's, with lower case names; `length` is what a plain one states."""

    __slots__ = ("_down", "headers", "length", "status")

    def __init__(self, status: int, headers: Headers, length: int = 0) -> None:
        self.status = status
        self.headers = headers
        self.length = length
        self._down: Head | None = None

    def down(self) -> Head:
        """As clients may see it: made once for all answers with this head."""
        down = self._down
        if down is None:
            down = self._down = Head(self.status, kept_down(self.status, self.headers))
        return down
