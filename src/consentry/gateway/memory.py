"""What was made of bytes that come again and again: header lines, tokens, names. Bounded, and only as good as made."""

from collections.abc import Callable
from typing import Generic, TypeVar

MOST_REMEMBERED = 4096
LONGEST_REMEMBERED_BYTES = 256

V = TypeVar("V")


class Memory(dict[bytes, V], Generic[V]):
    """`make` depends on its argument alone; where it raises or gives None, nothing is kept. Full, it begins anew."""

    def __init__(
        self, make: Callable[[bytes], V], longest: int = LONGEST_REMEMBERED_BYTES, most: int = MOST_REMEMBERED
    ) -> None:
        super().__init__()
        self._make = make
        self._longest = longest
        self._most = most

    def __missing__(self, key: bytes) -> V:
        made = self._make(key)
        if made is not None and len(key) <= self._longest:
            if len(self) >= self._most:
                self.clear()
            self[key] = made
        return made
