"""Guesses, counted before they are looked at (ADR 9): of those made side by side each counts, on every replica."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from consentry.tokens import Digest

WINDOW_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Throttled:
    """Too many attempts; seconds to wait."""

    retry_after: int


@dataclass(frozen=True, slots=True)
class Overrun:
    """One attempt too many. `first` for the first of a window: a flood of guesses is not to become one of events."""

    throttled: Throttled
    first: bool


class AttemptTransaction(Protocol):
    """What counting needs of a transaction."""

    async def count_attempt(self, key: Digest, now: int, window: int) -> tuple[int, int]:
        """One more in the window of `window` seconds that began with the first: how many there are, when it ends.

        One statement: of attempts made side by side each is counted.
        """
        ...

    async def forget_attempts(self, key: Digest) -> None: ...

    async def take_back_attempt(self, key: Digest) -> None: ...


async def count(tx: AttemptTransaction, limits: Mapping[Digest, int], now: int) -> Overrun | None:
    """Counts one attempt under each key, up to the first that has had its most."""
    for key, most in limits.items():
        times, ends_at = await tx.count_attempt(key, now, WINDOW_SECONDS)
        if times > most:
            return Overrun(Throttled(ends_at - now), first=times == most + 1)
    return None


def key(*parts: str) -> Digest:
    """Attempts are kept under digests: a table of mistyped addresses is nobody's business."""
    return Digest(sha256("\0".join(parts).encode()).digest())
