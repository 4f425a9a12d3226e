"""Counters on every store that has them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from consentry.limits.model import Counters
from consentry.store import Store
from consentry.store.counters import SqlCounters
from tests.stores import BOTH, opened


@dataclass(frozen=True)
class Place:
    """Where is counted, and the store that holds the events."""

    counters: Counters
    store: Store


@pytest.fixture(params=BOTH)
async def place(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Place]:
    async with opened(request, tmp_path) as store:
        yield Place(SqlCounters(store), store)
