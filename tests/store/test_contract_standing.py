"""What every store must do with grants that stand, and with refresh tokens that stay or are over."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from consentry.grants.model import NEVER, Reuse
from consentry.limits.model import Window
from consentry.store import Store
from consentry.store.sql import Transaction
from tests.builders import DAY, HOUR, NOW, account, deployment, digest_of
from tests.store.samples import ACCESS, CODE, EVENT, GRANT, REFRESH, access, granted, link, peopled, purchase, rotated

pytestmark = pytest.mark.anyio

STANDING = replace(
    GRANT, client_id="client_9", subject="client_9", refresh="over", expires_at=NEVER, redirect_uri="", network=None
)


async def staying(tx: Transaction) -> None:
    """A grant whose refresh token stays."""
    await peopled(tx)
    await tx.add_code(CODE)
    assert await tx.spend_code(purchase(CODE.digest, replace(GRANT, refresh="reuse"), ACCESS, REFRESH), NOW)


def reuse(name: str) -> Reuse:
    token = replace(REFRESH, expires_at=NOW + DAY, pace=Window(3, NOW + 60))
    return Reuse(token, replace(access(name), grant_id=GRANT.id), NOW + 60, EVENT)


def using(name: str) -> Callable[[Transaction], Awaitable[bool]]:
    return lambda tx: tx.reuse_refresh_token(reuse(name))


@pytest.mark.proves("D19")
async def test_a_standing_grant_is_found_by_its_client_and_gives_tokens_until_it_ends(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await peopled(tx)
        assert await tx.find_standing_grant("client_9") is None
        await tx.add_grant(STANDING)
        assert await tx.find_standing_grant("client_9") == STANDING
        assert await tx.issue_access_token(access("one"), NOW, EVENT, NOW)
        held = await tx.find_access_token(digest_of("one"))
        assert held is not None
        assert held.grant == replace(STANDING, last_used_at=NOW)
        assert await tx.end_grant(STANDING.id, "ended by the operator", NOW + 1)
        assert not await tx.issue_access_token(access("two"), NOW, EVENT, NOW + 2)
        assert await tx.find_access_token(digest_of("two")) is None
        ended = await tx.find_standing_grant("client_9")
        assert ended is not None
        assert (ended.ended_at, ended.expires_at) == (NOW + 1, NOW + 1)

    await store.write(work)


async def test_a_grant_of_a_person_is_none_that_stands(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await granted(tx)
        assert await tx.find_standing_grant("client_1") is None
        await tx.end_grant(GRANT.id, "ended by the account", NOW)
        found = await tx.find_grant(GRANT.id)
        assert found is not None
        assert found.expires_at == GRANT.expires_at

    await store.write(work)


async def test_a_standing_grant_follows_its_deployment_to_another_owner(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await granted(tx)
        await tx.add_account(account(2))
        await tx.add_grant(replace(STANDING, id="grant_9"))
        await tx.update_deployment(replace(deployment(), owner_id="account_2"))
        assert [one.id for one in await tx.list_grants(account_id="account_2")] == ["grant_9"]
        assert [one.id for one in await tx.list_grants(account_id="account_1")] == [GRANT.id]

    await store.write(work)


async def test_a_token_that_stays_is_used_again_and_its_time_to_lie_idle_begins_anew(store: Store) -> None:
    async def prepare(tx: Transaction) -> None:
        await staying(tx)
        assert not await rotated(tx, 1)

    await store.write(prepare)
    works = [using(f"{number}") for number in range(5)]
    assert await asyncio.gather(*(store.write(work) for work in works)) == [True] * 5

    async def look(tx: Transaction) -> None:
        held = await tx.find_refresh_token(REFRESH.digest)
        assert held is not None
        assert held.token == replace(REFRESH, expires_at=NOW + DAY, pace=Window(3, NOW + 60))
        assert [await tx.find_access_token(digest_of(f"{number}")) is not None for number in range(5)] == [True] * 5

    await store.read(look)


@pytest.mark.parametrize("kind", ["rotating", "ended", "over"])
async def test_no_other_token_is_used_again(store: Store, kind: str) -> None:
    async def work(tx: Transaction) -> None:
        await (granted if kind == "rotating" else staying)(tx)
        if kind == "ended":
            await tx.end_grant(GRANT.id, "ended by the account", NOW)
        if kind == "over":
            assert await tx.end_refreshing(GRANT.id, NOW)

    await store.write(work)
    assert not await store.write(lambda tx: tx.reuse_refresh_token(reuse("late")))
    assert await store.read(lambda tx: tx.find_access_token(digest_of("late"))) is None


@pytest.mark.proves("E6")
async def test_ending_the_refreshing_leaves_what_was_bought_until_it_runs_out(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await granted(tx)
        assert await rotated(tx, 1, NOW + 2)
        assert await tx.end_refreshing(GRANT.id, NOW + 3)
        assert not await tx.end_refreshing(GRANT.id, NOW + 4)
        found = await tx.find_grant(GRANT.id)
        assert found is not None
        assert (found.refresh, found.ended_at, found.expires_at) == ("over", None, NOW + HOUR)
        assert not await rotated(tx, 2, NOW + 5)
        assert await tx.find_refresh_token(link(3).digest) is None

    await store.write(work)


async def test_ending_the_refreshing_of_a_grant_with_nothing_left_ends_its_term(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await granted(tx)
        assert await tx.end_refreshing(GRANT.id, NOW + 2 * HOUR)
        found = await tx.find_grant(GRANT.id)
        assert found is not None
        assert found.expires_at == NOW + 2 * HOUR

    await store.write(work)
