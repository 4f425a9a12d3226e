"""Personal access tokens: found by digest with their account, bounded in number, gone with a closed account."""

import asyncio
from dataclasses import replace

import pytest

from consentry.accounts.personal_tokens import HeldPersonalToken, PersonalToken
from consentry.store import Store
from consentry.store.sql import Transaction
from tests.builders import DAY, NOW, account, digest_of

pytestmark = pytest.mark.anyio

TOKEN = PersonalToken(
    "pat_1", digest_of("one"), "account_1", "A script", frozenset({"deployments:read", "account:read"}), NOW, NOW + DAY
)
ENDLESS = replace(TOKEN, id="pat_2", digest=digest_of("two"), created_at=NOW + 1, expires_at=None)


async def test_a_token_is_kept_found_used_and_removed_by_its_owner(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        for number in (1, 2):
            await tx.add_account(account(number))
        assert await tx.add_personal_token(TOKEN, 5)
        assert await tx.add_personal_token(ENDLESS, 5)
        assert await tx.find_personal_token(TOKEN.digest) == HeldPersonalToken(TOKEN, account(1))
        assert await tx.find_personal_token(digest_of("none")) is None
        assert await tx.list_personal_tokens("account_1") == [ENDLESS, TOKEN]
        assert await tx.list_personal_tokens("account_2") == []
        await tx.use_personal_token("pat_1", NOW + 5)
        assert await tx.list_personal_tokens() == [ENDLESS, replace(TOKEN, last_used_at=NOW + 5)]
        assert not await tx.remove_personal_token("pat_1", "account_2")
        assert await tx.remove_personal_token("pat_1", "account_1")
        assert not await tx.remove_personal_token("pat_1", "account_1")

    await store.write(work)


async def test_an_account_has_so_many_and_none_once_it_is_closed(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.add_account(account(1))
        await tx.add_account(account(2, disabled=True))
        assert not await tx.add_personal_token(replace(TOKEN, account_id="account_2"), 5)
        assert not await tx.add_personal_token(replace(TOKEN, account_id="account_3"), 5)

    await store.write(work)
    tokens = [replace(TOKEN, id=f"pat_{number}", digest=digest_of(str(number))) for number in range(6)]

    async def add(token: PersonalToken) -> bool:
        return await store.write(lambda tx: tx.add_personal_token(token, 4))

    added = await asyncio.gather(*map(add, tokens))
    assert sorted(added) == [False] * 2 + [True] * 4
    await store.write(lambda tx: tx.disable_account("account_1", NOW))
    assert await store.read(lambda tx: tx.list_personal_tokens()) == []


async def test_a_token_is_swept_a_month_after_its_end(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.add_account(account(1))
        await tx.add_personal_token(TOKEN, 5)
        await tx.add_personal_token(ENDLESS, 5)
        assert await tx.sweep(NOW + 31 * DAY - 1, 10) == 0
        assert await tx.sweep(NOW + 31 * DAY, 10) == 1
        assert await tx.list_personal_tokens() == [ENDLESS]

    await store.write(work)
