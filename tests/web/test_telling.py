"""What is grave is told by mail: once, in words, from what happened over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from consentry.accounts import administer, second_factor
from consentry.accounts.model import Account
from consentry.audit import GRAVE
from consentry.herald import KINDS, NEWS_SECONDS
from consentry.parts import account_terms
from consentry.postman import Postman
from consentry.spec import totp
from consentry.store.sql import Transaction
from consentry.store.sql.events import _TO_TELL
from consentry.store.sqlite import SQLiteStore
from tests.stores import BOTH, settings
from tests.web.mailbox import Mailbox
from tests.web.world import EMAIL, World, no_way_out, world

pytestmark = pytest.mark.anyio


@pytest.fixture(params=BOTH)
async def here(request: pytest.FixtureRequest, tmp_path: Path, mailbox: Mailbox) -> AsyncIterator[World]:
    chosen: dict[str, Any] = await settings(request, tmp_path)
    async with world(tmp_path, no_way_out, mailbox, **chosen) as built:
        yield built


async def ada(tx: Transaction) -> Account:
    account = await tx.find_account("account_1")
    assert account is not None
    return account


async def test_an_application_that_is_new_to_the_account_is_told_once(here: World, mailbox: Mailbox) -> None:
    client_id, _ = await here.connect(client_name="Claude\r\nBcc: eve@example.net <b>")
    letter = await mailbox.one(here, EMAIL)
    assert "was connected" in letter.subject
    assert "It calls itself: Claude Bcc: eve@example.net <b>" in " ".join(letter.text.split())
    assert "&lt;b&gt;" in letter.html
    assert "client.example" in letter.text
    assert "Reminders" in letter.text
    await here.exchange(client_id, await here.approve(client_id))
    assert await mailbox.brought(here) == []
    await here.connect()
    assert len(await mailbox.brought(here)) == 1


async def test_theft_that_was_cut_off_is_told(here: World, mailbox: Mailbox) -> None:
    client_id, tokens = await here.connect()
    await mailbox.brought(here)
    later = (await here.refresh(client_id, tokens["refresh_token"])).json()
    await here.refresh(client_id, later["refresh_token"])
    here.clock.now += 600
    assert (await here.refresh(client_id, tokens["refresh_token"])).json()["error"] == "invalid_grant"
    letter = await mailbox.one(here, EMAIL)
    assert ("was cut off" in letter.subject, "Agent" in letter.text) == (True, True)
    assert (await here.call(later["access_token"])).status_code == 401


async def test_what_happens_to_a_password_and_a_second_factor_is_told(here: World, mailbox: Mailbox) -> None:
    terms, now = account_terms(here.installation), here.clock()

    async def work(tx: Transaction) -> None:
        account = await ada(tx)
        await administer.set_password(tx, account, account.password_hash, now)
        key, _ = second_factor.draft(account, terms)
        codes = await second_factor.add(tx, account, key, totp.code(key, totp.step_at(now)), terms, now)
        assert isinstance(codes, tuple)
        assert await second_factor.check(tx, account, codes[0], terms, None, now) == "right"
        for _ in range(second_factor.MOST_PER_PAIR + 1):
            await second_factor.check(tx, account, "000000", terms, None, now)
        await second_factor.remove(tx, account, "by an operator", None, now)

    await here.installation.store.write(work)
    assert {message.subject for message in await mailbox.brought(here)} == {
        "Your password at consentry.example was changed",
        "Signing in at consentry.example now takes a code",
        "A recovery code was used at consentry.example",
        "Somebody knows your password at consentry.example",
        "Signing in at consentry.example takes no code any more",
    }


async def test_several_postmen_tell_it_once(here: World, mailbox: Mailbox) -> None:
    await here.connect()
    terms = account_terms(here.installation, mail=True)
    postmen = [Postman(here.installation.store, terms, mailbox, here.clock) for _ in range(4)]
    await asyncio.gather(*(postman.deliver() for postman in postmen))
    assert [message.to for message in await mailbox.brought(here)] == [EMAIL]


async def test_what_is_no_news_and_an_account_that_is_closed_are_not_written_to(here: World, mailbox: Mailbox) -> None:
    await here.installation.store.write(lambda tx: tx.disable_account("account_2", 1))

    async def work(tx: Transaction) -> None:
        for number, later in ((1, 0), (2, NEWS_SECONDS)):
            account = await tx.find_account(f"account_{number}")
            assert account is not None
            await administer.set_password(tx, account, "hash", here.clock() + later)

    await here.installation.store.write(work)
    here.clock.now += NEWS_SECONDS
    assert await mailbox.brought(here) == []


def test_every_grave_event_has_its_letter() -> None:
    assert set(GRAVE) == set(KINDS)


async def test_looking_for_what_to_tell_reads_an_index_of_its_own(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        store = here.installation.store
        assert isinstance(store, SQLiteStore)

        async def work(tx: Transaction) -> str:
            return str([tuple(row) for row in await tx.db.all(f"EXPLAIN QUERY PLAN {_TO_TELL}", 0, 10)])

        assert "USING INDEX events_to_tell" in await store.read(work)
