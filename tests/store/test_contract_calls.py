"""What every store must do with the log of a deployment: searched from its end, a page at a time."""

import pytest

from consentry.audit import Event
from consentry.calls import Call, Mark, Sought
from consentry.store import Store
from consentry.store.sql import Transaction
from consentry.tallies import Count, CountKey
from tests.builders import NOW
from tests.store.samples import granted

pytestmark = pytest.mark.anyio

CALL = Call(NOW, "req_0", "deployment_1", "account_1", "client_1", "tools/call", "remind", 200, 34, 120, 900)


async def logged(tx: Transaction) -> tuple[str, str, str]:
    """Twenty calls, two a second, every fifth a failure; the ids of the deployment, its account and its client."""
    await granted(tx)
    found = await tx.db.one("SELECT deployment_id, account_id, client_id FROM grants")
    assert found is not None
    ids = dict(zip(("deployment_id", "account_id", "client_id"), found, strict=True))
    await tx.add_calls(
        [
            CALL._replace(**ids, at=NOW + number // 2, request_id=f"req_{number}", status=200 if number % 5 else 403)
            for number in range(20)
        ]
        + [CALL._replace(deployment_id="another", account_id=ids["account_id"], request_id="req_another")]
    )
    return (found[0], found[1], found[2])


async def test_calls_are_searched_from_the_newest_a_page_at_a_time(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        deployment_id, _, client_id = await logged(tx)

        async def search(
            sought: Sought, before: Mark | None = None, most: int = 100, looked_at: int = 100
        ) -> tuple[list[str], Mark | None]:
            found, left = await tx.search_calls(deployment_id, sought, before, most, looked_at)
            return [call.request_id for _, call, _ in found], left

        every = [f"req_{number}" for number in reversed(range(20))]
        assert await search(Sought()) == (every, None)
        paged: list[str] = []
        first, left = await search(Sought(), None, 7)
        while left is not None:
            paged += first
            first, left = await search(Sought(), left, 7)
        assert paged + first == every

        failed = [f"req_{number}" for number in (15, 10, 5, 0)]
        assert (await search(Sought(failed=True)))[0] == failed
        assert (await search(Sought(status=403)))[0] == failed
        assert (await search(Sought(status=200, failed=True)))[0] == []
        assert (await search(Sought(since=NOW + 9)))[0] == ["req_19", "req_18"]
        assert (await search(Sought(since=NOW + 1, until=NOW + 2)))[0] == ["req_3", "req_2"]
        assert (await search(Sought(until=NOW + 2), Mark(NOW + 5, 0)))[0] == ["req_3", "req_2", "req_1", "req_0"]
        assert (await search(Sought(tool="other")))[0] == []
        assert len((await search(Sought(tool="remind", client_id=client_id)))[0]) == 20
        assert (await search(Sought(client_id="' OR 1=1 --")))[0] == []

        # What is rare is looked for within bounds, and the search goes on from there.
        none, seen = await search(Sought(status=404), looked_at=6)
        assert (none, seen.at if seen else None) == ([], NOW + 7)
        rare, seen = await search(Sought(failed=True), looked_at=6)
        while seen is not None:
            more, seen = await search(Sought(failed=True), seen, looked_at=6)
            rare += more
        assert rare == failed

    await store.write(work)


async def test_events_of_a_deployment_are_searched_the_same_way(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        deployment_id, account_id, client_id = await logged(tx)
        for number in range(10):
            name = "grant:token:refreshed" if number % 3 else "grant:token:reused"
            event = Event(name, NOW + number, None, account_id, client_id, deployment_id=deployment_id)  # type: ignore[arg-type]
            await tx.add_event(event)
        await tx.add_event(Event("grant:token:refreshed", NOW, None, account_id))

        async def search(sought: Sought, before: Mark | None = None, most: int = 100) -> tuple[list[int], Mark | None]:
            found, left = await tx.search_events(deployment_id, sought, before, most, 4)
            return [event.at - NOW for _, event, _ in found], left

        async def all_of(sought: Sought, most: int = 100) -> list[int]:
            found, left = await search(sought, None, most)
            while left is not None:
                more, left = await search(sought, left, most)
                found += more
            return found

        own = [number for number in await all_of(Sought(since=NOW)) if number >= 0]
        assert own[:10] == list(reversed(range(10)))
        assert await all_of(Sought(since=NOW, failed=True)) == [9, 6, 3, 0]
        assert await all_of(Sought(since=NOW + 2, until=NOW + 5), 1) == [4, 3, 2]
        assert await all_of(Sought(client_id="nobody")) == []

    await store.write(work)


async def test_those_who_were_ever_let_in_are_listed_by_name(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        deployment_id, _, client_id = await logged(tx)
        assert [one for one, _ in await tx.list_callers(deployment_id, 10)] == [client_id]
        assert await tx.list_callers("another", 10) == []

    await store.write(work)


async def test_counts_add_up_are_summed_and_swept(store: Store) -> None:
    key = CountKey("d_1", 3600, "client_1", "remind", 50)
    others = {key._replace(tool="forget", slowest=100): Count(5, 1), key._replace(deployment_id="d_2"): Count(9, 9)}
    for counts in ({key: Count(2, 1)}, {key: Count(3, 0)} | others, {key._replace(hour=7200): Count(1, 0)}, {}):
        await store.write(lambda tx, counts=counts: tx.add_counts(counts))  # type: ignore[misc]

    async def read(tx: Transaction) -> None:
        assert sorted(await tx.sum_hours("d_1", 0)) == [(3600, 50, 5, 1), (3600, 100, 5, 1), (7200, 50, 1, 0)]
        assert sorted(await tx.sum_hours("d_1", 7200)) == [(7200, 50, 1, 0)]
        assert sorted(await tx.sum_by("tool", "d_1", 0, 10)) == [("forget", 100, 5, 1), ("remind", 50, 6, 1)]
        assert sorted(await tx.sum_by("tool", "d_1", 0, 1)) == [("remind", 50, 6, 1)]
        assert sorted(await tx.sum_by("client", "d_1", 0, 10)) == [("client_1", 50, 6, 1), ("client_1", 100, 5, 1)]

    await store.read(read)
    assert await store.write(lambda tx: tx.sweep(0, 2, 3600)) == 2
    assert await store.write(lambda tx: tx.sweep(0, 2, 3600)) == 1
    assert await store.read(lambda tx: tx.sum_hours("d_1", 0)) == [(7200, 50, 1, 0)]


async def test_activity_is_of_the_account_and_of_what_it_owns_each_event_once(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        deployment_id, account_id, _ = await logged(tx)
        began = max((number for number, _, _ in await tx.list_activity(account_id, None, 100)), default=0)
        for number, (account, deployment) in enumerate(
            [(account_id, deployment_id), (None, deployment_id), (account_id, None), ("other", None), (None, "other")]
        ):
            await tx.add_event(Event("grant:grant:ended", NOW + number, None, account, None, deployment))
        found = await tx.list_activity(account_id, None, 100)
        own = [(number, event.at - NOW) for number, event, _ in found if number > began]
        assert [at for _, at in own] == [2, 1, 0]
        assert [event.at - NOW for _, event, _ in await tx.list_activity(account_id, own[1][0], 1)] == [0]
        assert await tx.list_activity("nobody", None, 100) == []

    await store.write(work)
