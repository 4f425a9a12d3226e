"""A prepared installation on each store, and the counts that a test tells at the end of the run."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.load.ground import Ground, prepared
from tests.stores import BOTH, REDIS, database_url, settings

Tell = Callable[[str], None]


@pytest.fixture(params=BOTH)
async def ground(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Ground]:
    """Once on SQLite, once on PostgreSQL."""
    async with prepared(tmp_path, await database_url(request, tmp_path)) as here:
        yield here


@pytest.fixture(params=[*BOTH, *REDIS])
async def everywhere(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Ground]:
    """Also with a Redis in which codes wait."""
    async with prepared(tmp_path, await settings(request, tmp_path)) as here:
        yield here


@pytest.fixture(params=[*BOTH, *REDIS])
async def limited(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Ground]:
    """With the rate limits as they are for everybody."""
    async with prepared(tmp_path, await settings(request, tmp_path), {}) as here:
        yield here


@pytest.fixture
async def sqlite_ground(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Ground]:
    async with prepared(tmp_path, f"sqlite:///{tmp_path / 'consentry.db'}") as here:
        yield here


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Keeps a sentence with numbers for the summary of the run; through xdist too."""
    return lambda sentence: record_property("counts", sentence)
