"""The ledger of plans: one row an account, which whoever counts holds for a moment (ADR 26)."""

from collections.abc import Mapping, Sequence

from consentry.limits import quota
from consentry.limits.leases import GivenBack
from consentry.limits.quota import Exhausted, Lease, Plan, Usage
from consentry.store import Store, Transaction, quiet


class SqlLedger:
    """Writes of this kind are quiet: nobody remembers what is used."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def lease(
        self, account_id: str, plan: Plan, wanted: int, back: GivenBack | None, now: int
    ) -> Lease | Exhausted:
        async def work(tx: Transaction) -> Lease | Exhausted:
            usage = await tx.hold_usage(account_id) or Usage()
            if back is not None:
                usage = quota.give_back(usage, back.minute, back.calls)
            usage, found = quota.lease(usage, plan, wanted, now)
            await tx.keep_usage(account_id, usage)
            return found

        return await self._store.write(work, quiet=quiet)

    async def give_back(self, backs: Sequence[GivenBack]) -> None:
        async def work(tx: Transaction) -> None:
            for back in sorted(backs, key=lambda each: each.account_id):  # in one order, so that none waits in a circle
                usage = await tx.hold_usage(back.account_id)
                if usage is not None:
                    await tx.keep_usage(back.account_id, quota.give_back(usage, back.minute, back.calls))

        await self._store.write(work, quiet=quiet)

    async def count(self, calls: Mapping[str, int], now: int) -> None:
        async def work(tx: Transaction) -> None:
            for account_id in sorted(calls):
                usage = await tx.hold_usage(account_id)
                if usage is not None:
                    await tx.keep_usage(account_id, quota.count(usage, calls[account_id], now))

        await self._store.write(work, quiet=quiet)
