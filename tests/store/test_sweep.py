"""Sweeping: what has expired goes, in bounded batches; what a rule still needs stays."""

from dataclasses import replace
from typing import Any, cast

import pytest

from consentry.accounts.model import Session
from consentry.calls import Call
from consentry.store import Store
from consentry.store.driver import Value
from consentry.store.sql import Transaction
from tests.builders import DAY, HOUR, NOW, digest_of
from tests.store.samples import (
    ACCESS,
    CODE,
    DEVICE,
    GRANT,
    PUSHED,
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

TABLES = (
    "sessions",
    "links",
    "letters",
    "codes",
    "access_tokens",
    "refresh_tokens",
    "grants",
    "attempts",
    "pushed_requests",
    "device_authorizations",
)


async def sizes(store: Store) -> dict[str, int]:
    """How many rows there are, where there are any."""

    async def work(tx: Transaction) -> dict[str, int]:
        counted = {table: await tx.db.one(f"SELECT count(*) FROM {table}") for table in TABLES}  # noqa: S608
        return {table: row[0] for table, row in counted.items() if row and row[0]}

    return await store.read(work)


async def swept(store: Store, now: int, most: int = 1000) -> int:
    return await store.write(lambda tx: tx.sweep(now, most))


async def test_what_is_still_good_stays(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await granted(tx)
        await rotated(tx, 1)
        await tx.add_session(Session(digest_of("s"), "account_1", NOW, NOW + 600))
        await tx.add_code(replace(CODE, digest=digest_of("waiting")))
        await tx.count_attempt(digest_of("key"), NOW, 900)

    await store.write(work)
    before = await sizes(store)
    assert await swept(store, NOW + 599) == 0
    assert await sizes(store) == before


async def test_tokens_sessions_and_attempts_go_when_they_expire(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await granted(tx)
        await tx.add_session(Session(digest_of("s"), "account_1", NOW, NOW + HOUR))
        await tx.count_attempt(digest_of("key"), NOW, HOUR)

    await store.write(work)
    assert await swept(store, NOW + HOUR - 1) == 0
    assert await swept(store, NOW + HOUR) == 2
    # An access token is remembered for an hour more: a call that outlives it must see whether its grant still stands.
    assert await swept(store, NOW + 2 * HOUR) == 1
    assert await sizes(store) == {"codes": 1, "refresh_tokens": 1, "grants": 1}


async def test_a_code_is_remembered_for_a_day_after_it_expired(store: Store) -> None:
    await store.write(granted)
    await swept(store, CODE.expires_at + DAY - 1)
    assert (await sizes(store))["codes"] == 1
    await swept(store, CODE.expires_at + DAY)
    assert "codes" not in await sizes(store)


async def test_a_pushed_request_goes_when_nobody_may_answer_it_any_more(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.add_pushed_request(PUSHED)
        await tx.add_pushed_request(replace(PUSHED, digest=digest_of("opened")))
        assert await tx.open_pushed_request(digest_of("opened"), "client_1", NOW, NOW + HOUR)

    await store.write(work)
    assert await swept(store, PUSHED.expires_at - 1) == 0
    assert await swept(store, PUSHED.expires_at) == 1
    assert await sizes(store) == {"pushed_requests": 1}
    assert await swept(store, NOW + HOUR) == 1


async def test_a_device_is_remembered_for_an_hour_after_its_code_expired(store: Store) -> None:
    await store.write(lambda tx: tx.add_device_authorization(DEVICE))
    assert await swept(store, DEVICE.expires_at + HOUR - 1) == 0
    assert await swept(store, DEVICE.expires_at + HOUR) == 1
    assert await sizes(store) == {}


async def test_a_seal_is_erased_when_the_grace_of_its_successor_is_over(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await granted(tx)
        await rotated(tx, 1, NOW)
        await rotated(tx, 2, NOW + 10)  # from here on the seal that leads to link 2 is needed for the grace alone

    async def seals(tx: Transaction) -> list[bytes | None]:
        held = [await tx.find_refresh_token(link(number).digest) for number in (1, 2)]
        return [one.token.seal for one in held if one]

    await store.write(work)
    assert await swept(store, NOW + 70) == 0
    assert await store.read(seals) == [b"seal", b"seal"]
    assert await swept(store, NOW + 71) == 1
    assert await store.read(seals) == [None, b"seal"]
    # That of a link whose successor nobody has used yet is kept for as long as it takes.
    await swept(store, NOW + 50 * HOUR)
    assert await store.read(seals) == [None, b"seal"]


class Meanwhile:
    """The driver of a process that waited for another's sweep, between two statements of its own."""

    def __init__(self, db: Any) -> None:
        self.db = db

    def __getattr__(self, name: str) -> Any:
        return getattr(self.db, name)

    async def run(self, sql: str, *values: Value) -> int:
        done: int = await self.db.run(sql, *values)
        if "SET seal = NULL" in sql:
            other = "UPDATE refresh_tokens SET predecessor_seal_until = NULL WHERE digest = $1"
            assert await self.db.run(other, link(2).digest) == 1
        return done


async def test_replicas_that_sweep_at_once_leave_no_seal_behind(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await granted(tx)
        for number in (1, 2, 3):
            await rotated(tx, number, NOW)
        order = "UPDATE refresh_tokens SET predecessor_seal_until = $2 WHERE digest = $1"
        await tx.db.run(order, link(2).digest, NOW + 1)
        await Transaction(cast("Any", Meanwhile(tx.db))).sweep(NOW + DAY, 1)

    async def seals(tx: Transaction) -> list[bool]:
        held = [await tx.find_refresh_token(link(number).digest) for number in (1, 2, 3)]
        return [one.token.seal is not None for one in held if one]

    await store.write(work)
    while await swept(store, NOW + DAY, 1):
        pass
    assert await store.read(seals) == [False, False, True]  # the last one leads to a link that nobody has used


async def test_spent_refresh_tokens_stay_with_their_grant_and_go_a_month_after_it(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await granted(tx)
        await rotated(tx, 1)
        await tx.end_grant("grant_1", "ended by the account", NOW)

    await store.write(work)
    over = GRANT.expires_at + 30 * DAY
    await swept(store, over - 1)
    assert await sizes(store) == {"refresh_tokens": 2, "grants": 1}
    await swept(store, over)
    assert await sizes(store) == {}


@pytest.mark.parametrize("most", [1, 4])
async def test_a_batch_is_bounded_and_batches_come_to_an_end(store: Store, most: int) -> None:
    async def work(tx: Transaction) -> None:
        await peopled(tx)
        for number in range(10):
            code = replace(CODE, digest=digest_of(f"code {number}"))
            grant = replace(GRANT, id=f"grant_{number}")
            token = replace(access(f"a {number}"), grant_id=grant.id)
            first = replace(REFRESH, digest=digest_of(f"r {number}"), grant_id=grant.id)
            second = replace(first, digest=digest_of(f"s {number}"), predecessor=first.digest)
            third = replace(first, digest=digest_of(f"t {number}"), predecessor=second.digest)
            await tx.add_code(code)
            await tx.spend_code(purchase(code.digest, grant, token, first), NOW)
            more = [replace(ACCESS, digest=digest_of(f"{k} {number}"), grant_id=grant.id) for k in "bc"]
            await tx.spend_refresh_token(rotation(first, second, b"seal", more[0], NOW + 60), NOW)
            await tx.spend_refresh_token(rotation(second, third, b"seal", more[1], NOW + 60), NOW)
            await tx.add_session(Session(digest_of(f"session {number}"), "account_1", NOW, NOW + HOUR))
            await tx.count_attempt(digest_of(f"key {number}"), NOW, 900)

    await store.write(work)
    now = GRANT.expires_at + 31 * DAY
    rounds = 0
    before = sum((await sizes(store)).values())
    while taken := await swept(store, now, most):
        rounds += 1
        after = sum((await sizes(store)).values())
        assert before - after <= 7 * most
        assert taken <= 8 * most
        before = after
    assert await sizes(store) == {}
    assert rounds >= 30 / most


async def test_the_log_of_calls_is_kept_as_long_as_the_operator_says_and_swept_in_batches(store: Store) -> None:
    calls = [Call(NOW + number, f"req_{number}", "d", "a", "c", "ping", "", 200, 1, 1, 1) for number in range(10)]
    await store.write(lambda tx: tx.add_calls(calls))

    async def swept_before(before: int) -> int:
        return await store.write(lambda tx: tx.sweep(NOW, 4, before))

    assert [await swept_before(NOW + 6) for _ in range(3)] == [4, 3, 0]
    left = await store.read(lambda tx: tx.list_calls(None, 100))
    assert [call.request_id for _, call, _ in left] == ["req_7", "req_8", "req_9"]
