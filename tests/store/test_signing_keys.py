"""Signing keys change while several processes look at them: one makes the next, and none signs before its time."""

import asyncio
from dataclasses import replace

import pytest

from consentry import keys
from consentry.keys import ANNOUNCE_SECONDS, MARGIN_SECONDS, KeyPolicy, SigningKey
from consentry.keys.rotation import current
from consentry.store import Store
from consentry.store.sql import Transaction
from tests.builders import DAY, HOUR, NOW, sealer

pytestmark = pytest.mark.anyio

POLICY = KeyPolicy("ES256", 90 * DAY, HOUR)


def made(now: int = NOW, signs_from: int | None = None) -> SigningKey:
    return keys.make(sealer(), "ES256", now, signs_from)


async def listed(store: Store) -> list[SigningKey]:
    async def work(tx: Transaction) -> list[SigningKey]:
        return await tx.list_signing_keys()

    return await store.read(work)


async def test_of_those_that_see_a_key_come_of_age_one_makes_the_next(store: Store) -> None:
    first, later = made(), NOW + POLICY.max_age
    await store.write(lambda tx: tx.add_signing_key(first))
    succession = keys.due(await listed(store), sealer(), POLICY, later)
    assert succession is not None

    async def follow(number: int) -> bool:
        fresh = made(later + number, succession.signs_from)
        return await store.write(lambda tx: keys.succeed(tx, succession, fresh, POLICY, later))

    assert sorted(await asyncio.gather(*(follow(number) for number in range(8)))) == [False] * 7 + [True]
    second, retired = await listed(store)
    assert (second.signs_from, second.retired_at) == (later + ANNOUNCE_SECONDS, None)
    until = second.signs_from + POLICY.token_ttl + MARGIN_SECONDS
    assert retired == replace(first, retired_at=second.signs_from, published_until=until)
    assert keys.due([second, retired], sealer(), POLICY, later) is None


async def test_a_rotation_by_command_overtakes_one_that_is_announced(store: Store) -> None:
    first, announced, at_once = made(), made(signs_from=NOW + HOUR), made(NOW + 1)

    async def work(tx: Transaction) -> None:
        await keys.rotate(tx, first, POLICY, NOW, "no key signs")
        await keys.rotate(tx, announced, POLICY, NOW, "by command")
        await keys.rotate(tx, at_once, POLICY, NOW + 1, "by command")

    await store.write(work)
    found = await listed(store)
    assert {key.kid: key.retired_at for key in found} == {
        first.kid: NOW + 1,
        announced.kid: NOW + 1,
        at_once.kid: None,
    }
    assert current(found, NOW + 1) == at_once
    # The announced one never signs, though its time comes.
    assert current(found, NOW + 2 * HOUR) == at_once


async def test_a_compromised_key_is_gone_at_once(store: Store) -> None:
    first, fresh = made(), made(NOW + 1)

    async def work(tx: Transaction) -> None:
        await keys.rotate(tx, first, POLICY, NOW, "no key signs")
        await keys.withdraw(tx, fresh, NOW + 1)

    await store.write(work)
    assert keys.publish(await listed(store), NOW + 1)["keys"] == [dict(fresh.public_jwk)]
    assert current(await listed(store), NOW + 1) == fresh


async def test_a_key_that_is_published_no_more_is_swept_a_month_later(store: Store) -> None:
    gone = replace(made(), retired_at=NOW, published_until=NOW + DAY)

    async def work(tx: Transaction) -> None:
        await tx.add_signing_key(made())
        await tx.add_signing_key(gone)

    await store.write(work)
    await store.write(lambda tx: tx.sweep(NOW + 31 * DAY - 1, 100))
    assert len(await listed(store)) == 2
    await store.write(lambda tx: tx.sweep(NOW + 31 * DAY, 100))
    assert gone.kid not in {key.kid for key in await listed(store)}
    assert len(await listed(store)) == 1
