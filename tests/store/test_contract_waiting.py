"""What every store must do with requests that wait for a person: hold them, and let each be answered once."""

import asyncio
from dataclasses import replace

import pytest

from consentry.grants.model import DeviceDecision
from consentry.store import Store
from consentry.store.sql import Transaction
from tests.builders import HOUR, NOW, digest_of
from tests.store.samples import DEVICE, PUSHED

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


async def test_a_device_is_found_by_its_user_code_which_no_other_gets(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        assert await tx.add_device_authorization(DEVICE)
        assert await tx.find_device_authorization(DEVICE.user_code) == DEVICE
        assert await tx.find_device_authorization(b"other") is None
        assert not await tx.add_device_authorization(replace(DEVICE, digest=digest_of("another device")))
        assert await tx.find_device_authorization(DEVICE.user_code) == DEVICE

    await store.write(work)


@pytest.mark.proves("D20")
async def test_who_polls_too_soon_has_to_wait_longer_each_time_and_from_then_on(store: Store) -> None:
    # Seconds after the start, whether that is too soon, and the wait from then on.
    polls = [
        (0, False, 4),
        (4, False, 4),
        (7, True, 9),
        (15, True, 14),
        (29, False, 14),
        (42, True, 19),
        (61, False, 19),
    ]

    async def work(tx: Transaction) -> None:
        await tx.add_device_authorization(DEVICE)
        for second, slowed, wait in polls:
            polled = await tx.poll_device_authorization(DEVICE.digest, "client_1", NOW + second, 5)
            assert polled == replace(DEVICE, slowed=slowed, poll_seconds=wait), second

    await store.write(work)


async def test_the_poll_of_another_client_is_none(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.add_device_authorization(DEVICE)
        for _ in range(3):
            assert await tx.poll_device_authorization(DEVICE.digest, "client_2", NOW, 5) is None
            assert await tx.poll_device_authorization(digest_of("other"), "client_1", NOW, 5) is None
        assert await tx.poll_device_authorization(DEVICE.digest, "client_1", NOW, 5) == DEVICE

    await store.write(work)


@pytest.mark.parametrize("decision", ["approved", "denied"])
async def test_the_first_answer_to_a_device_stands(store: Store, decision: DeviceDecision) -> None:
    decided = replace(DEVICE, decision=decision)

    async def work(tx: Transaction) -> None:
        await tx.add_device_authorization(DEVICE)
        assert not await tx.decide_device_authorization(digest_of("other"), decision, NOW)
        assert not await tx.decide_device_authorization(DEVICE.digest, decision, DEVICE.expires_at)
        assert await tx.decide_device_authorization(DEVICE.digest, decision, DEVICE.expires_at - 1)
        assert not await tx.decide_device_authorization(DEVICE.digest, "approved", NOW)
        assert not await tx.decide_device_authorization(DEVICE.digest, "denied", NOW)
        assert await tx.find_device_authorization(DEVICE.user_code) == decided
        assert await tx.poll_device_authorization(DEVICE.digest, "client_1", NOW, 5) == decided

    await store.write(work)


@pytest.mark.proves("D20")
async def test_of_many_answers_to_one_device_one_stands(store: Store) -> None:
    await store.write(lambda tx: tx.add_device_authorization(DEVICE))
    answers = await asyncio.gather(
        *(store.write(lambda tx: tx.decide_device_authorization(DEVICE.digest, "approved", NOW)) for _ in range(20))
    )
    assert sorted(answers) == [False] * 19 + [True]
