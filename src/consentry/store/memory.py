"""What was read, for as long as it may be taken for what would be read now: the store's `version` (ADR 22)."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from consentry.store import Store, Transaction

K = TypeVar("K")
V = TypeVar("V")

MOST_REMEMBERED = 10_000


class Memory(Generic[K, V]):
    """Spares look-ups, and changes nothing else. An absence is never kept."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[K, V] = {}
        self._version: Hashable = None

    def version(self) -> Hashable:
        """The store's, now; what was kept under another is forgotten."""
        version = self._store.version()
        if version != self._version:
            self._kept.clear()
            self._version = version
        return version

    def recall(self, key: K) -> V | None:
        self.version()
        return self._kept.get(key)

    def keep(self, key: K, value: V, version: Hashable) -> None:
        """What was read after the store was at that version; unless it has moved on, and this may be old already."""
        if version == self._version:
            if len(self._kept) >= MOST_REMEMBERED:
                self._kept.clear()
            self._kept[key] = value

    async def find(self, key: K, work: Callable[[Transaction], Awaitable[V | None]]) -> V | None:
        """What is kept under that key, or else what the work reads."""
        kept = self.recall(key)
        if kept is not None:
            return kept
        version = self._version
        found = await self._store.read(work)
        if found is not None:
            self.keep(key, found, version)
        return found
