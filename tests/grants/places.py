"""Where a state machine's store lives, how it crashes, and all the bytes that it leaves behind."""

import shutil
import tempfile
from pathlib import Path
from typing import Protocol

import asyncpg

from consentry.store import Store, Transaction
from consentry.store.postgres import PostgresStore
from consentry.store.sqlite import SQLiteStore
from tests import sqlite
from tests.postgres import Server


class Place(Protocol):
    async def open(self) -> Store: ...

    async def crash(self, store: Store) -> Store:
        """The store after its process was gone in an instant."""
        ...

    async def close(self, store: Store) -> bytes:
        """Everything that was kept."""
        ...


class Files:
    """SQLite. A crash is a start from a copy of the files, made while they are open and with nothing closed before."""

    def __init__(self) -> None:
        self._folders: list[Path] = []

    async def open(self) -> Store:
        sqlite.place(self._folder() / "consentry.db")
        return self._opened()

    async def crash(self, store: Store) -> Store:
        there, copy = self._folders[-1], self._folder()
        for name in ("consentry.db", "consentry.db-wal"):
            shutil.copy(there / name, copy / name)
        await store.aclose()
        return self._opened()

    async def close(self, store: Store) -> bytes:
        files = [file for folder in self._folders for file in folder.iterdir()]
        kept = b"".join(file.read_bytes() for file in files)
        await store.aclose()
        for folder in self._folders:
            shutil.rmtree(folder)
        return kept

    def _opened(self) -> Store:
        store = SQLiteStore(self._folders[-1] / "consentry.db", "NORMAL")
        sqlite.be_careless(store)
        return store

    def _folder(self) -> Path:
        self._folders.append(Path(tempfile.mkdtemp()))
        return self._folders[-1]


class Database:
    """PostgreSQL. A crash ends every connection from the server's side, in the middle of whatever it does."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._url = ""

    async def open(self) -> Store:
        self._url = await self._server.fresh()
        return PostgresStore(self._url)

    async def crash(self, store: Store) -> Store:
        connection = await asyncpg.connect(self._url)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await connection.close()
        return store

    async def close(self, store: Store) -> bytes:
        """Every table, column by column."""

        async def work(tx: Transaction) -> bytes:
            tables = await tx.db.all("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            rows = [row for (table,) in tables for row in await tx.db.all(f"SELECT * FROM {table}")]  # noqa: S608
            return b"\n".join(
                value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row
            )

        kept = await store.read(work)
        await store.aclose()
        self._server.give_back(self._url)
        return kept
