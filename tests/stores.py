"""The stores that tests run on: SQLite in a file, PostgreSQL in a real server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from consentry.store import Store
from consentry.store.postgres import PostgresStore
from consentry.store.sqlite import SQLiteStore
from tests import sqlite
from tests.builders import NOW
from tests.postgres import Server
from tests.redis_server import RedisServer

SQLITE = pytest.param("sqlite", id="sqlite")
# A server has to be started for it.
POSTGRES = pytest.param("postgres", id="postgres", marks=pytest.mark.slow)
BOTH = [SQLITE, POSTGRES]
# Both, with a Redis beside them: for what can be kept there.
REDIS = [
    pytest.param("sqlite redis", id="sqlite-redis", marks=pytest.mark.slow),
    pytest.param("postgres redis", id="postgres-redis", marks=pytest.mark.slow),
]


async def database_url(request: pytest.FixtureRequest, folder: Path) -> str:
    """Where the store that this test is to run on keeps its database; a new one, migrated already."""
    if request.param.startswith("postgres"):
        server: Server = request.getfixturevalue("postgres")
        url = await server.fresh()
        request.addfinalizer(partial(server.give_back, url))
        return url
    sqlite.place(folder / "consentry.db")
    return f"sqlite:///{folder / 'consentry.db'}"


async def settings(request: pytest.FixtureRequest, folder: Path) -> dict[str, str]:
    """The same as settings, with an empty Redis where the test is to run with one."""
    chosen = {"database_url": await database_url(request, folder)}
    if request.param.endswith("redis"):
        server: RedisServer = request.getfixturevalue("redis")
        server.empty()
        chosen["redis_url"] = server.url
    return chosen


@asynccontextmanager
async def opened(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Store]:
    """A migrated, empty store."""
    url = await database_url(request, folder)
    store: Store
    if url.startswith("postgresql:"):
        store = PostgresStore(url)
    else:
        store = SQLiteStore(Path(url.removeprefix("sqlite:///")), "NORMAL")
        sqlite.be_careless(store)
    await store.migrate(NOW)
    yield store
    await store.aclose()
