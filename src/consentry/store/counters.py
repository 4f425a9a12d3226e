"""The counters of the limits in SQL: one row a window, one conditional statement."""

from consentry.limits.model import Window
from consentry.store import Store, Transaction
from consentry.tokens import Digest


class SqlCounters:
    """Each count is a transaction of its own, so that what comes of the request cannot roll it back."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def count(self, key: Digest, seconds: int, now: int) -> Window:
        async def work(tx: Transaction) -> Window:
            return Window(*await tx.count_attempt(key, now, seconds))

        return await self._store.write(work)

    async def times(self, key: Digest, now: int) -> int:
        async def work(tx: Transaction) -> int:
            return await tx.count_of(key, now)

        return await self._store.read(work)
