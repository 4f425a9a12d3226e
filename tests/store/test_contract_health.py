"""How deployments were last seen, how much they are used, and whether they are paused."""

from dataclasses import replace

import pytest

from consentry.deployments.health import Seen
from consentry.grants.use import Use
from consentry.store import Store
from consentry.store.sql import Transaction
from tests.builders import DAY, NOW, account, deployment
from tests.grants.test_connections import GRANT

pytestmark = pytest.mark.anyio

WELL = Seen(NOW, None, "reminders", "2026-07-28", ("one", "zwei", "三"))


async def test_a_deployment_is_seen_used_and_paused(store: Store) -> None:
    other = replace(deployment(2, "other"), owner_id="account_2")

    async def work(tx: Transaction) -> None:
        for number in (1, 2):
            await tx.add_account(account(number))
        await tx.add_deployment(deployment(1))
        await tx.add_deployment(other)
        assert await tx.keep_health("deployment_1", WELL)
        assert not await tx.keep_health("deployment_1", Seen(NOW - 1, "older"))
        assert not await tx.keep_health("deployment_9", WELL)
        assert await tx.keep_health("deployment_2", Seen(NOW, "It does not answer."))
        assert await tx.find_health("deployment_1") == WELL
        assert await tx.list_health("account_1") == {"deployment_1": WELL}
        assert set(await tx.list_health(None)) == {"deployment_1", "deployment_2"}
        assert await tx.count_use(None, NOW) == {}
        for number, grant in enumerate((GRANT, GRANT, replace(GRANT, expires_at=NOW)), 1):
            await tx.add_grant(replace(grant, id=f"grant_{number}"))
        await tx.note_use("grant_3", NOW - 5)
        assert await tx.count_use("account_1", NOW) == {"deployment_1": Use(2, NOW - 5)}
        assert await tx.count_use("account_2", NOW) == {}
        assert await tx.count_use(None, NOW + DAY) == {"deployment_1": Use(0, NOW - 5)}
        assert [await tx.pause_deployment("deployment_1", NOW) for _ in range(2)] == [True, False]
        assert await tx.find_deployment("deployment_1") == replace(deployment(1), paused_at=NOW)
        assert [await tx.pause_deployment("deployment_1", None) for _ in range(2)] == [True, False]
        assert await tx.remove_deployment("deployment_1")
        assert await tx.find_health("deployment_1") is None

    await store.write(work)
