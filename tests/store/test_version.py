"""What a store says of whether anything may have changed: the gateway's memory rests on it (ADR 22)."""

import asyncio
from pathlib import Path

import pytest

from consentry.store import quiet
from consentry.store.postgres import VERSION_SECONDS, PostgresStore
from consentry.store.sql import Transaction
from consentry.store.sqlite import SQLiteStore
from tests.builders import NOW, account
from tests.postgres import Server

pytestmark = pytest.mark.anyio


async def writes(tx: Transaction) -> None:
    await tx.add_account(account(1))


async def changes_nothing(tx: Transaction) -> None:
    await tx.find_account("account_1")


async def raises(tx: Transaction) -> None:
    await tx.add_account(account(2))
    raise LookupError


async def test_sqlite_tells_of_every_commit_of_its_own_and_of_others_and_of_nothing_else(tmp_path: Path) -> None:
    here, there = (SQLiteStore(tmp_path / "consentry.db", "NORMAL") for _ in range(2))
    try:
        await here.migrate(NOW)
        before = here.version()
        await here.read(changes_nothing)
        await there.read(changes_nothing)
        with pytest.raises(LookupError):
            await here.write(raises)
        with pytest.raises(LookupError):
            await there.write(raises)
        await here.write(changes_nothing, quiet=quiet)
        assert here.version() == before
        await there.write(writes)
        await asyncio.sleep(0)  # the loop comes round
        other_s = here.version()
        assert other_s != before
        await here.write(changes_nothing)
        assert here.version() not in (before, other_s)
    finally:
        here.close()
        there.close()


@pytest.mark.slow
async def test_postgres_tells_at_once_of_its_own_commits_and_within_a_second_of_others(postgres: Server) -> None:
    seconds = 100.0
    url = await postgres.fresh()
    here, there = PostgresStore(url, monotonic=lambda: seconds), PostgresStore(url)
    try:
        before = here.version()
        await here.read(changes_nothing)
        await here.write(changes_nothing, quiet=quiet)
        assert here.version() == before
        await here.write(changes_nothing)
        own = here.version()
        assert own != before
        await there.write(writes)
        seconds += VERSION_SECONDS
        assert here.version() not in (before, own)
    finally:
        await here.aclose()
        await there.aclose()


@pytest.mark.slow
async def test_postgres_takes_a_write_whose_end_is_unknown_for_one_that_was_done(postgres: Server) -> None:
    here = PostgresStore(await postgres.fresh(), monotonic=lambda: 1.0)
    try:
        before = here.version()
        with pytest.raises(LookupError):
            await here.write(raises)
        assert here.version() != before
    finally:
        await here.aclose()


def test_sqlite_asks_anew_in_another_event_loop(tmp_path: Path) -> None:
    here, there = (SQLiteStore(tmp_path / "consentry.db", "NORMAL") for _ in range(2))

    async def version() -> tuple[int, int]:
        return here.version()  # and the loop ends before it comes round

    async def change() -> None:
        await there.migrate(NOW)
        await there.write(writes)

    try:
        before = asyncio.run(version())
        asyncio.run(change())
        assert asyncio.run(version()) != before
    finally:
        here.close()
        there.close()
