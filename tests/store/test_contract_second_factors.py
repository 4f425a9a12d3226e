"""Second factors: one an account, each code of it taken by one."""

import asyncio
from dataclasses import replace

import pytest

from consentry.accounts.second_factor import SecondFactor
from consentry.store import Store
from consentry.store.sql import Transaction
from tests.builders import NOW, account, digest_of

pytestmark = pytest.mark.anyio

FACTOR = SecondFactor(b"sealed", 100)


async def peopled(tx: Transaction) -> None:
    for number in (1, 2):
        await tx.add_account(account(number))


async def test_an_account_has_one_second_factor_until_it_has_none(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await peopled(tx)
        assert await tx.find_second_factor("account_1") is None
        assert await tx.add_second_factor("account_1", FACTOR, NOW)
        assert not await tx.add_second_factor("account_1", SecondFactor(b"other", 1), NOW + 1)
        assert await tx.find_second_factor("account_1") == FACTOR
        assert await tx.find_account("account_1") == replace(account(1), second_factor_at=NOW)
        assert await tx.find_account("account_2") == account(2)
        await tx.set_recovery_codes("account_1", (digest_of("a"), digest_of("b")))
        assert [await tx.remove_second_factor("account_1") for _ in range(2)] == [True, False]
        assert await tx.find_account("account_1") == account(1)
        assert await tx.count_recovery_codes("account_1") == 0

    await store.write(work)


async def test_a_step_is_spent_by_one_and_none_before_it(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await peopled(tx)
        await tx.add_second_factor("account_1", FACTOR, NOW)
        assert not await tx.spend_step("account_1", 100)
        assert not await tx.spend_step("account_2", 101)

    await store.write(work)
    spent = await asyncio.gather(*(store.write(lambda tx: tx.spend_step("account_1", 102)) for _ in range(10)))
    assert sorted(spent) == [False] * 9 + [True]
    assert not await store.write(lambda tx: tx.spend_step("account_1", 101))


async def test_a_recovery_code_is_spent_by_one_who_it_belongs_to(store: Store) -> None:
    digest = digest_of("a")

    async def work(tx: Transaction) -> None:
        await peopled(tx)
        await tx.set_recovery_codes("account_1", (digest_of("old"),))
        await tx.set_recovery_codes("account_1", (digest, digest_of("b")))
        assert not await tx.spend_recovery_code("account_1", digest_of("old"))
        assert not await tx.spend_recovery_code("account_2", digest)

    await store.write(work)
    spent = await asyncio.gather(
        *(store.write(lambda tx: tx.spend_recovery_code("account_1", digest)) for _ in range(10))
    )
    assert sorted(spent) == [False] * 9 + [True]
    assert await store.read(lambda tx: tx.count_recovery_codes("account_1")) == 1
