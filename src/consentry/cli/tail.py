"""The end of a log that grows: what is new of it, each line once, though lines may come out of order."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

V = TypeVar("V")
Line = tuple[int, V]  # with its number

PAGE = 1000
# Transactions that write at once take their numbers first and commit later: a smaller number may come after a larger.
SETTLED_SECONDS = 5.0


class Tail(Generic[V]):
    """Reads on behind the line with the number `last`."""

    def __init__(self, read: Callable[[int, int], Awaitable[list[Line[V]]]], last: int) -> None:
        self._read = read
        self._last = last  # nothing before it can still come
        self._seen: dict[int, float] = {}

    async def new(self, now: float) -> list[V]:
        """What came since, oldest first. `now` is in seconds, by any clock."""
        new: list[V] = []
        page, last = PAGE, self._last
        while page == PAGE:
            lines = await self._read(last, PAGE)
            new += [value for number, value in lines if number not in self._seen]
            for number, _ in lines:
                self._seen.setdefault(number, now)
                last = number
            page = len(lines)
        settled = [number for number, seen in self._seen.items() if seen <= now - SETTLED_SECONDS]
        self._last = max([self._last, *settled])
        self._seen = {number: seen for number, seen in self._seen.items() if number > self._last}
        return new
