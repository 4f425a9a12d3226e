"""A migrated SQLite database for each test: migrated once, copied since."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from consentry.store import Store
from consentry.store.sqlite import SQLiteStore
from tests.builders import NOW


def place(file: Path) -> None:
    """Puts one with nothing in it there, unless there is one."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(0o600)
        file.write_bytes(_migrated())


def be_careless(store: Store) -> None:
    """What tests keep in it need not survive, and to sync it takes most of its time."""
    if isinstance(store, SQLiteStore):
        store._connection.execute("PRAGMA synchronous = OFF")


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder, ThreadPoolExecutor(1) as thread:  # in ours a loop may be running
        return thread.submit(asyncio.run, _migrate(Path(folder) / "consentry.db")).result()


async def _migrate(file: Path) -> bytes:
    store = SQLiteStore(file, "NORMAL")
    await store.migrate(NOW)
    store.close()
    return file.read_bytes()
