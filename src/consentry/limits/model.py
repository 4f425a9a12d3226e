"""A rate, the window that it is counted in, and the counters that replicas share."""

from dataclasses import dataclass
from typing import Protocol

from consentry.spec.errors import Refusal
from consentry.tokens import Digest
from consentry.values import frozen


@dataclass(frozen=True, slots=True)
class Rate:
    """`most` in a window of `seconds` that begins with the first."""

    most: int
    seconds: int


@frozen
class Window:
    """How often something happened, and when (epoch seconds) the counting begins anew."""

    times: int = 0
    ends_at: int = 0

    def one_more(self, rate: Rate, now: int) -> "Window":
        """The window after one more: the same, or a new one where this has ended."""
        if now < self.ends_at:
            return Window(self.times + 1, self.ends_at)
        return Window(1, now + rate.seconds)


NO_WINDOW = Window()


class Counters(Protocol):
    """Windows by key."""

    async def count(self, key: Digest, seconds: int, now: int) -> Window:
        """One more. Of all that count side by side, in whatever process, each sees another number."""
        ...

    async def times(self, key: Digest, now: int) -> int:
        """How many there are, without one more."""
        ...


def too_many(words: str, reason: str, wait: int) -> Refusal:
    """RFC 6585 §4: what was too often, and after how many seconds it is worth trying again."""
    said = "1 second" if wait == 1 else f"{wait} seconds"
    return Refusal("temporarily_unavailable", f"{words}: wait {said}, then try again.", reason, retry_after=wait)
