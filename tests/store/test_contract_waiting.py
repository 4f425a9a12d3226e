"""What every store must do with requests that wait for a person: hold them, and let each be answered once."""

import asyncio
from dataclasses import replace

import pytest

from consentry.store import Store
from consentry.store.sql import Transaction
from tests.builders import HOUR, NOW, digest_of
from tests.store.samples import PUSHED

pytestmark = pytest.mark.anyio


async def test_a_pushed_request_is_opened_in_time_by_its_client_and_then_waits_longer(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.add_pushed_request(PUSHED)
        assert await tx.open_pushed_request(digest_of("other"), "client_1", NOW, NOW + HOUR) is None
        assert await tx.open_pushed_request(PUSHED.digest, "client_2", NOW, NOW + HOUR) is None
        assert await tx.open_pushed_request(PUSHED.digest, "client_1", PUSHED.expires_at, NOW + HOUR) is None
        opened = replace(PUSHED, opened_at=NOW + 5, expires_at=NOW + HOUR)
        assert await tx.open_pushed_request(PUSHED.digest, "client_1", NOW + 5, NOW + HOUR) == opened
        assert await tx.open_pushed_request(PUSHED.digest, "client_1", NOW + HOUR - 1, NOW + 9 * HOUR) == opened
        assert await tx.open_pushed_request(PUSHED.digest, "client_1", NOW + HOUR, NOW + 9 * HOUR) is None

    await store.write(work)


async def test_a_pushed_request_is_spent_once_and_in_time(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.add_pushed_request(PUSHED)
        assert not await tx.spend_pushed_request(digest_of("other"), NOW)
        assert not await tx.spend_pushed_request(PUSHED.digest, PUSHED.expires_at)
        assert await tx.spend_pushed_request(PUSHED.digest, PUSHED.expires_at - 1)
        assert not await tx.spend_pushed_request(PUSHED.digest, NOW)
        assert await tx.open_pushed_request(PUSHED.digest, "client_1", NOW, NOW + HOUR) is None

    await store.write(work)


@pytest.mark.proves("C25")
async def test_of_many_that_spend_one_pushed_request_one_does(store: Store) -> None:
    await store.write(lambda tx: tx.add_pushed_request(PUSHED))
    spent = await asyncio.gather(
        *(store.write(lambda tx: tx.spend_pushed_request(PUSHED.digest, NOW)) for _ in range(20))
    )
    assert sorted(spent) == [False] * 19 + [True]
