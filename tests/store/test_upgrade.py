"""A database of an older release, brought up to date with all that is in it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from consentry.store import Store, Transaction
from consentry.store.migrate import migrations, postgres_statements, statements
from consentry.store.postgres import PostgresStore
from consentry.store.sqlite import SQLiteStore
from tests.builders import DAY, NOW, digest_of
from tests.postgres import Server
from tests.stores import BOTH

pytestmark = pytest.mark.anyio

ACCOUNT = (
    "INSERT INTO accounts (id, email, email_key, name, password_hash, operator, created_at)"
    " VALUES ($1, $1, $1, '', '', 0, 0)"
)
GRANT = (
    "INSERT INTO grants (id, expires_at, account_id, client_id, deployment_id, resource, scope, created_at,"
    " redirect_uri) VALUES ($1, $2, 'a', 'c', 'd', 'r', 'mcp', 0, '')"
)
LINK = (
    "INSERT INTO refresh_tokens (digest, grant_id, issued_at, expires_at, predecessor, spent_at, successor, seal,"
    " seal_until, spent_from, repeats, paced_times, paced_until)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 2, 3, 4)"
)
ACCESS = (
    "INSERT INTO access_tokens (digest, grant_id, scope, issued_at, expires_at, format)"
    " VALUES ($1, $2, 'mcp', $3, $4, $5)"
)


@pytest.fixture(params=BOTH)
async def store(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Store]:
    """Without any table."""
    if request.param == "sqlite":
        lite = SQLiteStore(tmp_path / "consentry.db", "NORMAL")
        yield lite
        lite.close()
    else:
        server: Server = request.getfixturevalue("postgres")
        postgres = PostgresStore(await server.fresh(migrated=False))
        yield postgres
        await postgres.aclose()


async def older(store: Store, before: int) -> None:
    """As the release before that migration made it."""
    split = statements if isinstance(store, SQLiteStore) else postgres_statements

    async def work(tx: Transaction) -> None:
        await tx.db.run("CREATE TABLE migrations (number BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)")
        for migration in migrations():
            if migration.number < before:
                for statement in split(migration.sql):
                    await tx.db.run(statement)
                await tx.db.run("INSERT INTO migrations (number, applied_at) VALUES ($1, $2)", migration.number, NOW)

    await store.write(work)


async def test_tokens_are_the_same_once_their_tables_are_made_anew(store: Store) -> None:
    one, two, three, lost = (digest_of(name) for name in ("one", "two", "three", "lost"))
    far = NOW + 90 * DAY

    async def before(tx: Transaction) -> None:
        await tx.db.run(ACCOUNT, "a")
        await tx.db.run(GRANT, "lives", far)
        await tx.db.run(GRANT, "over", NOW - 31 * DAY)
        await tx.db.run(LINK, one, "lives", NOW, far, None, NOW + 1, two, b"seal", NOW + 9, "127.0.0.1")
        await tx.db.run(LINK, two, "lives", NOW + 1, far, one, None, None, None, None, None)
        # The sweep was cut off in the middle of this chain.
        await tx.db.run(LINK, three, "over", 1, 2, lost, None, None, None, None, None)
        await tx.db.run(ACCESS, one, "lives", NOW, NOW + 3600, "opaque")
        await tx.db.run(ACCESS, two, "over", 1, far, "api_key")

    async def rows(tx: Transaction) -> list[list[tuple[object, ...]]]:
        links = "digest, grant_id, issued_at, expires_at, spent_at, successor, seal, spent_from, repeats"
        asked = (f"{links}, paced_times, paced_until FROM refresh_tokens", "* FROM access_tokens")
        return [[tuple(row) for row in await tx.db.all(f"SELECT {each} ORDER BY digest")] for each in asked]

    await older(store, 17)
    await store.write(before)
    kept = await store.read(rows)
    await store.migrate(NOW)
    assert await store.read(rows) == kept
    held = await store.read(lambda tx: tx.find_refresh_token(two))
    assert held is not None
    assert (held.token.predecessor, held.token.spent_at, held.grant.id) == (one, None, "lives")

    while await store.write(lambda tx: tx.sweep(NOW, 1)):
        pass
    left = await store.read(rows)
    assert [[row[0] for row in table] for table in left] == [sorted([one, two]), [one]]
    # The seal is erased in its time, which the link after it says now.
    for now, seal in ((NOW + 9, b"seal"), (NOW + 10, None)):
        await store.write(lambda tx, now=now: tx.sweep(now, 500))  # type: ignore[misc]
        spent = await store.read(lambda tx: tx.find_refresh_token(one))
        assert spent is not None
        assert spent.token.seal == seal
