"""Counters on every store that has them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from consentry.limits.model import Counters
from consentry.store import Store
from consentry.store.counters import RedisCounters, SqlCounters
from consentry.store.redis import Redis
from tests.stores import BOTH, REDIS, opened, settings


@dataclass(frozen=True)
class Place:
    """Where is counted, and the store that holds the events."""

    counters: Counters
    store: Store


@pytest.fixture(params=BOTH)
async def store(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Store]:
    """Migrated and empty."""
    async with opened(request, tmp_path) as found:
        yield found


@pytest.fixture(params=[*BOTH, REDIS[0]])
async def place(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Place]:
    async with opened(request, tmp_path) as store:
        chosen = await settings(request, tmp_path)
        if "redis_url" not in chosen:
            yield Place(SqlCounters(store), store)
            return
        redis = Redis(chosen["redis_url"])
        yield Place(RedisCounters(redis, SqlCounters(store)), store)
        await redis.aclose()
