"""consentry init, consentry sweep."""

import contextlib
import sqlite3
from pathlib import Path

from consentry.parts import SWEEP_BATCH
from consentry.store.migrate import migrations
from consentry.store.sql import Transaction
from tests.builders import digest_of
from tests.cli.commands import Commands


def test_init_makes_the_database_once(commands: Commands) -> None:
    first = commands.answers("init")
    assert first["database"] == str(commands.database)
    assert first["migrations"][0].startswith("0001_")
    assert commands.database.exists()
    assert (commands.folder / "secret_key").stat().st_mode & 0o077 == 0
    assert commands.answers("init")["migrations"] == []
    assert "up to date" in commands.says("init")


def older(file: Path) -> None:
    """The database, as one release before made it."""
    for path in file.parent.glob(f"{file.name}*"):
        path.unlink()
    with contextlib.closing(sqlite3.connect(file)) as made, made:
        made.execute("CREATE TABLE migrations (number INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT")
        for migration in migrations()[:-1]:
            made.executescript(migration.sql)
            made.execute("INSERT INTO migrations VALUES (?, 0)", (migration.number,))


def test_a_new_database_says_what_comes_next_and_one_that_is_upgraded_what_it_took(commands: Commands) -> None:
    assert "is ready. Next, somebody to sign in: `consentry account create EMAIL" in commands.says("init")
    older(commands.database)
    assert f"is brought up to date. Migrations taken: {migrations()[-1].name}." in commands.says("init")


def test_a_sweep_goes_on_batch_after_batch_until_nothing_has_expired(commands: Commands) -> None:
    async def fill(tx: Transaction) -> None:
        await tx.db.run(
            "INSERT INTO accounts (id, email, email_key, name, password_hash, operator, created_at)"
            " VALUES ('a', 'a', 'a', '', '', 0, 0)"
        )
        for number in range(SWEEP_BATCH + 1):
            await tx.db.run(
                "INSERT INTO sessions (digest, account_id, created_at, expires_at) VALUES ($1, 'a', 0, 1)",
                digest_of(str(number)),
            )

    commands.init().within(fill)
    assert commands.answers("sweep") == {"rows": SWEEP_BATCH + 1}
    assert commands.says("sweep") == "Nothing had expired.\n"
