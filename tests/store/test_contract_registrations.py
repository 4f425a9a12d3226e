"""What every store must do with registrations: fold in one statement, change and remove under a condition."""

import asyncio
from dataclasses import replace

import pytest

from consentry.clients.fingerprint import fingerprint
from consentry.clients.initial_access import InitialAccessToken
from consentry.clients.registration import Registration, Tombstone
from consentry.store import Store
from consentry.store.sql import Transaction
from tests.builders import DAY, NOW, client, digest_of
from tests.store.samples import CODE, granted

pytestmark = pytest.mark.anyio

PRINT = digest_of("what it says")


async def test_the_second_of_the_same_is_the_first_counted_again(store: Store) -> None:
    first, second, other = (client(f"client_{number}") for number in (1, 2, 3))

    async def work(tx: Transaction) -> None:
        assert await tx.fold_client(first, PRINT, NOW + DAY) == first
        assert await tx.fold_client(second, PRINT, NOW + DAY) == replace(first, registrations=2)
        assert await tx.fold_client(other, digest_of("another"), None) == other
        assert await tx.find_client("client_1") == replace(first, registrations=2)
        assert await tx.find_client("client_2") is None

    await store.write(work)


async def test_what_has_no_fingerprint_is_never_folded(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        for number in (1, 2):
            assert await tx.fold_client(client(f"client_{number}"), None, None) == client(f"client_{number}")

    await store.write(work)
    assert len(await store.read(lambda tx: tx.list_clients())) == 2


async def test_of_many_that_register_at_once_one_is_kept_and_all_are_counted(store: Store) -> None:
    async def register(number: int) -> str:
        one = client(f"client_{number}")
        return (await store.write(lambda tx: tx.fold_client(one, fingerprint(one), None))).id

    kept = await asyncio.gather(*(register(number) for number in range(20)))
    assert len(set(kept)) == 1
    (only,) = await store.read(lambda tx: tx.list_clients())
    assert (only.id, only.registrations) == (kept[0], 20)


async def test_a_fold_puts_the_removal_off_and_never_takes_an_approval_back(store: Store) -> None:
    waiting = replace(client("client_1"), pending=True)

    async def work(tx: Transaction) -> None:
        await tx.fold_client(waiting, PRINT, NOW)
        assert (await tx.fold_client(waiting, PRINT, NOW + DAY)).pending
        assert await tx.list_idle_clients(NOW, 10) == []
        assert [await tx.approve_client("client_1") for _ in range(2)] == [True, False]
        assert not (await tx.fold_client(waiting, PRINT, NOW + DAY)).pending

    await store.write(work)


async def test_a_client_is_changed_while_it_is_alone_and_folded_into_no_more(store: Store) -> None:
    mine = client("client_1")
    changed = replace(mine, name="New", redirect_uris=("https://new.example/cb",), scope="mcp", metadata={"a": "b"})

    async def work(tx: Transaction) -> None:
        await tx.fold_client(mine, PRINT, None)
        assert await tx.update_client(changed, NOW + DAY)
        assert await tx.find_client("client_1") == changed
        assert [one.id for one in await tx.list_idle_clients(NOW + DAY, 10)] == ["client_1"]
        assert (await tx.fold_client(client("client_2"), PRINT, None)).id == "client_2"
        await tx.fold_client(client("client_3"), PRINT, None)
        assert not await tx.update_client(replace(changed, id="client_2"), None), "it is shared"
        assert not await tx.update_client(replace(changed, id="client_9"), None), "there is none"
        await tx.fold_client(replace(client("client_4"), pending=True), None, None)
        assert not await tx.update_client(replace(changed, id="client_4"), None), "it waits for approval"

    await store.write(work)


async def test_a_change_and_a_fold_at_once_never_both_have_their_way(store: Store) -> None:
    async def fold(client_id: str, mark: str) -> str:
        return (await store.write(lambda tx: tx.fold_client(client(client_id), digest_of(mark), None))).id

    async def change(client_id: str) -> bool:
        return await store.write(lambda tx: tx.update_client(replace(client(client_id), name="Evil"), None))

    for mark in map(str, range(10)):
        await fold(f"mine_{mark}", mark)
        changed, joined = await asyncio.gather(change(f"mine_{mark}"), fold(f"other_{mark}", mark))
        assert changed == (joined == f"other_{mark}")


async def test_a_shared_client_is_not_removed_by_one_of_those_who_share_it(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.fold_client(client("client_1"), PRINT, None)
        await tx.add_registration(Registration(digest_of("one"), "client_1", ("https://a.example",), NOW))
        await tx.fold_client(client("client_2"), PRINT, None)
        assert not await tx.remove_client("client_1", unless_shared=True)
        assert await tx.find_registration(digest_of("one")) is not None
        assert await tx.remove_client("client_1")
        assert await tx.find_registration(digest_of("one")) is None

    await store.write(work)


async def test_a_registration_is_kept_respelled_ended_and_removed(store: Store) -> None:
    one = Registration(digest_of("one"), "client_1", ("http://localhost:1/é",), NOW)
    other = replace(one, digest=digest_of("other"), ends_at=NOW + 1)

    async def work(tx: Transaction) -> None:
        await tx.add_registration(one)
        await tx.add_registration(other)
        assert await tx.find_registration(one.digest) == one
        assert await tx.find_registration(digest_of("none")) is None
        await tx.respell_registration(one.digest, ("http://localhost:2/é",))
        await tx.end_registrations("client_1", NOW + DAY)
        assert await tx.find_registration(one.digest) == replace(
            one, redirect_uris=("http://localhost:2/é",), ends_at=NOW + DAY
        )
        assert await tx.find_registration(other.digest) == other
        assert await tx.sweep(NOW + 1, 10) == 1
        assert await tx.find_registration(other.digest) is None
        assert [await tx.remove_registration(one.digest) for _ in range(2)] == [True, False]

    await store.write(work)


async def test_an_idle_client_goes_unless_it_has_a_grant(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await granted(tx)
        await tx.fold_client(client(CODE.client_id), digest_of("used"), NOW)
        await tx.fold_client(client("client_2"), digest_of("unused"), NOW)
        await tx.fold_client(client("client_3"), digest_of("kept"), None)
        await tx.fold_client(client("client_4"), digest_of("later"), NOW + 1)
        await tx.add_client(client("client_5"))
        assert [one.id for one in await tx.list_idle_clients(NOW, 10)] == ["client_1", "client_2"]
        assert [one.id for one in await tx.list_idle_clients(NOW, 1)] == ["client_1"]
        idle = ("client_1", "client_2", "client_3", "client_4", "client_5")
        assert [await tx.reap_client(one, NOW) for one in idle] == [False, True, False, False, False]
        await tx.end_grant("grant_1", "ended by the account", NOW)
        assert not await tx.reap_client("client_1", NOW), "its grant is remembered"
        await tx.postpone_reaping("client_1", NOW + DAY)
        await tx.postpone_reaping("client_1", NOW + 5)
        await tx.postpone_reaping("client_3", NOW + 5)
        assert [one.id for one in await tx.list_idle_clients(NOW + DAY - 1, 10)] == ["client_4"]

    await store.write(work)


async def test_a_tombstone_remembers_the_first_return(store: Store) -> None:
    stone = Tombstone("client_1", "Agent ✨", NOW, "unused")

    async def work(tx: Transaction) -> None:
        await tx.add_tombstone(stone)
        assert await tx.find_tombstone("client_1") == stone
        assert await tx.find_tombstone("client_2") is None
        assert [await tx.note_return("client_1", NOW + late) for late in (1, 2)] == [True, False]
        assert not await tx.note_return("client_2", NOW)
        assert await tx.find_tombstone("client_1") == replace(stone, returned_at=NOW + 1)

    await store.write(work)


async def test_an_initial_access_token_is_spent_so_often_and_so_long_as_it_says(store: Store) -> None:
    twice = InitialAccessToken("iat_1", digest_of("twice"), "Two é", NOW, most_uses=2)
    brief = InitialAccessToken("iat_2", digest_of("brief"), "", NOW + 1, expires_at=NOW + 60)

    async def work(tx: Transaction) -> None:
        await tx.add_initial_access_token(twice)
        await tx.add_initial_access_token(brief)
        assert await tx.list_initial_access_tokens() == [twice, brief]
        spent = [await tx.spend_initial_access_token(brief.digest, NOW + late) for late in (0, 59, 60)]
        assert spent == ["iat_2", "iat_2", None]
        assert await tx.spend_initial_access_token(digest_of("none"), NOW) is None

    await store.write(work)
    spends = [store.write(lambda tx: tx.spend_initial_access_token(twice.digest, NOW)) for _ in range(6)]
    assert sorted(await asyncio.gather(*spends), key=str) == [None] * 4 + ["iat_1"] * 2
    listed = await store.read(lambda tx: tx.list_initial_access_tokens())
    assert [one.uses for one in listed] == [2, 2]

    async def revoke(tx: Transaction) -> list[bool]:
        return [await tx.remove_initial_access_token("iat_1") for _ in range(2)]

    assert await store.write(revoke) == [True, False]
