"""Who is waited for before a commit, and for how long."""

import asyncio

import pytest

from consentry.store.company import HOPING_EVERY, MOST_TOGETHER, Company

pytestmark = pytest.mark.anyio

FOR_EVER = 3600.0


async def gathering(company: Company, waiting: int) -> "asyncio.Task[None]":
    """A gathering that has begun, unless there was nobody to wait for."""
    task = asyncio.get_running_loop().create_task(company.gather(waiting))
    await asyncio.sleep(0)
    return task


async def test_one_who_is_alone_waits_for_nobody() -> None:
    company = Company(FOR_EVER)
    for _ in range(2 * HOPING_EVERY):
        assert (await gathering(company, 1)).done()
        company.left(1, 0)


async def test_those_who_came_together_are_waited_for() -> None:
    company = Company(FOR_EVER)
    company.left(2, 1)
    task = await gathering(company, 1)
    company.came(2)
    await asyncio.sleep(0)
    assert not task.done()
    company.came(3)
    await task


async def test_who_does_not_come_is_waited_for_no_longer_than_a_moment_and_not_again() -> None:
    company = Company(0.0)
    company.left(5, 0)
    await company.gather(2)
    company.left(2, 0)
    assert (await gathering(company, 2)).done()


async def test_two_groups_that_take_turns_become_one() -> None:
    company = Company(FOR_EVER)
    for _ in range(HOPING_EVERY):
        company.left(5, 0)
    task = await gathering(company, 5)
    assert not task.done()
    company.came(10)
    await task


async def test_no_more_are_waited_for_than_may_share_a_commit() -> None:
    company = Company(FOR_EVER)
    company.left(MOST_TOGETHER, MOST_TOGETHER)
    assert (await gathering(company, MOST_TOGETHER)).done()
