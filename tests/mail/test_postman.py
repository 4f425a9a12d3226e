"""Carrying letters: after the commit, one postman each, a bounded number of times."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import pytest

from consentry.accounts import letters
from consentry.accounts.letters import Letter
from consentry.accounts.terms import AccountTerms
from consentry.audit import Event
from consentry.mail import MailError, Message
from consentry.postman import MOST_TRIES, PAUSES_SECONDS, Postman
from consentry.store import Store, Transaction
from tests.builders import DAY, NOW, account_terms, counted, sealer
from tests.stores import SQLITE, opened

pytestmark = pytest.mark.anyio

TERMS = account_terms()
LETTER = Letter("reset", "ada@example.com", {"url": "https://h.example/reset-password?token=secret"})


@dataclass
class Way:
    """A way out that fails as often as it is told to."""

    failures: list[MailError] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)
    came: anyio.Event = field(default_factory=anyio.Event)

    async def send(self, message: Message) -> None:
        await anyio.lowlevel.checkpoint()
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(message)
        self.came.set()


@dataclass
class Round:
    store: Store
    way: Way = field(default_factory=Way)
    now: int = NOW

    def postman(self) -> Postman:
        return Postman(self.store, TERMS, self.way, lambda: self.now)

    async def write(self, letter: Letter = LETTER, terms: AccountTerms = TERMS, until: int = NOW + 3600) -> None:
        await self.store.write(lambda tx: letters.write(tx, letter, "account_1", terms, self.now, until))

    async def left(self) -> int:
        async def work(tx: Transaction) -> int:
            return len(await tx.list_due_letters(NOW + 1000 * DAY, 100))

        return await self.store.read(work)

    async def failures(self) -> list[Event]:
        events = await self.store.read(lambda tx: tx.list_events())
        return [event for event in events if event.name == "account:letter:failed"]


@pytest.fixture(params=[SQLITE])
async def round_(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Round]:
    async with opened(request, tmp_path) as store:
        yield Round(store)


async def test_a_letter_is_sent_once_and_gone(round_: Round) -> None:
    await round_.write()
    postmen = [round_.postman() for _ in range(5)]
    await asyncio.gather(*(postman.deliver() for postman in postmen))
    (message,) = round_.way.sent
    assert (message.to, "token=secret" in message.text) == ("ada@example.com", True)
    assert await round_.left() == 0


async def test_one_that_is_not_taken_is_tried_again_later_and_then_no_more(round_: Round) -> None:
    round_.way.failures = [MailError("busy")] * (MOST_TRIES + 5)
    await round_.write(until=NOW + 365 * DAY)
    tries = 0
    while await round_.left():
        while await round_.postman().deliver():
            tries += 1
        round_.now += PAUSES_SECONDS[min(tries, len(PAUSES_SECONDS)) - 1]
    assert tries == MOST_TRIES
    (event,) = await round_.failures()
    assert (event.reason, event.account_id) == ("busy", "account_1")
    assert event.detail == {"letter": "reset", "tries": MOST_TRIES}


async def test_one_whose_link_is_over_before_the_next_try_is_given_up(round_: Round) -> None:
    round_.way.failures = [MailError("busy")] * 9
    await round_.write(until=NOW + PAUSES_SECONDS[0])
    await round_.postman().deliver()
    assert await round_.left() == 0
    assert len(await round_.failures()) == 1


async def test_one_that_will_never_be_taken_is_tried_once(round_: Round) -> None:
    round_.way.failures = [MailError("no such recipient", final=True)]
    await round_.write()
    await round_.postman().deliver()
    assert await round_.left() == 0
    assert [event.reason for event in await round_.failures()] == ["no such recipient"]


async def test_one_that_cannot_be_opened_is_given_up(round_: Round) -> None:
    strange = AccountTerms("open", True, TERMS.addresses, sealer(b"another key that has its 32 letters"), counted())
    await round_.write(terms=strange)
    await round_.postman().deliver()
    assert await round_.left() == 0
    assert [event.reason for event in await round_.failures()] == ["it was sealed under another key"]


async def test_one_to_nobody_is_written_and_never_sent(round_: Round) -> None:
    await round_.write(Letter("reset", "", LETTER.facts))
    assert await round_.left() == 1
    await round_.postman().deliver()
    assert (await round_.left(), round_.way.sent, await round_.failures()) == (0, [], [])


async def test_a_postman_who_is_called_comes_at_once_and_goes_on_after_a_failure(round_: Round) -> None:
    postman = round_.postman()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(postman.run)
        await anyio.lowlevel.checkpoint()
        await round_.write()
        postman.call()
        with anyio.fail_after(60):
            await round_.way.came.wait()
        tasks.cancel_scope.cancel()
    assert len(round_.way.sent) == 1


async def test_where_there_is_no_mail_nothing_is_written(round_: Round) -> None:
    await round_.write(terms=account_terms(mail=False))
    assert await round_.left() == 0
