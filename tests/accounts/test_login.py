from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from consentry.accounts import login
from consentry.accounts.attempts import WINDOW_SECONDS, Throttled
from consentry.accounts.login import (
    MOST_PER_ACCOUNT,
    MOST_PER_NETWORK,
    MOST_PER_PAIR,
    MOST_SESSIONS,
    MOST_SIGN_INS_PER_PAIR,
    Failure,
    HalfIn,
)
from consentry.accounts.model import SignedIn
from consentry.accounts.terms import AccountTerms
from consentry.audit import Event
from consentry.store.sql import Transaction
from consentry.store.sqlite import SQLiteStore
from consentry.tokens import Kind, Secret, recognise
from tests.builders import NETWORK, NOW, PASSWORD_HASH, account, account_terms

pytestmark = pytest.mark.anyio

EMAIL = "person1@example.com"
OTHER = "person2@example.com"
UNVERIFIED = "person3@example.com"
DISABLED = "person4@example.com"
NOBODY = "nobody@example.com"


@dataclass
class Door:
    """Signing in, with the password judged already."""

    store: SQLiteStore
    now: int = NOW
    terms: AccountTerms = field(default_factory=account_terms)

    async def try_(self, email: str, right: bool, network: str | None = NETWORK) -> Secret | Failure | Throttled:
        async def begin(tx: Transaction) -> login.Attempt | Throttled:
            return await login.begin(tx, email, network, self.now)

        attempt = await self.store.write(begin)
        if isinstance(attempt, Throttled):
            return attempt

        async def finish(tx: Transaction) -> Secret | HalfIn | Failure:
            return await login.finish(tx, attempt, right, network, self.terms, self.now)

        outcome = await self.store.write(finish)
        assert not isinstance(outcome, HalfIn)
        return outcome

    async def guess(self, email: str, times: int, network: str | None = NETWORK) -> None:
        for _ in range(times):
            assert await self.try_(email, right=False, network=network) == "wrong"

    async def events(self) -> list[Event]:
        async def work(tx: Transaction) -> list[Event]:
            return await tx.list_events()

        return await self.store.read(work)

    async def session(self, secret: Secret) -> SignedIn | None:
        async def work(tx: Transaction) -> SignedIn | None:
            return await tx.find_session(secret.digest())

        return await self.store.read(work)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    store = SQLiteStore(tmp_path / "consentry.db", "NORMAL")
    await store.migrate(NOW)

    async def inhabit(tx: Transaction) -> None:
        for one in (account(1), account(2), account(3, verified=False), account(4, disabled=True)):
            await tx.add_account(one)

    await store.write(inhabit)
    yield Door(store)
    store.close()


async def test_the_right_password_opens_a_session_of_twelve_hours(door: Door) -> None:
    secret = await door.try_(EMAIL, right=True)
    assert isinstance(secret, Secret)
    assert recognise(secret.reveal(), Kind.SESSION) == secret
    found = await door.session(secret)
    assert found is not None
    assert found.account.id == "account_1"
    assert (found.session.created_at, found.session.expires_at) == (NOW, NOW + 12 * 3600)
    assert found.session.network == NETWORK


@pytest.mark.parametrize("spelling", ["Person1@Example.com", " person1@example.com ", "PERSON1@EXAMPLE.COM"])
async def test_an_address_is_known_in_any_spelling(door: Door, spelling: str) -> None:
    assert isinstance(await door.try_(spelling, right=True), Secret)


@pytest.mark.proves("C22")
async def test_every_sign_in_has_a_session_of_its_own(door: Door) -> None:
    one, other = await door.try_(EMAIL, right=True), await door.try_(EMAIL, right=True)
    assert isinstance(one, Secret)
    assert isinstance(other, Secret)
    assert one != other


@pytest.mark.proves("C22")
async def test_unknown_wrong_and_disabled_are_told_apart_by_nobody_but_the_audit_log(door: Door) -> None:
    outcomes = [
        await door.try_(NOBODY, right=False),
        await door.try_(EMAIL, right=False),
        await door.try_(DISABLED, right=False),
        await door.try_(DISABLED, right=True),
    ]
    assert outcomes == ["wrong"] * 4
    assert [(event.name, event.reason, event.account_id) for event in await door.events()] == [
        ("account:login:failed", "unknown", None),
        ("account:login:failed", "password", "account_1"),
        ("account:login:failed", "password", "account_4"),
        ("account:login:failed", "disabled", "account_4"),
    ]


async def test_right_passwords_are_bounded_too_for_each_address_that_they_come_from(door: Door) -> None:
    for _ in range(MOST_SIGN_INS_PER_PAIR):
        assert isinstance(await door.try_(EMAIL, right=True), Secret)
    assert await door.try_(EMAIL, right=True) == Throttled(WINDOW_SECONDS)
    assert isinstance(await door.try_(EMAIL, right=True, network="198.51.100.7"), Secret)
    assert isinstance(await door.try_(OTHER, right=True), Secret)
    door.now += WINDOW_SECONDS
    assert isinstance(await door.try_(EMAIL, right=True), Secret)


async def test_an_account_is_signed_in_with_so_many_browsers_and_the_oldest_gives_way(door: Door) -> None:
    sessions = []
    for _ in range(MOST_SESSIONS + 1):
        sessions.append(await door.try_(EMAIL, right=True))
        door.now += 1
    anothers = await door.try_(OTHER, right=True)
    assert all(isinstance(one, Secret) for one in sessions)
    found = [await door.session(one) is not None for one in [*sessions, anothers] if isinstance(one, Secret)]
    assert found == [False, *[True] * (MOST_SESSIONS + 1)]


async def test_a_password_that_was_right_for_nobody_lets_nobody_in(door: Door) -> None:
    assert await door.try_(NOBODY, right=True) == "wrong"


@pytest.mark.proves("C22")
async def test_that_an_address_is_unverified_is_told_only_with_the_right_password(door: Door) -> None:
    assert await door.try_(UNVERIFIED, right=False) == "wrong"
    assert await door.try_(UNVERIFIED, right=True) == "unverified"


@pytest.mark.proves("C22")
@pytest.mark.parametrize("email", [EMAIL, NOBODY])
async def test_one_address_may_not_guess_one_password_for_long_whether_the_account_exists_or_not(
    door: Door, email: str
) -> None:
    await door.guess(email, MOST_PER_PAIR)
    assert await door.try_(email, right=True) == Throttled(WINDOW_SECONDS)
    # Another network, and another account from this one, are not touched by it.
    assert await door.try_(OTHER, right=False) == "wrong"
    assert await door.try_(email, right=False, network="198.51.100.1") == "wrong"


@pytest.mark.proves("C22")
async def test_many_addresses_may_not_guess_at_one_account_without_end(door: Door) -> None:
    for number in range(MOST_PER_ACCOUNT):
        await door.guess(EMAIL, 1, network=f"198.51.100.{number}")
    assert await door.try_(EMAIL, right=True, network="203.0.113.1") == Throttled(WINDOW_SECONDS)
    assert isinstance(await door.try_(OTHER, right=True, network="203.0.113.1"), Secret)


@pytest.mark.proves("C22")
async def test_one_address_may_not_guess_at_many_accounts_without_end(door: Door) -> None:
    for number in range(MOST_PER_NETWORK):
        await door.guess(f"guess{number}@example.com", 1)
    assert await door.try_(EMAIL, right=True) == Throttled(WINDOW_SECONDS)
    assert isinstance(await door.try_(EMAIL, right=True, network="198.51.100.1"), Secret)


async def test_what_is_throttled_prolongs_nothing_and_is_told_once_a_window(door: Door) -> None:
    await door.guess(EMAIL, MOST_PER_PAIR)
    for _ in range(3):
        assert isinstance(await door.try_(EMAIL, right=False), Throttled)
    throttled = [event for event in await door.events() if event.name == "account:login:throttled"]
    assert [(event.account_id, event.network, event.suspicious) for event in throttled] == [
        ("account_1", NETWORK, True)
    ]
    door.now += WINDOW_SECONDS - 1
    assert await door.try_(EMAIL, right=True) == Throttled(1)
    door.now += 1
    assert isinstance(await door.try_(EMAIL, right=True), Secret)


async def test_the_window_moves_on(door: Door) -> None:
    await door.guess(EMAIL, MOST_PER_PAIR)
    door.now += WINDOW_SECONDS - 1
    assert isinstance(await door.try_(EMAIL, right=True), Throttled)
    door.now += 1
    assert isinstance(await door.try_(EMAIL, right=True), Secret)


async def test_guesses_sent_side_by_side_count_before_any_is_answered(door: Door) -> None:
    async def begin(tx: Transaction) -> login.Attempt | Throttled:
        return await login.begin(tx, EMAIL, NETWORK, NOW)

    begun = [await door.store.write(begin) for _ in range(MOST_PER_PAIR + 3)]
    assert [isinstance(attempt, Throttled) for attempt in begun] == [False] * MOST_PER_PAIR + [True] * 3


async def test_a_success_clears_the_way_of_a_person_with_a_bad_memory(door: Door) -> None:
    for _ in range(3):
        await door.guess(EMAIL, MOST_PER_PAIR - 1)
        assert isinstance(await door.try_(EMAIL, right=True), Secret)


async def test_a_success_takes_its_own_attempt_back_and_not_those_of_the_same_second(door: Door) -> None:
    """Else whoever has an account of their own could guess at all others and wipe the slate every second."""
    for number in range(MOST_PER_NETWORK - 1):
        await door.guess(f"guess{number}@example.com", 1)
    for _ in range(3):
        assert isinstance(await door.try_(OTHER, right=True), Secret)
    await door.guess("one.more@example.com", 1)
    assert isinstance(await door.try_(EMAIL, right=True), Throttled)


async def test_an_unverified_sign_in_takes_nothing_back(door: Door) -> None:
    for _ in range(MOST_PER_PAIR):
        assert await door.try_(UNVERIFIED, right=True) == "unverified"
    assert isinstance(await door.try_(UNVERIFIED, right=True), Throttled)


@pytest.mark.parametrize("change", ["disable", "password"])
async def test_what_happens_to_an_account_while_its_password_is_hashed_counts(door: Door, change: str) -> None:
    async def begin(tx: Transaction) -> login.Attempt | Throttled:
        return await login.begin(tx, EMAIL, NETWORK, NOW)

    async def meanwhile(tx: Transaction) -> None:
        if change == "disable":
            await tx.disable_account("account_1", NOW)
        else:
            await tx.set_password_hash("account_1", PASSWORD_HASH + "2")

    attempt = await door.store.write(begin)
    assert isinstance(attempt, login.Attempt)
    await door.store.write(meanwhile)

    async def finish(tx: Transaction) -> Secret | HalfIn | Failure:
        return await login.finish(tx, attempt, True, NETWORK, account_terms(), NOW)

    assert await door.store.write(finish) == "wrong"


async def test_signing_out_ends_the_session_and_is_told_once(door: Door) -> None:
    secret = await door.try_(EMAIL, right=True)
    assert isinstance(secret, Secret)

    async def work(tx: Transaction) -> None:
        await login.sign_out(tx, secret.digest(), NETWORK, NOW + 1)

    await door.store.write(work)
    await door.store.write(work)
    assert await door.session(secret) is None
    assert [event.name for event in await door.events()] == ["account:login:succeeded", "account:session:ended"]


async def test_attempts_are_kept_without_saying_whose(door: Door) -> None:
    await door.guess(NOBODY, 1)

    async def work(tx: Transaction) -> str:
        return repr([tuple(row) for row in await tx.db.all("SELECT * FROM attempts")])

    assert "nobody" not in await door.store.read(work)
