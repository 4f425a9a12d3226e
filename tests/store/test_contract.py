"""What every store must do: keep what it is given as it came, and roll back what raises."""

import asyncio
from dataclasses import replace

import pytest

from consentry import keys
from consentry.accounts.model import Session, SignedIn
from consentry.audit import Event, EventName
from consentry.deployments.authentication import OAUTH, Authentication, Issuer
from consentry.deployments.scope_map import parse
from consentry.formats import ENDLESS, OPAQUE, Format
from consentry.store import Store
from consentry.store.sql import Transaction
from consentry.tokens import Kind, mint
from tests.builders import (
    DAY,
    HOUR,
    NETWORK,
    NOW,
    PASSWORD_HASH,
    account,
    client,
    counted,
    deployment,
    digest_of,
    sealer,
)
from tests.store.samples import ACCESS, CODE, granted, peopled, times

pytestmark = pytest.mark.anyio


async def test_what_returns_is_kept_and_what_raises_is_not(store: Store) -> None:
    async def kept(tx: Transaction) -> str:
        await tx.add_account(account(1))
        return "done"

    async def lost(tx: Transaction) -> None:
        await tx.add_account(account(2))
        raise LookupError

    assert await store.write(kept) == "done"
    with pytest.raises(LookupError):
        await store.write(lost)
    assert [one.id for one in await store.read(lambda tx: tx.list_accounts())] == ["account_1"]
    assert await store.write(kept) == "done"


async def test_reading_changes_nothing(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.add_account(account(1))

    await store.read(work)
    assert await store.read(lambda tx: tx.list_accounts()) == []


async def test_transactions_of_one_process_do_not_mingle(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.count_attempt(digest_of("key"), NOW, 900)

    await asyncio.gather(*(store.write(work) for _ in range(50)))
    assert await store.read(lambda tx: times(tx, digest_of("key"))) == 50


async def test_an_account_is_kept_found_and_changed(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        assert await tx.add_account(account(1, verified=False))
        assert await tx.find_account("account_1") == account(1, verified=False)
        assert await tx.find_account_by_email("person1@example.com") == account(1, verified=False)
        assert await tx.find_account_by_email("Person1@Example.com") is None
        assert await tx.find_account("account_9") is None
        same_address = replace(account(2), email="PERSON1@example.COM")
        assert not await tx.add_account(same_address)
        assert await tx.add_account(account(2))
        assert [one.id for one in await tx.list_accounts()] == ["account_1", "account_2"]
        assert [await tx.verify_account("account_1", NOW + 5) for _ in range(2)] == [True, False]
        assert [await tx.disable_account("account_1", NOW + 6) for _ in range(2)] == [True, False]
        changed = await tx.find_account("account_1")
        assert changed == replace(account(1), verified_at=NOW + 5, disabled_at=NOW + 6)
        assert [await tx.enable_account("account_1") for _ in range(2)] == [True, False]
        assert await tx.find_account("account_1") == replace(account(1), verified_at=NOW + 5)
        await tx.set_password_hash("account_2", f"{PASSWORD_HASH}2")
        assert await tx.find_account("account_2") == replace(account(2), password_hash=f"{PASSWORD_HASH}2")

    await store.write(work)


async def test_the_sessions_of_an_account_are_listed_and_ended_and_no_others(store: Store) -> None:
    mine = [
        Session(digest_of(name), "account_1", at, NOW + HOUR, NETWORK, "Firefox", "pwd otp")
        for at, name in enumerate("abc")
    ]
    over = Session(digest_of("over"), "account_1", NOW - HOUR, NOW)
    other = Session(digest_of("other"), "account_2", NOW, NOW + HOUR)

    async def work(tx: Transaction) -> None:
        for one in (account(1), account(2)):
            await tx.add_account(one)
        for session in (*mine, over, other):
            await tx.add_session(session)
        assert await tx.list_sessions("account_1", NOW) == mine[::-1]
        assert await tx.end_sessions("account_1", only=other.digest) == 0
        assert await tx.end_sessions("account_1", only=mine[0].digest) == 1
        assert await tx.end_sessions("account_1", keep=mine[1].digest) == 2
        assert await tx.list_sessions("account_1", NOW) == [mine[1]]
        assert await tx.end_sessions("account_1") == 1
        assert await tx.list_sessions("account_2", NOW) == [other]

    await store.write(work)


async def test_an_address_is_changed_unless_another_account_has_it(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        for one in (account(1, verified=False), account(2)):
            await tx.add_account(one)
        assert not await tx.set_email("account_1", "PERSON2@example.com", NOW + 5)
        assert await tx.set_email("account_1", "Eve@Example.net", NOW + 5)
        assert await tx.find_account_by_email("eve@example.net") == replace(
            account(1), email="Eve@Example.net", verified_at=NOW + 5
        )
        assert await tx.find_account_by_email("person1@example.com") is None
        assert await tx.set_email("account_1", "EVE@example.net", NOW + 6)

    await store.write(work)


@pytest.mark.parametrize("change", ["remove", "disable", "password"])
async def test_a_session_is_found_until_it_or_its_password_or_its_account_is_gone(store: Store, change: str) -> None:
    mine = Session(digest_of("mine"), "account_1", NOW, NOW + HOUR, NETWORK)
    other = Session(digest_of("other"), "account_2", NOW, NOW + HOUR)

    async def work(tx: Transaction) -> None:
        await tx.add_account(account(1))
        await tx.add_account(account(2))
        await tx.add_session(mine)
        await tx.add_session(other)
        assert await tx.find_session(mine.digest) == SignedIn(mine, account(1))
        if change == "remove":
            await tx.remove_session(mine.digest)
        elif change == "disable":
            await tx.disable_account("account_1", NOW)
        else:
            await tx.set_password_hash("account_1", PASSWORD_HASH)
        assert await tx.find_session(mine.digest) is None
        assert await tx.find_session(other.digest) == SignedIn(other, account(2))

    await store.write(work)


async def test_attempts_are_counted_in_a_window_that_begins_with_the_first(store: Store) -> None:
    key, other = digest_of("key"), digest_of("other")

    async def work(tx: Transaction) -> None:
        assert [await tx.count_attempt(key, NOW + late, 900) for late in (0, 0, 899)] == [
            (1, NOW + 900),
            (2, NOW + 900),
            (3, NOW + 900),
        ]
        assert await tx.count_attempt(other, NOW, 900) == (1, NOW + 900)
        assert await tx.count_attempt(key, NOW + 900, 900) == (1, NOW + 1800)

    await store.write(work)


async def test_attempts_are_taken_back_one_by_one_and_forgotten_by_key(store: Store) -> None:
    key, other = digest_of("key"), digest_of("other")

    async def work(tx: Transaction) -> None:
        for tried in (key, key, key, other):
            await tx.count_attempt(tried, NOW, 900)
        await tx.take_back_attempt(key)
        assert await times(tx, key) == 2
        for _ in range(3):
            await tx.take_back_attempt(key)
        assert (await times(tx, key), await times(tx, other)) == (0, 1)
        await tx.forget_attempts(other)
        assert await times(tx, other) == 0

    await store.write(work)


async def test_a_client_is_kept_as_it_came(store: Store) -> None:
    plain = client("client_1")
    full = replace(
        client("client_2", secret=mint(Kind.CLIENT_SECRET, counted()), deployment_id="deployment_1"),
        redirect_uris=("https://a.example/é?a=b", "http://127.0.0.1/"),
        application_type="native",
        scope="mcp offline_access",
        metadata={"client_uri": "https://a.example", "contacts": ["ä@a.example"]},
        source="operator",
        created_at=NOW + 1,
    )

    async def work(tx: Transaction) -> None:
        await tx.add_client(plain)
        await tx.add_client(full)
        assert await tx.find_client("client_1") == plain
        assert await tx.find_client("client_2") == full
        assert await tx.find_client("client_3") is None
        assert await tx.list_clients() == [plain, full]
        assert await tx.list_clients_of("deployment_1") == [full]
        assert await tx.list_waiting_clients() == []
        ours = replace(plain, id="client_4", deployment_id="deployment_4")
        waiting = replace(plain, id="client_5", pending=True)
        await tx.add_client(ours)
        await tx.add_client(waiting)
        assert await tx.list_clients_of("deployment_4") == [ours]
        assert await tx.list_waiting_clients() == [waiting]
        assert [await tx.remove_client(one.id) for one in (ours, waiting)] == [True, True]
        assert [await tx.remove_client("client_1") for _ in range(2)] == [True, False]
        assert await tx.list_clients() == [full]

    await store.write(work)


async def test_a_deployment_is_kept_found_changed_and_removed(store: Store) -> None:
    one, other = deployment(1, "reminders"), deployment(2, "a-first")

    async def work(tx: Transaction) -> None:
        await tx.add_account(account(1))
        await tx.add_account(account(2))
        assert await tx.add_deployment(one)
        assert not await tx.add_deployment(replace(one, id="deployment_9"))
        assert await tx.add_deployment(other)
        assert await tx.find_deployment("deployment_1") == one
        assert await tx.find_deployment_by_slug("reminders") == one
        assert await tx.find_deployment("deployment_9") is None
        assert await tx.find_deployment_by_slug("nowhere") is None
        assert await tx.find_deployment_by_slug("remin\0ders") is None
        assert await tx.list_deployments() == [other, one]
        changed = replace(
            one,
            name="New",
            upstream_url="http://127.0.0.1:10/mcp",
            access="domain",
            email_domain="example.com",
            owner_id="account_2",
            sealed_headers=b"sealed",
            identity=True,
            guarded=True,
            auth=Authentication(
                ("oauth", "jwt"), Issuer("https://idp.example", "aud", "https://idp.example/jwks"), NOW, NOW + DAY
            ),
            format=Format("api_key", "rmt_", ENDLESS),
            scope_map=parse(["read=@read,show_*", "all=*"]),
            hide_tools=True,
        )
        assert await tx.update_deployment(changed)
        assert await tx.find_deployment("deployment_1") == changed
        assert await tx.find_format("deployment_1") == changed.format
        assert await tx.find_format("deployment_9") == OPAQUE
        assert not await tx.update_deployment(replace(changed, id="deployment_9"))
        assert [await tx.remove_deployment("deployment_1") for _ in range(2)] == [True, False]

    await store.write(work)


async def test_how_callers_prove_who_they_are_comes_back_as_it_was(store: Store) -> None:
    shared = Authentication(("jwt",), Issuer("an issuer", None, None, b"sealed"))

    async def work(tx: Transaction) -> None:
        await tx.add_account(account(1))
        for number, auth in enumerate((OAUTH, Authentication(("none",)), shared)):
            one = replace(deployment(number, f"slug-{number}"), auth=auth)
            assert await tx.add_deployment(one)
            assert await tx.find_deployment(one.id) == one

    await store.write(work)


async def test_who_comes_with_an_issuer_s_tokens_is_counted_and_forgotten_in_time(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.add_account(account(1))
        await tx.add_deployment(deployment())
        assert await tx.count_issuer_uses("deployment_1") == (0, None)
        for subject, at in (("ada", NOW), ("bob", NOW + 1), ("ada", NOW + 2)):
            await tx.note_issuer_use("deployment_1", subject, at)
        await tx.note_issuer_use("deployment_2", "ada", NOW + 3)
        assert await tx.count_issuer_uses("deployment_1") == (2, NOW + 2)
        await tx.sweep(NOW + 1 + 90 * DAY, 100)
        assert await tx.count_issuer_uses("deployment_1") == (1, NOW + 2)
        await tx.remove_deployment("deployment_1")
        assert await tx.count_issuer_uses("deployment_1") == (0, None)
        assert await tx.count_issuer_uses("deployment_2") == (1, NOW + 3)

    await store.write(work)


async def test_people_are_invited_once_and_each_token_knows_of_it(store: Store) -> None:
    key = account().email_key

    async def invited(tx: Transaction) -> bool:
        held = await tx.find_access_token(ACCESS.digest)
        assert held is not None
        assert held.person is not None
        return held.person.invited

    async def work(tx: Transaction) -> None:
        await granted(tx)
        assert not await invited(tx)
        assert [await tx.invite("deployment_1", key, "Person1@Example.com", NOW) for _ in range(2)] == [True, False]
        assert await tx.invite("deployment_1", "a@h.example", "a@h.example", NOW)
        assert await tx.invite("deployment_2", "b@h.example", "b@h.example", NOW)
        assert await tx.list_invited("deployment_1") == ["a@h.example", "Person1@Example.com"]
        assert await tx.is_invited("deployment_1", key)
        assert not await tx.is_invited("deployment_2", key)
        assert await invited(tx)
        assert [await tx.uninvite("deployment_1", key) for _ in range(2)] == [True, False]
        assert not await invited(tx)
        await tx.remove_deployment("deployment_1")
        assert await tx.list_invited("deployment_1") == []
        assert await tx.list_invited("deployment_2") == ["b@h.example"]

    await store.write(work)


async def test_codes_are_voided_wherever_they_are_kept(store: Store) -> None:
    elsewhere = replace(CODE, digest=digest_of("elsewhere"))

    async def work(tx: Transaction) -> None:
        await peopled(tx)
        await tx.add_client(client())
        await tx.add_code(CODE)
        await tx.void_codes("deployment_9", NOW)
        assert await tx.find_code(CODE.digest) == CODE
        await tx.void_codes("deployment_1", NOW)
        assert await tx.find_code(CODE.digest) is None
        await tx.adopt_code(elsewhere, NOW)
        assert await tx.find_code(elsewhere.digest) is None
        await tx.adopt_code(elsewhere, NOW + 1)
        assert await tx.find_code(elsewhere.digest) == elsewhere

    await store.write(work)


async def test_events_are_appended_and_read_in_their_order(store: Store) -> None:
    told = [
        Event("grant:code:exchanged", NOW, NETWORK, "account_1", "client_1", "deployment_1", "grant_1"),
        Event("account:login:failed", NOW, reason="password", detail={"times": 3, "who": "é"}),
        Event("grant:grant:ended", NOW, grant_id="grant_1", reason="code used twice"),
    ]

    async def work(tx: Transaction) -> None:
        for event in told:
            await tx.add_event(event)
        assert await tx.list_events() == told
        assert await tx.list_events(most=2) == told[1:]
        assert await tx.list_events(grant_id="grant_1") == [told[0], told[2]]

    await store.write(work)


async def test_the_refreshes_of_a_grant_are_told_in_its_story_and_in_no_other(store: Store) -> None:
    def event(name: EventName, grant_id: str = "grant_1") -> Event:
        return Event(name, NOW, NETWORK, "account_1", "client_1", "deployment_1", grant_id)

    told = [
        event("grant:code:exchanged"),
        event("grant:token:refreshed"),
        event("grant:token:repeated"),
        event("grant:token:refreshed"),
    ]

    async def work(tx: Transaction) -> None:
        await granted(tx)
        for each in told:
            await tx.add_event(each)
            await tx.add_event(event("grant:token:refreshed", "grant_2"))
        # The first of these tells of the grant's own beginning.
        assert (await tx.list_events(grant_id="grant_1"))[1:] == told
        assert await tx.list_events(grant_id="grant_1", most=2) == told[2:]

    await store.write(work)


async def test_signing_keys_are_kept_newest_first_and_retired_but_for_one(store: Store) -> None:
    old, new = keys.make(sealer(), "ES256", NOW), keys.make(sealer(), "EdDSA", NOW, NOW + 60)

    async def work(tx: Transaction) -> None:
        await tx.add_signing_key(old)
        await tx.add_signing_key(new)
        assert await tx.list_signing_keys() == [new, old]
        await tx.retire_signing_keys(new.kid, NOW + 2, NOW + 20)
        await tx.retire_signing_keys(new.kid, NOW + 3, NOW + 30)
        retired = replace(old, retired_at=NOW + 2, published_until=NOW + 20)
        assert await tx.list_signing_keys() == [new, retired]
        assert not await tx.retire_signing_key(old.kid, NOW + 3, NOW + 30)
        assert await tx.retire_signing_key(new.kid, NOW + 3, NOW + 30)
        retired_too = replace(new, retired_at=NOW + 3, published_until=NOW + 30)
        assert await tx.list_signing_keys() == [retired_too, retired]
        await tx.withdraw_signing_keys(old.kid, NOW + 1)
        assert await tx.list_signing_keys() == [replace(new, retired_at=NOW + 1, published_until=NOW + 1), retired]

    await store.write(work)
