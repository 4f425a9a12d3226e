"""Links and letters: kept as they came, spent by one, gone with their account's password."""

import asyncio
from dataclasses import replace

import pytest

from consentry.accounts.letters import Waiting
from consentry.accounts.links import Link, Purpose
from consentry.store import Store
from consentry.store.sql import Transaction
from tests.builders import HOUR, NOW, account, digest_of

pytestmark = pytest.mark.anyio

LETTER = Waiting("letter_1", "reset", "account_1", b"sealed", NOW, NOW + HOUR)

PURPOSES: tuple[Purpose, ...] = ("reset", "email", "keep_email")


def link(name: str, account_id: str | None = "account_1", purpose: Purpose = "reset") -> Link:
    return Link(digest_of(name), purpose, account_id, b"sealed", NOW + HOUR)


async def test_a_link_is_found_until_its_time_and_spent_by_one(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.add_account(account(1))
        await tx.add_link(link("mine"))
        await tx.add_link(link("nobody's", None, "sign_up"))
        assert await tx.find_link(digest_of("mine"), NOW + HOUR - 1) == link("mine")
        assert await tx.find_link(digest_of("nobody's"), NOW) == link("nobody's", None, "sign_up")
        assert await tx.find_link(digest_of("mine"), NOW + HOUR) is None
        assert not await tx.spend_link(digest_of("mine"), NOW + HOUR)
        assert await tx.find_link(digest_of("other"), NOW) is None

    await store.write(work)
    digest = digest_of("mine")
    spent = await asyncio.gather(*(store.write(lambda tx: tx.spend_link(digest, NOW)) for _ in range(10)))
    assert sorted(spent) == [False] * 9 + [True]


async def test_links_of_a_purpose_are_listed_page_by_page_the_youngest_first(store: Store) -> None:
    kept = [replace(link(str(number), None, "invite"), expires_at=NOW + 1 + number // 2) for number in range(5)]
    youngest = sorted(kept, key=lambda one: (-one.expires_at, one.digest))

    async def work(tx: Transaction) -> None:
        for one in (*kept, link("other", None, "sign_up"), replace(link("over", None, "invite"), expires_at=NOW)):
            await tx.add_link(one)
        assert await tx.list_links("invite", NOW, 9) == youngest
        for size in (1, 2, 3):
            found = await tx.list_links("invite", NOW, size)
            while more := await tx.list_links("invite", NOW, size, (found[-1].expires_at, found[-1].digest)):
                found += more
            assert found == youngest

    await store.write(work)


async def test_an_account_voids_its_links_of_one_purpose_or_all_but_the_older_that_keep_an_address(
    store: Store,
) -> None:
    async def work(tx: Transaction) -> None:
        for number in (1, 2):
            await tx.add_account(account(number))
            for purpose in PURPOSES:
                await tx.add_link(link(f"{purpose}{number}", f"account_{number}", purpose))
        assert [await tx.void_links("account_1", "email") for _ in range(2)] == [1, 0]
        await tx.set_password_hash("account_1", "new")
        assert await tx.find_link(digest_of("reset1"), NOW) is None
        assert await tx.find_link(digest_of("keep_email1"), NOW) is not None
        await tx.void_younger_links("account_1", NOW + HOUR)
        assert await tx.find_link(digest_of("keep_email1"), NOW) is not None
        await tx.void_younger_links("account_1", NOW + HOUR - 1)
        assert await tx.find_link(digest_of("keep_email1"), NOW) is None
        await tx.disable_account("account_2", NOW)
        assert [await tx.void_links("account_2", purpose) for purpose in PURPOSES] == [0, 0, 0]

    await store.write(work)


async def test_a_letter_waits_until_it_is_due_and_is_claimed_by_one(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.add_letter(LETTER)
        await tx.add_letter(replace(LETTER, id="letter_2", account_id=None, due_at=NOW - 1))
        assert await tx.list_due_letters(NOW - 2, 9) == []
        first, second = await tx.list_due_letters(NOW, 9)
        assert (first.id, second) == ("letter_2", LETTER)
        assert await tx.list_due_letters(NOW, 1) == [first]

    await store.write(work)
    claimed = await asyncio.gather(*(store.write(lambda tx: tx.claim_letter(LETTER, NOW + 60)) for _ in range(10)))
    assert sorted(claimed) == [False] * 9 + [True]

    async def later(tx: Transaction) -> None:
        assert [one.id for one in await tx.list_due_letters(NOW, 9)] == ["letter_2"]
        assert await tx.list_due_letters(NOW + 60, 1) != []
        await tx.remove_letter("letter_2")
        assert await tx.list_due_letters(NOW + 60, 9) == [replace(LETTER, due_at=NOW + 60, tries=1)]

    await store.write(later)


async def test_what_is_over_is_swept(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.add_account(account(1))
        await tx.add_link(link("mine"))
        await tx.add_letter(LETTER)
        assert await tx.sweep(NOW + HOUR - 1, 10) == 0
        assert await tx.sweep(NOW + HOUR, 10) == 2

    await store.write(work)
