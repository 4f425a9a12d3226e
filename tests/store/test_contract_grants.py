"""What every store must do with grants: keep them whole, and spend once what is spent once."""

from dataclasses import replace

import pytest

from consentry.deployments.admission import Person
from consentry.grants.model import HeldAccessToken, HeldRefreshToken
from consentry.store import Store
from consentry.store.sql import Transaction
from tests.builders import NETWORK, NOW, account, digest_of
from tests.store.samples import (
    ACCESS,
    CODE,
    EVENT,
    GRANT,
    PERMISSIONS,
    REFRESH,
    access,
    granted,
    link,
    peopled,
    purchase,
    rotated,
    rotation,
)

pytestmark = pytest.mark.anyio

PERSON = Person("account_1", "Person1@Example.com", "person1@example.com", verified=True)


async def test_a_code_is_kept_and_spent_once_with_all_that_it_buys(store: Store) -> None:
    late = replace(GRANT, id="grant_2")

    async def work(tx: Transaction) -> None:
        await peopled(tx)
        await tx.add_code(CODE)
        assert await tx.find_code(CODE.digest) == CODE
        assert await tx.find_code(digest_of("other")) is None
        assert await tx.spend_code(purchase(CODE.digest, GRANT, ACCESS, REFRESH), NOW + 1)
        assert await tx.find_code(CODE.digest) == replace(CODE, spent_at=NOW + 1, grant_id="grant_1")
        assert await tx.find_grant("grant_1") == GRANT
        assert await tx.find_access_token(ACCESS.digest) == HeldAccessToken(ACCESS, GRANT, PERSON)
        assert await tx.find_refresh_token(REFRESH.digest) == HeldRefreshToken(REFRESH, GRANT)
        second = replace(access("second"), grant_id="grant_2")
        assert not await tx.spend_code(purchase(CODE.digest, late, second, link(9, grant_id="grant_2")), NOW + 2)
        assert await tx.find_grant("grant_2") is None
        assert await tx.find_access_token(second.digest) is None
        assert await tx.find_code(CODE.digest) == replace(CODE, spent_at=NOW + 1, grant_id="grant_1")

    await store.write(work)


async def test_a_code_may_buy_no_refresh_token(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await peopled(tx)
        await tx.add_code(CODE)
        assert await tx.spend_code(purchase(CODE.digest, GRANT, ACCESS, None), NOW)
        assert await tx.find_refresh_token(REFRESH.digest) is None

    await store.write(work)


@pytest.mark.parametrize("gone", ["account", "client", "deployment"])
async def test_codes_on_their_way_go_with_what_they_are_for_and_spent_ones_stay(store: Store, gone: str) -> None:
    waiting = replace(CODE, digest=digest_of("waiting"))
    strange = replace(
        waiting,
        digest=digest_of("strange"),
        account_id="account_2",
        client_id="client_2",
        permissions=replace(PERMISSIONS, deployment_id="deployment_2"),
    )

    async def work(tx: Transaction) -> None:
        await tx.add_account(account(2))
        await granted(tx)
        await tx.add_code(waiting)
        await tx.add_code(strange)
        match gone:
            case "account":
                await tx.disable_account("account_1", NOW)
            case "client":
                await tx.remove_client("client_1")
            case _:
                await tx.remove_deployment("deployment_1")
        assert await tx.find_code(waiting.digest) is None
        assert await tx.find_code(strange.digest) == strange
        assert await tx.find_code(CODE.digest) is not None

    await store.write(work)


async def test_a_refresh_token_is_spent_once_and_points_to_its_successor(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await granted(tx)
        assert await rotated(tx, 1)
        assert not await rotated(tx, 1)
        spent = await tx.find_refresh_token(link(1).digest)
        assert spent is not None
        assert spent.token == replace(
            link(1), spent_at=NOW + 2, successor=link(2).digest, seal=b"seal", spent_from=NETWORK
        )
        assert spent.successor_spent_at is None
        assert await tx.find_refresh_token(link(2).digest) == HeldRefreshToken(link(2), GRANT)
        assert await tx.find_access_token(digest_of("access 2")) is not None
        assert await rotated(tx, 2, NOW + 7)
        spent = await tx.find_refresh_token(link(1).digest)
        assert spent is not None
        assert spent.successor_spent_at == NOW + 7

    await store.write(work)


async def test_a_token_that_was_not_spent_leaves_nothing_behind(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await granted(tx)
        assert await rotated(tx, 1)
        stray = replace(link(2), digest=digest_of("stray"))
        assert not await tx.spend_refresh_token(
            rotation(link(1), stray, b"other", access("stray access"), NOW + 60), NOW
        )
        assert await tx.find_refresh_token(stray.digest) is None
        assert await tx.find_access_token(digest_of("stray access")) is None
        held = await tx.find_refresh_token(link(1).digest)
        assert held is not None
        assert held.token.seal == b"seal"

    await store.write(work)


async def test_nothing_is_spent_of_a_grant_that_has_ended(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await granted(tx)
        assert [await tx.end_grant("grant_1", "ended by the account", NOW + 3) for _ in range(2)] == [True, False]
        assert not await tx.end_grant("grant_9", "ended by the account", NOW + 3)
        assert not await rotated(tx, 1)
        ended = replace(GRANT, ended_at=NOW + 3, ended_because="ended by the account")
        assert await tx.find_access_token(ACCESS.digest) == HeldAccessToken(ACCESS, ended, PERSON)
        assert await tx.find_refresh_token(REFRESH.digest) == HeldRefreshToken(REFRESH, ended)

    await store.write(work)


async def test_a_repeat_is_counted_and_gets_its_access_token(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await granted(tx)
        await rotated(tx, 1)
        for number in range(3):
            await tx.repeat_refresh_token(link(1).digest, access(f"repeat {number}"), EVENT)
        held = await tx.find_refresh_token(link(1).digest)
        assert held is not None
        assert held.token.repeats == 3
        assert await tx.find_access_token(digest_of("repeat 2")) is not None

    await store.write(work)


@pytest.mark.parametrize("gone", ["account", "deployment"])
async def test_a_code_whose_account_or_deployment_has_gone_buys_nothing(store: Store, gone: str) -> None:
    async def work(tx: Transaction) -> None:
        await peopled(tx)
        if gone == "account":
            await tx.disable_account("account_1", NOW)
        else:
            await tx.remove_deployment("deployment_1")
        await tx.add_code(CODE)
        assert not await tx.spend_code(purchase(CODE.digest, GRANT, ACCESS, REFRESH), NOW)
        assert await tx.find_code(CODE.digest) == CODE
        assert await tx.list_grants() == []

    await store.write(work)


async def test_an_access_token_is_removed_alone(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await granted(tx)
        await tx.remove_access_token(ACCESS.digest)
        await tx.remove_access_token(ACCESS.digest)
        assert await tx.find_access_token(ACCESS.digest) is None
        assert await tx.find_refresh_token(REFRESH.digest) is not None

    await store.write(work)


async def test_grants_are_listed_newest_first_and_narrowed_by_what_is_asked(store: Store) -> None:
    elsewhere = replace(PERMISSIONS, deployment_id="deployment_2")
    wanted = [
        GRANT,
        replace(GRANT, id="grant_2", created_at=NOW + 1, client_id="client_2"),
        replace(GRANT, id="grant_3", created_at=NOW + 2, account_id="account_2", permissions=elsewhere),
    ]

    async def work(tx: Transaction) -> None:
        await peopled(tx)
        await tx.add_account(account(2))
        for number, grant in enumerate(wanted):
            code = replace(CODE, digest=digest_of(f"code {number}"))
            await tx.add_code(code)
            token = replace(access(f"a {number}"), grant_id=grant.id)
            assert await tx.spend_code(purchase(code.digest, grant, token, None), NOW)
        first, second, third = wanted
        assert await tx.list_grants() == [third, second, first]
        assert await tx.list_grants(account_id="account_1") == [second, first]
        assert await tx.list_grants(client_id="client_2") == [second]
        assert await tx.list_grants(deployment_id="deployment_2") == [third]
        assert await tx.list_grants(account_id="account_1", client_id="client_1") == [first]
        assert await tx.list_grants(account_id="account_9") == []
        await tx.note_use("grant_1", NOW + 9)
        assert await tx.find_grant("grant_1") == replace(first, last_used_at=NOW + 9)

    await store.write(work)
