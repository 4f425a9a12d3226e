"""What is SQLite's own: its files, its patience, its sentences."""

import asyncio
import contextlib
import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from consentry.store.company import MOST_TOGETHER
from consentry.store.driver import StoreError
from consentry.store.migrate import migrations, statements
from consentry.store.sql import Transaction
from consentry.store.sqlite import SQLiteStore
from tests.builders import NOW, account, digest_of
from tests.store.samples import times

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SQLiteStore]:
    opened = SQLiteStore(tmp_path / "consentry.db", patience=60)
    await opened.migrate(NOW)
    yield opened
    opened.close()


@pytest.fixture
def ordinary_user() -> Iterator[Path]:
    """A folder of one who is not root, for as long as the test takes: root may write everything."""
    folder = Path(tempfile.mkdtemp())
    nobody = 65534
    was_root = os.geteuid() == 0
    if was_root:
        os.chown(folder, nobody, nobody)
        os.seteuid(nobody)
    yield folder
    if was_root:
        os.seteuid(0)
    shutil.rmtree(folder)


async def pragma(store: SQLiteStore, name: str) -> object:
    row = await store.read(lambda tx: tx.db.one(f"PRAGMA {name}"))
    assert row is not None
    return row[0]


async def add(tx: Transaction) -> None:
    await tx.count_attempt(digest_of("key"), NOW, 900)


async def test_what_was_answered_survives_a_power_cut_unless_the_operator_says_otherwise(tmp_path: Path) -> None:
    full, normal = SQLiteStore(tmp_path / "full.db"), SQLiteStore(tmp_path / "normal.db", "NORMAL")
    for one, synchronous in ((full, 2), (normal, 1)):
        assert await pragma(one, "journal_mode") == "wal"
        assert await pragma(one, "synchronous") == synchronous
        assert await pragma(one, "foreign_keys") == 1
        one.close()


async def test_the_database_is_for_its_user_alone(store: SQLiteStore) -> None:
    files = list(store.path.parent.glob("consentry.db*"))
    assert {file.name for file in files} >= {"consentry.db", "consentry.db-wal"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


async def test_every_table_is_strict(store: SQLiteStore) -> None:
    rows = await store.read(lambda tx: tx.db.all("SELECT name, sql FROM sqlite_schema WHERE type = 'table'"))
    assert len(rows) >= 10
    assert [row[0] for row in rows if not row[1].endswith("STRICT")] == []


async def test_work_that_waits_for_something_outside_is_a_bug_and_leaves_nothing(store: SQLiteStore) -> None:
    async def work(tx: Transaction) -> None:
        await add(tx)
        await asyncio.sleep(0)

    for run in (store.write, store.read):
        with pytest.raises(RuntimeError, match="waited for something outside"):
            await run(work)
    assert await store.read(lambda tx: times(tx, digest_of("key"))) == 0
    await store.write(add)


async def test_what_points_to_nothing_is_not_kept(store: SQLiteStore) -> None:
    sql = "INSERT INTO sessions (digest, account_id, created_at, expires_at) VALUES ($1, 'account_9', 1, 2)"
    with pytest.raises(sqlite3.IntegrityError):
        await store.write(lambda tx: tx.db.run(sql, digest_of("s")))


@pytest.fixture
def hasty(store: SQLiteStore) -> Iterator[SQLiteStore]:
    """The same database, by one who waits for no more than a moment."""
    opened = SQLiteStore(store.path, patience=0.2)
    yield opened
    opened.close()


@pytest.fixture
def rival(store: SQLiteStore) -> sqlite3.Connection:
    """Another process's connection, as far as SQLite can tell."""
    return sqlite3.connect(store.path, isolation_level=None)


async def test_while_another_writes_the_event_loop_goes_on_and_then_it_is_our_turn(
    store: SQLiteStore, rival: sqlite3.Connection
) -> None:
    rival.execute("BEGIN IMMEDIATE")
    writes = [asyncio.create_task(store.write(add)) for _ in range(20)]
    turns = 0
    while turns < 10:
        await asyncio.sleep(0)
        turns += 1
        # Reading goes on as well.
        assert await store.read(lambda tx: times(tx, digest_of("key"))) == 0
    assert not any(write.done() for write in writes)
    rival.execute("COMMIT")
    await asyncio.gather(*writes)
    assert await store.read(lambda tx: times(tx, digest_of("key"))) == 20
    rival.close()


async def test_one_of_us_knocks_at_a_locked_database_and_the_others_wait_for_it(
    hasty: SQLiteStore, rival: sqlite3.Connection
) -> None:
    """Each knock holds the event loop for some milliseconds: fifty at a time would hold up every stream."""
    knocks: list[str] = []
    hasty._connection.set_trace_callback(knocks.append)
    rival.execute("BEGIN IMMEDIATE")
    outcomes = await asyncio.gather(*(hasty.write(add) for _ in range(50)), return_exceptions=True)
    assert all(isinstance(outcome, StoreError) for outcome in outcomes)
    assert set(knocks) == {"BEGIN IMMEDIATE"}
    # The first waits its whole patience; for the others it is over by then, and each knocks once.
    assert 50 <= len(knocks) < 100
    rival.execute("ROLLBACK")
    rival.close()


async def test_writes_that_come_together_share_a_commit_and_each_has_its_own_answer(store: SQLiteStore) -> None:
    """A sync of the disk is most of what a small transaction costs; but none may hold the event loop for long."""
    said: list[str] = []
    store._connection.set_trace_callback(said.append)
    writes = [
        store.write(lambda tx: tx.count_attempt(digest_of("key"), NOW, 900)) for _ in range(2 * MOST_TOGETHER + 1)
    ]
    answers = await asyncio.gather(*writes)
    assert [counted for counted, _ in answers] == list(range(1, len(writes) + 1))
    assert said.count("COMMIT") == 3


async def test_work_that_raises_takes_none_of_those_along_that_came_with_it(store: SQLiteStore) -> None:
    async def fail(tx: Transaction) -> None:
        await add(tx)
        raise KeyError("a bug")

    outcomes = await asyncio.gather(
        store.write(add), store.write(fail), store.write(add), store.write(fail), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), KeyError, type(None), KeyError]
    assert await store.read(lambda tx: times(tx, digest_of("key"))) == 2


async def test_nothing_is_answered_before_its_commit(store: SQLiteStore, rival: sqlite3.Connection) -> None:
    def committed() -> int:
        row = rival.execute("SELECT times FROM attempts").fetchone()
        return row[0] if row else 0

    async def seen_after(answer: asyncio.Task[None]) -> int:
        await answer
        return committed()

    writes = [asyncio.create_task(store.write(add)) for _ in range(20)]
    seen = await asyncio.gather(*(seen_after(write) for write in writes))
    assert all(count >= place for place, count in enumerate(seen, 1))
    rival.close()


async def test_who_goes_away_while_waiting_changes_nothing_and_holds_nobody_up(
    store: SQLiteStore, rival: sqlite3.Connection
) -> None:
    rival.execute("BEGIN IMMEDIATE")
    gone, stays = (asyncio.create_task(store.write(add)) for _ in "ab")
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    rival.execute("COMMIT")
    await stays
    assert gone.cancelled()
    assert await store.read(lambda tx: times(tx, digest_of("key"))) == 1
    rival.close()


async def test_a_closed_store_answers_with_the_fault_that_it_is(tmp_path: Path) -> None:
    closed = SQLiteStore(tmp_path / "closed.db")
    closed.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        await closed.write(add)


async def test_patience_ends_with_a_sentence(hasty: SQLiteStore, rival: sqlite3.Connection) -> None:
    rival.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"Another process has held .*consentry\.db for .* end it and try again"):
        await hasty.write(add)
    rival.execute("COMMIT")
    rival.close()
    await hasty.write(add)


async def test_a_write_that_was_cancelled_while_it_waited_leaves_the_way_free(
    store: SQLiteStore, rival: sqlite3.Connection
) -> None:
    rival.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(store.write(add))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    rival.execute("COMMIT")
    rival.close()
    await store.write(add)
    assert await store.read(lambda tx: times(tx, digest_of("key"))) == 1


async def test_a_full_disk_leaves_a_store_that_still_works(store: SQLiteStore) -> None:
    pages = await pragma(store, "page_count")
    await store.read(lambda tx: tx.db.one(f"PRAGMA max_page_count = {pages}"))

    async def work(tx: Transaction) -> None:
        for number in range(5000):
            await tx.count_attempt(digest_of(f"key {number}"), NOW, 900)

    with pytest.raises(StoreError, match="is full: make room"):
        await store.write(work)
    await store.read(lambda tx: tx.db.one("PRAGMA max_page_count = 1000000"))
    await store.write(add)
    assert await store.read(lambda tx: times(tx, digest_of("key"))) == 1


async def test_migrations_are_taken_once_and_recorded(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "consentry.db")
    assert await store.pending() == migrations()
    assert await store.migrate(NOW) == migrations()
    assert await store.pending() == []
    assert await store.migrate(NOW + 1) == []
    rows = await store.read(lambda tx: tx.db.all("SELECT number, applied_at FROM migrations"))
    assert [tuple(row) for row in rows] == [(migration.number, NOW) for migration in migrations()]
    store.close()


async def test_a_database_of_a_newer_program_is_left_alone(store: SQLiteStore) -> None:
    await store.write(lambda tx: tx.db.run("INSERT INTO migrations (number, applied_at) VALUES (9999, 1)"))
    for run in (store.pending(), store.migrate(NOW)):
        with pytest.raises(StoreError, match="newer Consentry"):
            await run


def test_migrations_are_numbered_each_once_and_each_says_something() -> None:
    numbers = [migration.number for migration in migrations()]
    assert numbers == sorted(set(numbers))
    assert all(statements(migration.sql) for migration in migrations())


def test_statements_are_parted_at_the_ends_of_lines() -> None:
    sql = "-- a; comment\nCREATE TABLE a (x TEXT DEFAULT ';');\n\nCREATE INDEX b\n    ON a (x);"
    assert statements(sql) == ["CREATE TABLE a (x TEXT DEFAULT ';')", "CREATE INDEX b\n    ON a (x)"]


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database, " * 100)
    with pytest.raises(StoreError, match=r"notes\.txt is not a SQLite database: name another file"):
        SQLiteStore(file)
    assert file.read_text().startswith("not a database")


@pytest.mark.parametrize("where", ["missing/consentry.db", "."])
def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, where: str) -> None:
    with pytest.raises(StoreError, match="cannot be opened: make its folder, or name another one in data_dir or"):
        SQLiteStore(tmp_path / where)


def test_a_file_that_may_only_be_read_is_named(ordinary_user: Path) -> None:
    file = ordinary_user / "consentry.db"
    file.touch(mode=0o444)
    ordinary_user.chmod(0o555)
    with pytest.raises(StoreError, match="may only be read: give this user the right"):
        SQLiteStore(file)


async def test_a_database_that_may_only_be_read_says_so_when_it_is_used(ordinary_user: Path) -> None:
    file = ordinary_user / "consentry.db"
    store = SQLiteStore(file)
    await store.migrate(NOW)
    store.close()
    file.chmod(0o444)
    for folder_mode in (0o755, 0o555):
        ordinary_user.chmod(folder_mode)
        with pytest.raises(StoreError, match="may only be read: give this user the right to write it and its folder"):
            await _write_once(file)
    ordinary_user.chmod(0o755)


async def _write_once(file: Path) -> None:
    store = SQLiteStore(file)
    try:
        await store.write(add)
    finally:
        store.close()


async def test_a_damaged_database_is_named_in_mid_work(tmp_path: Path) -> None:
    file = tmp_path / "consentry.db"
    with contextlib.closing(SQLiteStore(file)) as store:
        await store.migrate(NOW)
        page = await pragma(store, "page_size")
        root = await store.read(lambda tx: tx.db.one("SELECT rootpage FROM sqlite_schema WHERE name = 'accounts'"))
    assert isinstance(page, int)
    assert root is not None
    with file.open("r+b") as opened:
        opened.seek((root[0] - 1) * page)
        opened.write(b"\xaa" * page)
    with contextlib.closing(SQLiteStore(file)) as store:
        for run in (store.read, store.write):
            with pytest.raises(StoreError, match=r"consentry\.db is damaged: end every process .* restore a backup"):
                await run(lambda tx: tx.db.all("SELECT id FROM accounts NOT INDEXED"))


async def test_a_mistake_of_ours_is_no_fault_of_the_disk(store: SQLiteStore) -> None:
    for run in (store.read, store.write):
        with pytest.raises(sqlite3.OperationalError, match="no such table"):
            await run(lambda tx: tx.db.all("SELECT * FROM nowhere"))


def test_a_database_that_another_process_holds_for_good_is_named(tmp_path: Path) -> None:
    rival = sqlite3.connect(tmp_path / "consentry.db", isolation_level=None)
    rival.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match=r"Another process holds .*: end it and try again"):
        SQLiteStore(tmp_path / "consentry.db", patience=0.05)
    rival.close()


async def test_what_is_written_is_there_for_the_next_who_opens(store: SQLiteStore) -> None:
    await store.write(lambda tx: tx.add_account(account(1)))
    other = SQLiteStore(store.path)
    assert await other.read(lambda tx: tx.list_accounts()) == [account(1)]
    other.close()
