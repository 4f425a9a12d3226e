"""The gate at the endpoints and the leases of calls, put together with where they are counted."""

from collections.abc import Callable

from consentry.audit import Event
from consentry.limiting import limits_of
from consentry.limits.gate import Gate, Tell
from consentry.limits.leases import Leases
from consentry.settings import Settings
from consentry.store import Store, Transaction
from consentry.store.counters import RedisCounters, SqlCounters
from consentry.store.ledger import SqlLedger
from consentry.store.redis import Redis


def gate_of(settings: Settings, store: Store, redis: Redis | None) -> Gate:
    """For all endpoints together: they share the memory of full windows."""
    counters = SqlCounters(store)
    return Gate(limits_of(settings), RedisCounters(redis, counters) if redis else counters, _teller(store))


def leases_of(store: Store, clock: Callable[[], int]) -> Leases:
    """Of one process."""
    return Leases(SqlLedger(store), _teller(store), clock)


def _teller(store: Store) -> Tell:
    async def tell(event: Event) -> None:
        async def work(tx: Transaction) -> None:
            await tx.add_event(event)

        await store.write(work)

    return tell
