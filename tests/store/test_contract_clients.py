"""What every store must do with clients: keep all that they prove themselves by, and take an assertion once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from consentry.store import Store
from consentry.store.sql import Transaction
from tests.builders import HOUR, NOW, client, digest_of
from tests.signing import key, public

pytestmark = pytest.mark.anyio


async def test_a_client_is_kept_with_its_secrets_and_its_keys(store: Store) -> None:
    keys = public(key("ES256"), key("EdDSA"))
    rotating = replace(
        client("client_1"),
        auth_method="client_secret_basic",
        secret_digest=digest_of("new"),
        previous_secret_digest=digest_of("old"),
        previous_secret_until=NOW + HOUR,
    )
    by_value = replace(client("client_2"), auth_method="private_key_jwt", jwks=keys)
    by_uri = replace(client("client_3"), auth_method="private_key_jwt", jwks_uri="https://a.example/jwks.json")

    async def work(tx: Transaction) -> None:
        for one in (rotating, by_value, by_uri):
            await tx.add_client(one)
            assert await tx.find_client(one.id) == one

    await store.write(work)


async def test_clients_come_in_pages_newest_first_and_by_whether_they_wait(store: Store) -> None:
    made = [replace(client(f"client_{number}"), created_at=NOW + number // 2) for number in range(5)]
    kept = [replace(one, pending=one.id in {"client_1", "client_4"}) for one in made]
    newest = [kept[number] for number in (4, 2, 3, 0, 1)]

    async def work(tx: Transaction) -> None:
        for one in kept:
            await tx.add_client(one)
        assert await tx.find_clients(None, 5) == newest
        for size in (1, 2, 3):
            found = await tx.find_clients(None, size)
            while more := await tx.find_clients((found[-1].created_at, found[-1].id), size):
                found += more
            assert found == newest
        assert await tx.find_clients(None, 5, pending=True) == [kept[4], kept[1]]
        assert await tx.find_clients((NOW + 1, "client_2"), 5, pending=False) == [kept[3], kept[0]]

    await store.write(work)


@pytest.mark.proves("D18")
async def test_an_assertion_is_spent_once_and_its_return_noted_once(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        assert await tx.spend_assertion(digest_of("one"), NOW + 60)
        assert not await tx.spend_assertion(digest_of("one"), NOW + 90)
        assert await tx.spend_assertion(digest_of("two"), NOW + 60)
        assert [await tx.note_replayed_assertion(digest_of("one")) for _ in range(3)] == [True, False, False]
        assert not await tx.note_replayed_assertion(digest_of("never seen"))

    await store.write(work)


@pytest.mark.proves("D18")
async def test_of_writers_that_race_for_one_assertion_one_wins(store: Store) -> None:
    async def work(tx: Transaction) -> bool:
        return await tx.spend_assertion(digest_of("one"), NOW + 60)

    won = await asyncio.gather(*(store.write(work) for _ in range(20)))
    assert sorted(won) == [False] * 19 + [True]


async def test_an_assertion_is_forgotten_when_it_has_expired(store: Store) -> None:
    await store.write(lambda tx: tx.spend_assertion(digest_of("one"), NOW + 60))
    assert await store.write(lambda tx: tx.sweep(NOW + 59, 100)) == 0
    assert await store.write(lambda tx: tx.sweep(NOW + 60, 100)) == 1
    assert await store.write(lambda tx: tx.spend_assertion(digest_of("one"), NOW + 120))


async def test_a_secret_is_exchanged_by_one_of_those_who_try_and_the_one_before_stays(store: Store) -> None:
    held = replace(client("client_1"), auth_method="client_secret_post", secret_digest=digest_of("first"))
    await store.write(lambda tx: tx.add_client(held))

    def exchange(name: str) -> Callable[[Transaction], Awaitable[bool]]:
        return lambda tx: tx.rotate_secret(held, digest_of(name), NOW + HOUR)

    won = await asyncio.gather(*(store.write(exchange(f"fresh {number}")) for number in range(10)))
    assert sorted(won) == [False] * 9 + [True]
    fresh = digest_of(f"fresh {won.index(True)}")
    found = await store.read(lambda tx: tx.find_client("client_1"))
    assert found is not None
    assert found.secret_digests(NOW) == (fresh, digest_of("first"))
    assert found.secret_digests(NOW + HOUR) == (fresh,)
