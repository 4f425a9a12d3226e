"""Connections that are lent: to whom, how many, and what becomes of those that broke, at a real server."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from consentry.store.pool import NoneFreeError, Pool
from tests.postgres import Server

pytestmark = pytest.mark.anyio

LONG = 60.0


@pytest.fixture
async def url(postgres: Server) -> str:
    return await postgres.fresh(migrated=False)


@pytest.fixture
async def pool(url: str, anyio_backend: str) -> AsyncIterator[Pool]:
    """Of two connections."""

    async def connect() -> Any:
        return await asyncpg.connect(url)

    pool = Pool(2, LONG, connect)
    yield pool
    await pool.aclose()


async def waiting(pool: Pool) -> "asyncio.Task[Any]":
    """One who waits for a connection."""
    task = asyncio.get_running_loop().create_task(pool.borrow(LONG))
    await asyncio.sleep(0)
    return task


async def test_a_connection_that_came_back_is_lent_again(pool: Pool) -> None:
    first = await pool.borrow(LONG)
    pool.give_back(first)
    assert await pool.borrow(LONG) is first
    pool.give_back(first)


async def test_who_comes_when_all_are_lent_gets_the_next_that_comes_back(pool: Pool) -> None:
    one, two = await pool.borrow(LONG), await pool.borrow(LONG)
    with pytest.raises(NoneFreeError):
        await pool.borrow(0.0)
    late, later = await waiting(pool), await waiting(pool)
    pool.give_back(two)
    assert await late is two
    pool.give_back(one)
    assert await later is one
    for each in (one, two):
        pool.give_back(each)


async def test_one_that_broke_makes_room_for_a_new_one(pool: Pool) -> None:
    one, two = await pool.borrow(LONG), await pool.borrow(LONG)
    late = await waiting(pool)
    one.terminate()
    pool.give_back(one)
    new = await late
    assert new not in (one, two)
    assert await new.fetchval("SELECT 1") == 1
    for each in (new, two):
        pool.give_back(each)


async def test_one_that_is_amid_a_transaction_is_not_lent_again(pool: Pool) -> None:
    one = await pool.borrow(LONG)
    await one.execute("BEGIN")
    pool.give_back(one)
    two = await pool.borrow(LONG)
    assert one.is_closed()
    assert two is not one
    pool.give_back(two)


async def test_who_no_longer_waits_keeps_nothing(pool: Pool) -> None:
    one, two = await pool.borrow(LONG), await pool.borrow(LONG)
    gone = await waiting(pool)
    pool.give_back(one)
    gone.cancel()  # in the moment in which it was given
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert await pool.borrow(LONG) is one
    for each in (one, two):
        pool.give_back(each)


async def test_one_that_cannot_be_opened_takes_no_place() -> None:
    async def connect() -> Any:
        raise OSError("nobody listens")

    pool = Pool(1, LONG, connect)
    for _ in range(3):
        with pytest.raises(OSError, match="nobody listens"):
            await pool.borrow(LONG)
    await pool.aclose()


async def test_closing_waits_for_those_that_are_lent(pool: Pool) -> None:
    one = await pool.borrow(LONG)
    closing = asyncio.get_running_loop().create_task(pool.aclose())
    await asyncio.sleep(0)
    assert not closing.done()
    assert await one.fetchval("SELECT 1") == 1
    pool.give_back(one)
    await closing
    assert one.is_closed()


async def test_one_that_nobody_needs_any_more_is_closed(url: str) -> None:
    pool = Pool(1, 0.0, lambda: asyncpg.connect(url))
    one = await pool.borrow(LONG)
    pool.give_back(one)
    async with asyncio.timeout(LONG):
        while not one.is_closed():
            await asyncio.sleep(0)
    await pool.aclose()
