"""PostgreSQL: asyncpg, one pool of connections, as few round trips as the rules allow (ADR 11)."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar, cast
from urllib.parse import urlsplit

import asyncpg

from consentry.store import loud
from consentry.store.driver import Row, StoreError, Value
from consentry.store.migrate import Migration, migrations, postgres_statements
from consentry.store.pool import Connection, NoneFreeError, Pool
from consentry.store.sql.postgres import PostgresTransaction

T = TypeVar("T")
Work = Callable[[PostgresTransaction], Awaitable[T]]

STATEMENT_SECONDS = 5.0
ACQUIRE_SECONDS = 8.0
CONNECT_SECONDS = 5.0
VERSION_SECONDS = 1.0
IDLE_SECONDS = 300.0
MOST_TRIES = 5
PATIENCE_SECONDS = 5.0  # after which nothing is tried anew: real clients wait for ten
_PAUSE_SECONDS = 0.05
_MIGRATION_LOCK = 0x636F6E73  # any number of our own: "cons"
_SESSION_SETTINGS = {
    "application_name": "consentry",
    "statement_timeout": f"{STATEMENT_SECONDS * 1000:.0f}",
    "lock_timeout": "3000",
    # A process that was stopped in the middle of a transaction must not hold its locks for ever.
    "idle_in_transaction_session_timeout": "10000",
}
# The whole transaction was rolled back by the server, so running it anew is safe.
_ROLLED_BACK = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
# The connection is gone; whether it was before or after a commit, only the work itself can tell.
_GONE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a connection says that the server ended while it was idle
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    ConnectionError,
    OSError,
)
# It is there, and does not let us: who runs this server has to change something, and nothing was done.
_REFUSED = (
    asyncpg.InvalidAuthorizationSpecificationError,  # the user or the password
    asyncpg.InvalidCatalogNameError,  # the database
    asyncpg.InsufficientPrivilegeError,  # a right, as that to make tables in the schema public
)
# It is there, and has no time or no room; the statement was not done.
_BUSY = (asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError, asyncpg.DiskFullError)


class PostgresStore:
    """One pool; its connections are opened at their first use, in the event loop that uses them."""

    def __init__(self, url: str, connections: int = 10, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._connections = connections
        self._pool = Pool(connections, IDLE_SECONDS, self._connect)
        self._monotonic = monotonic
        self._writes = 0

    @property
    def place(self) -> str:
        """Where it is, for sentences: without the password."""
        parts = urlsplit(self._url)
        return f"the database {parts.path.lstrip('/') or 'postgres'} at {parts.hostname or 'the local socket'}"

    async def aclose(self) -> None:
        await self._pool.aclose()

    async def read(self, work: Work[T]) -> T:
        """Runs the work; each statement sees what is committed."""
        return await self._try(work, writes=False)

    def version(self) -> tuple[int, int]:
        """We know what we have written; what others have we take for possible once a second."""
        return self._writes, int(self._monotonic() / VERSION_SECONDS)

    async def write(self, work: Work[T], *, quiet: Callable[[T], bool] = loud) -> T:
        """Runs the work as one transaction: returning commits, raising rolls back.

        It begins with the first statement that writes; what is read before that is only looked at, since whatever
        spends is conditional by itself.
        """
        hushed = False
        try:
            outcome = await self._try(work, writes=True)
            hushed = quiet(outcome)
            return outcome
        finally:
            if not hushed:
                self._writes += 1

    async def migrate(self, now: int) -> list[Migration]:
        """Brings the database to the newest shape; the migrations that it took."""

        async def work(tx: PostgresTransaction) -> list[Migration]:
            await tx.db.returning("SELECT pg_advisory_xact_lock($1)", _MIGRATION_LOCK)
            await tx.db.run(
                "CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)"
            )
            missing = await self._missing(tx)
            for migration in missing:
                for statement in postgres_statements(migration.sql):
                    await tx.db.run(statement)
                await tx.db.run("INSERT INTO migrations (number, applied_at) VALUES ($1, $2)", migration.number, now)
            return missing

        return await self.write(work)

    async def pending(self) -> list[Migration]:
        """The migrations that this database has yet to take."""

        async def work(tx: PostgresTransaction) -> list[Migration]:
            row = await tx.db.one("SELECT to_regclass('migrations') IS NOT NULL")
            return await self._missing(tx) if row and row[0] else migrations()

        return await self.read(work)

    async def _missing(self, tx: PostgresTransaction) -> list[Migration]:
        applied = {row[0] for row in await tx.db.all("SELECT number FROM migrations")}
        if applied - {migration.number for migration in migrations()}:
            raise StoreError(f"A newer Consentry has shaped {self.place}: run that one, or restore a backup.")
        return [migration for migration in migrations() if migration.number not in applied]

    async def _try(self, work: Work[T], *, writes: bool) -> T:
        tries = 0
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            tries += 1
            last = tries >= MOST_TRIES or asyncio.get_running_loop().time() > deadline
            session: _Session | None = None
            try:
                connection = await self._pool.borrow(ACQUIRE_SECONDS)
                try:
                    session = _Session(connection)
                    outcome = await work(PostgresTransaction(session))
                    await session.end("COMMIT" if writes else "ROLLBACK")
                    return outcome
                except (*_GONE, asyncio.CancelledError):
                    connection.terminate()
                    raise
                except BaseException:
                    # What the server may still be doing on it is nobody's business any more: a rollback, or the end.
                    await _abandon(connection)
                    raise
                finally:
                    self._pool.give_back(connection)
            except NoneFreeError as error:
                raise StoreError(f"All {self._connections} connections to {self.place} are busy.") from error
            except _ROLLED_BACK:
                if last or (session is not None and session.sent_whole):
                    raise
            except _REFUSED as error:
                raise StoreError(
                    f"{self.place} refuses us: {error}. Mend database_url, or let its user own the database."
                ) from error
            except _GONE as error:
                safe = session is None or not writes or not session.wrote
                if last or not safe:
                    raise StoreError(
                        f"{self.place} does not answer ({str(error) or type(error).__name__}): is it running?"
                    ) from error
            except _BUSY as error:
                raise StoreError(f"{self.place} is too busy, or full: {error}.") from error
            await asyncio.sleep(_PAUSE_SECONDS * tries)

    async def _connect(self) -> Connection:
        try:
            return await asyncpg.connect(
                self._url,
                command_timeout=STATEMENT_SECONDS,
                timeout=CONNECT_SECONDS,
                server_settings=_SESSION_SETTINGS,
            )
        except asyncpg.exceptions.ClientConfigurationError as error:
            raise StoreError(f"database_url cannot be used: {error}.") from error
        except ValueError as error:
            # Its text may be a piece of the password: one with a / in it ends the host where nobody meant it to.
            raise StoreError(
                "database_url cannot be read: write its port as a number, and in user and password / as %2F, @ as %40."
            ) from error


async def _abandon(connection: Connection) -> None:
    if connection.is_in_transaction():
        try:
            await connection.execute("ROLLBACK")
        except (asyncpg.PostgresError, *_GONE):
            connection.terminate()


class _Session:
    """The driver's calls on one connection; a transaction is begun when something is to be written."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._begun = False
        self.sent_whole = False

    @property
    def wrote(self) -> bool:
        """Whether anything may have been changed."""
        return self._begun or self.sent_whole

    async def one(self, sql: str, *values: Value) -> Row | None:
        return cast("Row | None", await self._connection.fetchrow(sql, *values))

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        return cast("Sequence[Row]", await self._connection.fetch(sql, *values))

    async def run(self, sql: str, *values: Value) -> int:
        await self._begin()
        done = await self._connection.execute(sql, *values)
        count = done.rsplit(" ", 1)[-1]  # "UPDATE 1", "INSERT 0 1", "CREATE TABLE"
        return int(count) if count.isdecimal() else 0

    async def many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        await self._begin()
        await self._connection.executemany(sql, rows)

    async def returning(self, sql: str, *values: Value) -> Row | None:
        await self._begin()
        return await self.one(sql, *values)

    async def whole(self, sql: str, *values: Value) -> Row | None:
        """A statement that is a whole transaction by itself; commits at once, unless one has begun."""
        self.sent_whole = True
        return await self.one(sql, *values)

    async def end(self, how: str) -> None:
        if self._begun:
            await self._connection.execute(how)

    async def _begin(self) -> None:
        if not self._begun:
            await self._connection.execute("BEGIN")
            self._begun = True
