"""The write-ahead log goes into the database beside the event loop, and the database alone then knows what it held."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from consentry.store.checkpoint import EVERY_WORKS
from consentry.store.sqlite import SQLiteStore
from tests.builders import NOW, digest_of
from tests.store.samples import times

pytestmark = pytest.mark.anyio


async def fill(store: SQLiteStore, works: int) -> None:
    for _ in range(works):
        await store.write(lambda tx: tx.count_attempt(digest_of("key"), NOW, 900))


def counted(database: Path, elsewhere: Path) -> int:
    """What the database says without its log: most of what a restart would need no log for."""
    copy = elsewhere / "copy.db"
    shutil.copyfile(database, copy)
    with sqlite3.connect(copy) as connection:
        try:
            row = connection.execute("SELECT times FROM attempts").fetchone()
        except sqlite3.OperationalError:  # not even the table has come there yet
            return 0
    return row[0] if row else 0


async def test_the_log_goes_into_the_database_while_the_server_runs(tmp_path: Path) -> None:
    (elsewhere := tmp_path / "elsewhere").mkdir()
    path = tmp_path / "consentry.db"
    reader = SQLiteStore(
        path
    )  # a second process, as it were: SQLite empties the log by itself when the last one closes
    store = SQLiteStore(path)
    await store.migrate(NOW)
    await fill(store, EVERY_WORKS // 2)
    assert counted(path, elsewhere) == 0
    await fill(store, EVERY_WORKS)
    store.close()
    assert counted(path, elsewhere) >= EVERY_WORKS // 2
    assert await reader.read(lambda tx: times(tx, digest_of("key"))) == EVERY_WORKS // 2 + EVERY_WORKS
    reader.close()
