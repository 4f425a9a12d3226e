"""The counters of the limits: in SQL, one row a window and one conditional statement; or in Redis, one script."""

import structlog

from consentry.limits.model import Window
from consentry.store import Store, Transaction, quiet
from consentry.store.redis import Redis, RedisAwayError
from consentry.tokens import Digest

log = structlog.get_logger(__name__)


class SqlCounters:
    """Each count is a transaction of its own, so that what comes of the request cannot roll it back."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def count(self, key: Digest, seconds: int, now: int) -> Window:
        async def work(tx: Transaction) -> Window:
            return Window(*await tx.count_attempt(key, now, seconds))

        return await self._store.write(work, quiet=quiet)

    async def times(self, key: Digest, now: int) -> int:
        async def work(tx: Transaction) -> int:
            return await tx.count_of(key, now)

        return await self._store.read(work)


class RedisCounters:
    """Where Redis is away, windows begin anew in SQL: neither is everybody let through then, nor nobody (ADR 20)."""

    def __init__(self, redis: Redis, meanwhile: SqlCounters) -> None:
        self._redis = redis
        self._meanwhile = meanwhile

    async def count(self, key: Digest, seconds: int, now: int) -> Window:
        try:
            return await self._redis.count(key, seconds, now)
        except RedisAwayError as error:
            log.warning("counted in the database", reason=str(error))
            return await self._meanwhile.count(key, seconds, now)

    async def times(self, key: Digest, now: int) -> int:
        try:
            return await self._redis.times(key, now)
        except RedisAwayError:
            return await self._meanwhile.times(key, now)
