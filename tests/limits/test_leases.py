"""What a process holds of a plan, on every store: nothing above the plan, and nothing lost that could be given back."""

import asyncio
from dataclasses import dataclass, field

import pytest

from consentry.audit import Event
from consentry.limits.leases import GivenBack, Leases
from consentry.limits.quota import Exhausted, Lease, Plan, Standing, Usage, month_of
from consentry.store import Store
from consentry.store.driver import StoreError
from consentry.store.ledger import SqlLedger
from tests.builders import NOW, account

pytestmark = pytest.mark.anyio

OWNER = "account_1"
FREE = Plan("free", 20, 1000)
PRO = Plan("pro", 1600, 50_000)
BEGUN = NOW - NOW % 60
EVENT = Event("limits:plan:exhausted", NOW, account_id=OWNER)


@dataclass
class Process:
    """One of those that count in the same store, by the same clock."""

    store: Store
    now: int = BEGUN
    told: list[Event] = field(default_factory=list)
    leases: Leases = field(init=False)

    def __post_init__(self) -> None:
        self.leases = Leases(SqlLedger(self.store), self._tell, lambda: self.now)

    async def _tell(self, event: Event) -> None:
        self.told.append(event)

    async def call(self, plan: Plan = FREE, calls: int = 1) -> Standing | Exhausted:
        taken = self.leases.take(OWNER, plan, calls, self.now)
        return taken if taken is not None else await self.leases.ask(OWNER, plan, calls, EVENT)

    async def calls(self, times: int, plan: Plan = FREE) -> int:
        """How many of so many at once get through."""
        outcomes = await asyncio.gather(*(self.call(plan) for _ in range(times)))
        return sum(isinstance(outcome, Standing) for outcome in outcomes)


@pytest.fixture
async def process(store: Store) -> Process:
    await store.write(lambda tx: tx.add_account(account()))
    return Process(store)


async def used(store: Store) -> Usage:
    return (await store.read(lambda tx: tx.list_usage())).get(OWNER, Usage())


async def test_of_many_calls_at_once_at_two_processes_as_many_as_the_plan_get_through(process: Process) -> None:
    other = Process(process.store)
    through = await asyncio.gather(process.calls(30), other.calls(30))
    assert sum(through) == 20
    assert await used(process.store) == Usage(month_of(BEGUN), 20, ((BEGUN, 20),))


async def test_what_remains_is_told_with_every_call(process: Process) -> None:
    standings = [await process.call() for _ in range(20)]
    assert [standing.remaining for standing in standings] == list(range(19, -1, -1))
    refused = await process.call()
    assert refused == Exhausted("hour", 20, 0, BEGUN + 3660)


async def test_a_large_plan_asks_once_for_many_calls(process: Process) -> None:
    assert isinstance(await process.call(PRO), Standing)
    taken = [process.leases.take(OWNER, PRO, 1, BEGUN + 59) for _ in range(100)]
    assert sum(isinstance(one, Standing) for one in taken) == 99
    assert taken[99] is None
    assert [one.remaining for one in taken[:2] if isinstance(one, Standing)] == [1598, 1597]


async def test_a_lease_is_worth_nothing_after_its_minute_and_what_is_left_of_it_goes_back(process: Process) -> None:
    await process.call(PRO)
    assert (await used(process.store)).month_calls == 100
    process.now = BEGUN + 60
    assert process.leases.take(OWNER, PRO, 1, process.now) is None
    await process.call(PRO)
    assert (await used(process.store)).minutes == ((BEGUN, 1), (BEGUN + 60, 99))
    process.now += 65
    await process.leases.tend()
    assert await used(process.store) == Usage(month_of(BEGUN), 2, ((BEGUN, 1), (BEGUN + 60, 1)))


async def test_closing_gives_everything_back_and_a_process_that_is_killed_loses_one_lease(process: Process) -> None:
    killed = Process(process.store)
    await process.call(PRO)
    await killed.call(PRO)
    await process.leases.aclose()
    assert (await used(process.store)).month_calls == 1 + 93  # a sixteenth of the 1500 that were left


async def test_a_full_plan_is_believed_for_seconds_and_costs_no_writes(process: Process) -> None:
    assert await process.calls(25) == 20
    other = Process(process.store)
    await process.store.write(lambda tx: tx.db.run("UPDATE usage SET minutes = '[]'"))
    assert isinstance(await process.call(), Exhausted)
    assert process.leases.take(OWNER, FREE, 0, BEGUN) == Standing("hour", 20, 0, BEGUN + 3660)
    assert isinstance(await other.call(), Standing)
    process.now += 5
    assert isinstance(await process.call(), Standing)


async def test_an_exhausted_plan_is_told_once_until_calls_come_back(process: Process) -> None:
    await process.calls(20)
    for seconds in (0, 6, 12, 600):
        process.now = BEGUN + seconds
        assert isinstance(await process.call(), Exhausted)
    assert [(event.name, event.reason, event.detail) for event in process.told] == [
        ("limits:plan:exhausted", "hour", {"plan": "free", "limit": 20})
    ]
    process.now = BEGUN + 3660
    assert await process.calls(21) == 20
    assert len(process.told) == 2


async def test_another_plan_holds_from_the_next_call_on(process: Process) -> None:
    assert await process.calls(21) == 20
    assert isinstance(await process.call(PRO), Standing)
    assert isinstance(await process.call(), Exhausted)


async def test_a_batch_gets_all_its_calls_or_none(process: Process) -> None:
    await process.calls(15)
    refused = await process.call(calls=6)
    assert isinstance(refused, Exhausted)
    assert refused.remaining == 5
    assert isinstance(await process.call(calls=5), Standing)
    assert await process.call(calls=21) == Exhausted("hour", 20, 0, None)
    assert (await used(process.store)).month_calls == 20


async def test_calls_without_a_limit_are_counted_and_told_together(process: Process) -> None:
    process.leases.count(OWNER, 3)
    process.leases.count(OWNER, 4)
    process.leases.count("account_that_is_gone", 1)
    assert await used(process.store) == Usage()
    await process.leases.tend()
    await process.leases.tend()
    assert await used(process.store) == Usage(month_of(BEGUN), 7, ((BEGUN, 7),))
    assert (await process.call(FREE)) == Standing("hour", 20, 12, BEGUN + 3660)


async def test_a_client_that_leaves_takes_nobodys_lease_along(process: Process) -> None:
    asking = [asyncio.create_task(process.call()) for _ in range(3)]
    await asyncio.sleep(0)
    asking[0].cancel()
    outcomes = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(outcomes[0], asyncio.CancelledError)
    assert all(isinstance(outcome, Standing) for outcome in outcomes[1:])
    await process.leases.aclose()
    assert (await used(process.store)).month_calls == 2


class Away:
    """A ledger whose database is away as often as it was told."""

    def __init__(self, ledger: SqlLedger, times: int) -> None:
        self._ledger = ledger
        self._times = times

    def _answer(self) -> None:
        self._times -= 1
        if self._times >= 0:
            raise StoreError("The database is away.")

    async def lease(
        self, account_id: str, plan: Plan, wanted: int, back: GivenBack | None, now: int
    ) -> Lease | Exhausted:
        self._answer()
        return await self._ledger.lease(account_id, plan, wanted, back, now)

    async def give_back(self, backs: list[GivenBack]) -> None:
        self._answer()
        await self._ledger.give_back(backs)

    async def count(self, calls: dict[str, int], now: int) -> None:
        self._answer()
        await self._ledger.count(calls, now)


async def test_while_the_database_is_away_nobody_gets_more_and_all_that_is_sure_is_counted_later(
    process: Process,
) -> None:
    leases = Leases(Away(SqlLedger(process.store), 2), process._tell, lambda: BEGUN)  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        await leases.ask(OWNER, FREE, 1, EVENT)
    leases.count(OWNER, 5)
    await leases.tend()
    assert await used(process.store) == Usage()
    assert isinstance(await leases.ask(OWNER, FREE, 1, EVENT), Standing)
    await leases.tend()
    assert (await used(process.store)).month_calls == 6
