"""Passwords are looked at off the event loop, a few at a time; no network fills the queue before the others."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from consentry.spec.networks import neighbourhood

T = TypeVar("T")

# Each takes a tenth of a second. Who comes when this many wait is asked to come again, so that a flood of guesses keeps
# people waiting for two seconds and not for minutes; and one network has a quarter of them, whether its passwords are
# right or wrong, so that an account's holder does not shut the door for everybody.
MOST_WAITING = 20
MOST_OF_ONE_NETWORK = 5
TOO_MANY_SECONDS = 5


class Hashing:
    """The queue of one process."""

    def __init__(self, at_once: int) -> None:
        self._limiter = CapacityLimiter(at_once)
        self._most = at_once + MOST_WAITING
        self._places: Counter[str] = Counter()

    @contextmanager
    def place(self, network: str | None) -> Iterator[bool]:
        """A place in the queue, held until left; False where there is none just now."""
        where = neighbourhood(network)
        if self._places.total() >= self._most or self._places[where] >= MOST_OF_ONE_NETWORK:
            yield False
            return
        self._places[where] += 1
        try:
            yield True
        finally:
            self._places[where] -= 1
            if not self._places[where]:
                del self._places[where]

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """What takes long, in a thread."""
        return await to_thread.run_sync(work, *arguments, limiter=self._limiter)
