"""What waits in Redis, what of it the database adopts, and what happens when it is away."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from functools import partial

import pytest
from anyio import to_thread

from consentry.grants.model import AuthorizationCode, DeviceAuthorization, PushedRequest
from consentry.limits.model import Window
from consentry.store import Store
from consentry.store import redis as store_redis
from consentry.store.counters import RedisCounters, SqlCounters
from consentry.store.redis import ANSWER_SECONDS, Redis, RedisAwayError
from consentry.store.shelf import RedisShelf
from consentry.store.sql import Transaction
from tests import redis_server
from tests.builders import NETWORK, NOW, account, client, deployment, digest_of, sealer
from tests.redis_server import RedisServer
from tests.store.samples import ACCESS, CODE, GRANT, purchase

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

FULL = replace(CODE, nonce="n-0S6_WzA2Mj", auth_time=NOW - 5, amr="pwd", browser="Firefox on Windows")
DEVICE = DeviceAuthorization(
    digest_of("device"), b"keyed", "client_1", CODE.permissions, NETWORK, NOW, NOW + 600, poll_seconds=4
)
PUSHED = PushedRequest(digest_of("pushed"), "client_1", b"\x00sealed\xff", NOW + 90)


@pytest.fixture
def mortal() -> Iterator[RedisServer]:
    """A server of this test's own."""
    with redis_server.running() as server:
        yield server


@pytest.fixture
async def client_of(mortal: RedisServer, anyio_backend: str) -> AsyncIterator[Redis]:
    found = Redis(mortal.url)
    yield found
    await found.aclose()


@pytest.fixture
async def shelf(redis: RedisServer, anyio_backend: str) -> AsyncIterator[RedisShelf]:
    redis.empty()
    found = Redis(redis.url)
    yield RedisShelf(found, sealer())
    await found.aclose()


@pytest.fixture
async def peopled(store: Store) -> Store:
    async def work(tx: Transaction) -> None:
        await tx.add_account(account())
        await tx.add_client(client())
        await tx.add_deployment(deployment())

    await store.write(work)
    return store


async def adopted(store: Store, code: AuthorizationCode, made_at: int) -> AuthorizationCode | None:
    async def work(tx: Transaction) -> AuthorizationCode | None:
        await tx.adopt_code(code, made_at)
        return await tx.find_code(code.digest)

    return await store.write(work)


async def test_a_code_waits_under_its_digest_as_it_is_and_for_its_time(shelf: RedisShelf, redis: RedisServer) -> None:
    assert await shelf.keep_code(FULL, NOW)
    assert await shelf.fetch_code(FULL.digest) == (FULL, NOW)
    assert await shelf.fetch_code(FULL.digest) == (FULL, NOW)
    assert await shelf.fetch_code(digest_of("another")) is None
    with redis.client() as raw:
        (key,) = raw.keys("*")
        assert 590 <= raw.ttl(key) <= 600


async def test_a_pushed_request_is_taken_by_one_of_many(shelf: RedisShelf) -> None:
    assert await shelf.keep_pushed_request(PUSHED, NOW)
    takes = await asyncio.gather(*(shelf.take_pushed_request(PUSHED.digest) for _ in range(20)))
    assert [each for each in takes if each] == [PUSHED]


async def test_a_device_is_found_by_its_user_code_and_waits_as_the_database_would_have_it(
    shelf: RedisShelf, store: Store
) -> None:
    assert await shelf.keep_device_authorization(DEVICE, NOW)
    assert await shelf.fetch_device_authorization((b"other", DEVICE.user_code)) == DEVICE
    assert await shelf.fetch_device_authorization((b"other",)) is None
    await store.write(lambda tx: tx.add_device_authorization(DEVICE))
    for after in (0, 1, 20, 28, 60, 64):
        poll = partial(
            Transaction.poll_device_authorization, digest=DEVICE.digest, client_id="client_1", now=NOW + after, slower=5
        )
        there = await shelf.poll_device_authorization(DEVICE.digest, "client_1", NOW + after, 5)
        assert there == await store.write(poll)
        assert there is not None
        assert there.slowed == (after in {1, 28, 64})
    assert await shelf.poll_device_authorization(DEVICE.digest, "client_2", NOW, 5) is None
    assert await shelf.poll_device_authorization(digest_of("another"), "client_1", NOW, 5) is None


async def test_a_user_code_is_of_one_device(shelf: RedisShelf) -> None:
    assert await shelf.keep_device_authorization(DEVICE, NOW)
    assert not await shelf.keep_device_authorization(replace(DEVICE, digest=digest_of("another")), NOW)
    assert await shelf.fetch_device_authorization((DEVICE.user_code,)) == DEVICE


async def test_a_value_of_another_version_is_none(shelf: RedisShelf, redis: RedisServer) -> None:
    await shelf.keep_code(FULL, NOW)
    with redis.client() as raw:
        raw.set(raw.keys("*")[0], sealer().seal(b'{"digest": "00"}', "shelf codes", FULL.digest))
    assert await shelf.fetch_code(FULL.digest) is None


async def test_whoever_reads_there_learns_nothing_and_whoever_writes_there_makes_nothing(
    shelf: RedisShelf, redis: RedisServer
) -> None:
    elsewhere = digest_of("a code that the thief made up")
    await shelf.keep_code(FULL, NOW)
    assert FULL.account_id.encode() not in redis.everything()
    with redis.client() as raw:
        (key,) = raw.keys("*")
        sealed = bytes(raw.get(key))
        moved = key.replace(FULL.digest.hex().encode(), elsewhere.hex().encode())
        for put in (sealed, sealed[:-1] + b"\0", b'{"account_id": "account_1"}', b""):
            raw.set(moved, put)
            assert await shelf.fetch_code(elsewhere) is None
        raw.set(key.replace(b":code:", b":pushed:"), sealed)
        assert await shelf.take_pushed_request(FULL.digest) is None


async def test_a_user_code_leads_to_no_device_but_its_own(shelf: RedisShelf, redis: RedisServer) -> None:
    theirs = replace(DEVICE, digest=digest_of("theirs"), user_code=b"theirs")
    await shelf.keep_device_authorization(DEVICE, NOW)
    await shelf.keep_device_authorization(theirs, NOW)
    with redis.client() as raw:
        raw.set(b"consentry:user_code:" + DEVICE.user_code.hex().encode(), theirs.digest)
    assert await shelf.fetch_device_authorization((DEVICE.user_code,)) is None
    assert await shelf.fetch_device_authorization((theirs.user_code,)) == theirs


async def test_what_is_counted_and_kept_goes_by_itself(redis: RedisServer, anyio_backend: str) -> None:
    redis.empty()
    here = Redis(redis.url)
    assert await here.count(digest_of("somebody"), 60, NOW) == Window(1, NOW + 60)
    await here.keep("code", CODE.digest, b"x", 600)
    with redis.client() as raw:
        assert all(raw.ttl(key) > 0 for key in raw.keys("*"))
        assert all(key.startswith(b"consentry:") for key in raw.keys("*"))
    await here.aclose()


async def test_a_code_is_adopted_once_and_stays_spent(peopled: Store) -> None:
    assert await adopted(peopled, FULL, NOW) == FULL

    async def spend(tx: Transaction) -> bool:
        return await tx.spend_code(purchase(FULL.digest, GRANT, ACCESS, None), NOW + 1)

    assert await peopled.write(spend)
    found = await adopted(peopled, FULL, NOW)
    assert found is not None
    assert (found.spent_at, found.grant_id) == (NOW + 1, GRANT.id)


async def test_a_code_from_before_its_account_was_disabled_buys_nothing_after_it_is_enabled(peopled: Store) -> None:
    async def work(tx: Transaction) -> None:
        assert await tx.disable_account("account_1", NOW + 5)
        assert await tx.enable_account("account_1")

    await peopled.write(work)
    assert await adopted(peopled, FULL, NOW) is None
    assert await adopted(peopled, FULL, NOW + 5) is None
    assert await adopted(peopled, FULL, NOW + 6) == FULL


async def test_a_code_of_a_client_that_was_removed_buys_nothing_when_it_comes_again(peopled: Store) -> None:
    async def remove(tx: Transaction) -> None:
        await tx.remove_client("client_1")

    await peopled.write(remove)
    assert await adopted(peopled, FULL, NOW) is None
    await peopled.write(lambda tx: tx.add_client(replace(client(), created_at=NOW + 5)))
    assert await adopted(peopled, FULL, NOW) is None
    assert await adopted(peopled, FULL, NOW + 5) == FULL


async def test_one_that_is_away_is_told_and_left_alone_and_comes_back(
    mortal: RedisServer, client_of: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_redis, "AVOIDED_SECONDS", 3600.0)  # however long it takes to start
    await client_of.keep("code", CODE.digest, b"x", 600)
    mortal.kill()
    with pytest.raises(RedisAwayError, match=r"Redis at /.* does not answer .*is it running"):
        await client_of.fetch("code", CODE.digest)
    await to_thread.run_sync(mortal.start)
    with pytest.raises(RedisAwayError, match="a moment ago"):
        await client_of.fetch("code", CODE.digest)
    monkeypatch.setattr(client_of, "_avoided_until", 0.0)
    assert await client_of.fetch("code", CODE.digest) is None  # what it held, it has forgotten
    await client_of.ping()


async def test_one_that_hangs_keeps_nobody_waiting_for_long(mortal: RedisServer, client_of: Redis) -> None:
    await client_of.ping()
    mortal.signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        outcomes = await asyncio.gather(
            *(client_of.fetch("code", CODE.digest) for _ in range(100)), return_exceptions=True
        )
        assert all(isinstance(outcome, RedisAwayError) for outcome in outcomes)
        assert time.monotonic() - began < 5 * ANSWER_SECONDS
    finally:
        mortal.signal(signal.SIGCONT)


async def test_limits_are_counted_in_the_database_while_it_is_away(
    mortal: RedisServer, client_of: Redis, store: Store
) -> None:
    counters = RedisCounters(client_of, SqlCounters(store))
    key = digest_of("somebody")
    assert await counters.count(key, 60, NOW) == Window(1, NOW + 60)
    mortal.kill()
    assert await counters.count(key, 60, NOW + 1) == Window(1, NOW + 61)
    assert await counters.count(key, 60, NOW + 2) == Window(2, NOW + 61)
    assert await counters.times(key, NOW + 2) == 2


async def test_what_cannot_be_kept_there_is_left_to_the_database(mortal: RedisServer, client_of: Redis) -> None:
    mortal.kill()
    assert not await RedisShelf(client_of, sealer()).keep_code(FULL, NOW)
    assert not await RedisShelf(client_of, sealer()).keep_pushed_request(PUSHED, NOW)
