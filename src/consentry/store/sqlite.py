"""SQLite: the standard library's driver, called inline from the event loop; a thread hop costs far more (ADR 2)."""

import asyncio
import contextlib
import errno
import os
import sqlite3
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from consentry.store import loud
from consentry.store.checkpoint import AUTOMATIC_PAGES, Checkpointer
from consentry.store.company import MOST_TOGETHER, Company
from consentry.store.driver import Row, StoreError, Value
from consentry.store.migrate import Migration, migrations, statements
from consentry.store.sql import Transaction

T = TypeVar("T")
Work = Callable[[Transaction], Awaitable[T]]
Synchronous = Literal["FULL", "NORMAL"]

# Another process that writes is waited for a moment inside SQLite, then outside it, so that our streams go on.
BUSY_TIMEOUT_MS = 5
PATIENCE_SECONDS = 10.0
_PAUSES_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05)

_SENTENCES = {
    "SQLITE_NOTADB": "{path} is not a SQLite database: name another file in database_url.",
    "SQLITE_CANTOPEN": "{path} cannot be opened: make its folder, or name another one in data_dir or database_url.",
    "SQLITE_BUSY": "Another process holds {path}: end it and try again.",
    "SQLITE_FULL": "The disk of {path} is full: make room and try again. Nothing was changed.",
    "SQLITE_CORRUPT": "{path} is damaged: end every process that uses it, and restore a backup.",
    "SQLITE_IOERR": "The disk of {path} fails, or is full: the system's log may say which. Nothing was changed.",
}
_OF_THE_WORLD = (*_SENTENCES, "SQLITE_READONLY")


@dataclass(eq=False, slots=True)
class _Waiting:
    """Work that waits for its turn to write; `alone` once it was in a group that failed."""

    work: Work[Any]
    outcome: asyncio.Future[Any]
    deadline: float
    quiet: Callable[[Any], bool]
    alone: bool = False

    def fail(self, error: Exception) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(error)


class SQLiteStore:
    """One connection, used from the thread that made it."""

    def __init__(self, path: Path, synchronous: Synchronous = "FULL", patience: float = PATIENCE_SECONDS) -> None:
        self.path = path
        self._sentences = _Sentences(path)
        self._patience = patience
        self._waiting: deque[_Waiting] = deque()
        self._writer: asyncio.Task[None] | None = None
        self._company = Company()
        self._connection = _connect(path, synchronous, patience)
        self._checkpointer = Checkpointer(path)
        self._transaction = Transaction(_Inline(self._connection))
        self._commits = self._others = 0
        self._asked: asyncio.AbstractEventLoop | None = None
        self._versions = self._connection.cursor()

    @property
    def place(self) -> str:
        """Where it is, for sentences."""
        return str(self.path)

    @property
    def empty(self) -> bool:
        """Whether nobody has brought it up to date yet."""
        with self._sentences:
            return self._connection.execute("SELECT 1 FROM sqlite_schema").fetchone() is None

    def close(self) -> None:
        self._checkpointer.close()
        self._connection.close()

    async def aclose(self) -> None:
        """As the other stores close."""
        self.close()

    async def read(self, work: Work[T]) -> T:
        """Runs the work on one snapshot of the database."""
        with self._sentences:
            self._connection.execute("BEGIN")
            try:
                return _drive(work(self._transaction))
            finally:
                self._roll_back()

    def version(self) -> tuple[int, int]:
        """SQLite counts what others have committed, and we what we have.

        It is asked once each time the event loop comes round: a call that begins after a commit is read a round later.
        """
        loop = asyncio.get_running_loop()
        if self._asked is not loop:
            try:
                self._others = self._versions.execute("PRAGMA data_version").fetchone()[0]
            except sqlite3.Error as error:
                raise StoreError(_sentence(self.path, error)) from error
            self._asked = loop
            loop.call_soon(self._ask_again)
        return self._others, self._commits

    def _ask_again(self) -> None:
        self._asked = None

    async def write(self, work: Work[T], *, quiet: Callable[[T], bool] = loud) -> T:
        """Runs the work as if alone: returning commits, raising rolls back. It may be run anew after a rollback."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(work, loop.create_future(), loop.time() + self._patience, quiet)
        self._waiting.append(waiting)
        self._company.came(len(self._waiting))
        if self._writer is None or self._writer.done():
            self._writer = loop.create_task(self._write())
        outcome: T = await waiting.outcome
        return outcome

    async def _write(self) -> None:
        """One of us knocks at a locked door; a hundred would keep the event loop busy."""
        while self._waiting:
            await self._company.gather(len(self._waiting))
            try:
                await self._begin(self._waiting[0].deadline)
            except Exception as error:
                self._waiting.popleft().fail(error)
            else:
                group = self._next()
                self._company.left(len(group), len(self._waiting))
                self._commit(group)
                await asyncio.sleep(0)

    def _next(self) -> list[_Waiting]:
        """Those that may share a commit; whoever asked and has gone is left out."""
        group: list[_Waiting] = []
        while self._waiting and len(group) < MOST_TOGETHER:
            if group and (group[0].alone or self._waiting[0].alone):
                break
            first = self._waiting.popleft()
            if not first.outcome.done():
                group.append(first)
        return group

    def _commit(self, group: list[_Waiting]) -> None:
        """Runs the works of a group in one transaction. Where one of them raises, each gets one of its own."""
        try:
            with self._sentences:
                outcomes = [_drive(each.work(self._transaction)) for each in group]
                self._connection.execute("COMMIT")
        except Exception as error:
            self._roll_back()
            if len(group) == 1:
                group[0].fail(error)
                return
            for each in reversed(group):
                each.alone = True
                self._waiting.appendleft(each)
        except BaseException:
            self._roll_back()
            raise
        else:
            self._checkpointer.committed(len(group))
            if not all(each.quiet(outcome) for each, outcome in zip(group, outcomes, strict=True)):
                self._commits += 1
            for each, outcome in zip(group, outcomes, strict=True):
                if not each.outcome.done():
                    each.outcome.set_result(outcome)

    def _roll_back(self) -> None:
        if self._connection.in_transaction:  # a full disk, say, has rolled back already
            self._connection.execute("ROLLBACK")

    async def _begin(self, deadline: float) -> None:
        attempt = 0
        while True:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if not _is_busy(error):
                    raise StoreError(_sentence(self.path, error)) from error
                if asyncio.get_running_loop().time() > deadline:
                    held = f"Another process has held {self.path} for {self._patience:.0f} seconds"
                    raise StoreError(f"{held}: end it and try again.") from error
            await asyncio.sleep(_PAUSES_SECONDS[min(attempt, len(_PAUSES_SECONDS) - 1)])
            attempt += 1

    async def migrate(self, now: int) -> list[Migration]:
        """Brings the database to the newest shape; the migrations that it took."""

        async def work(tx: Transaction) -> list[Migration]:
            await tx.db.run(
                "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT"
            )
            missing = await _missing(tx, self.path)
            for migration in missing:
                for statement in statements(migration.sql):
                    await tx.db.run(statement)
                await tx.db.run("INSERT INTO migrations (number, applied_at) VALUES ($1, $2)", migration.number, now)
            return missing

        return await self.write(work)

    async def pending(self) -> list[Migration]:
        """The migrations that this database has yet to take."""

        async def work(tx: Transaction) -> list[Migration]:
            if not await tx.db.one("SELECT 1 FROM sqlite_schema WHERE name = 'migrations'"):
                return migrations()
            return await _missing(tx, self.path)

        return await self.read(work)


class _Inline:
    """The driver's three calls, none of which ever suspends."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._many = connection.executemany

    async def one(self, sql: str, *values: Value) -> Row | None:
        row: Row | None = self._execute(_numbered(sql), values).fetchone()
        return row

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        return self._execute(_numbered(sql), values).fetchall()

    async def run(self, sql: str, *values: Value) -> int:
        return self._execute(_numbered(sql), values).rowcount

    async def many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        self._many(_numbered(sql), rows)

    async def returning(self, sql: str, *values: Value) -> Row | None:
        return await self.one(sql, *values)


def _connect(path: Path, synchronous: Synchronous, patience: float) -> sqlite3.Connection:
    try:
        # A new file is for this user alone, and SQLite gives those beside it the same rights. An old one is left to
        # SQLite: closing a second descriptor would drop the locks of this process's other connections.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        # Autocommit: the transactions of the store are the only ones.
        connection = sqlite3.connect(path, isolation_level=None, cached_statements=256)
    except (OSError, sqlite3.OperationalError) as error:
        raise StoreError(_sentence(path, error)) from error
    try:
        connection.execute(f"PRAGMA busy_timeout = {patience * 1000:.0f}")
        _switch_to_wal(connection, patience)
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {AUTOMATIC_PAGES}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
    except sqlite3.DatabaseError as error:
        connection.close()
        raise StoreError(_sentence(path, error)) from error
    return connection


def _switch_to_wal(connection: sqlite3.Connection, patience: float) -> None:
    """Of processes that open a new database at once, one makes the switch. Some of the others are told at once that it
    is locked, whatever the timeout, lest two wait for each other. Nothing is served yet, so they may sleep here."""
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > deadline:
                raise
        time.sleep(_PAUSES_SECONDS[-1])


async def _missing(tx: Transaction, path: Path) -> list[Migration]:
    applied = {row[0] for row in await tx.db.all("SELECT number FROM migrations")}
    if applied - {migration.number for migration in migrations()}:
        raise StoreError(f"{path} was made by a newer Consentry: use that one, or restore a backup.")
    return [migration for migration in migrations() if migration.number not in applied]


@cache
def _numbered(sql: str) -> str:
    """`$1` of the shared SQL to SQLite's `?1`."""
    return sql.replace("$", "?")


def _drive(work: Awaitable[T]) -> T:
    """Runs a coroutine to its end in one go. One that suspends would let another in between: a bug."""
    coroutine: Coroutine[object, None, T] = work  # type: ignore[assignment]
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise RuntimeError("the work of a transaction waited for something outside of it")


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


class _Sentences:
    """What is wrong with the disk or the file becomes a sentence; a fault of ours stays the bug that it is."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sqlite3.DatabaseError) and _name(error).startswith(_OF_THE_WORLD):
            raise StoreError(_sentence(self._path, error)) from error


def _name(error: sqlite3.Error | OSError) -> str:
    return getattr(error, "sqlite_errorname", "")  # what Python itself raised has none


def _sentence(path: Path, error: sqlite3.Error | OSError) -> str:
    name = _name(error)
    unwritable = isinstance(error, OSError) and error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}
    # SQLite cannot open a database whose folder takes no files beside it.
    if unwritable or name.startswith("SQLITE_READONLY") or (name.startswith("SQLITE_CANTOPEN") and path.is_file()):
        return f"{path} may only be read: give this user the right to write it and its folder."
    if isinstance(error, OSError):
        name = "SQLITE_CANTOPEN"
    for start, sentence in _SENTENCES.items():
        if name.startswith(start):
            return sentence.format(path=path)
    return f"{path}: {error}."
