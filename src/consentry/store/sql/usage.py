"""What is used of an account's plan: one row, held by one transaction at a time."""

import json

from consentry.limits.quota import Usage
from consentry.store.driver import Driver, Row


class UsageVerbs:
    db: Driver

    async def hold_usage(self, account_id: str) -> Usage | None:
        """Until the commit nobody else holds it; None where the account is gone."""
        row = await self.db.returning(
            "INSERT INTO usage (account_id, month, month_calls, minutes)"
            " SELECT a.id, 0, 0, '[]' FROM accounts a WHERE a.id = $1"
            " ON CONFLICT (account_id) DO UPDATE SET month = usage.month RETURNING month, month_calls, minutes",
            account_id,
        )
        return _usage(row) if row else None

    async def keep_usage(self, account_id: str, usage: Usage) -> None:
        """Of one that is held."""
        await self.db.run(
            "UPDATE usage SET month = $2, month_calls = $3, minutes = $4 WHERE account_id = $1",
            account_id,
            usage.month,
            usage.month_calls,
            json.dumps(usage.minutes),
        )

    async def find_usage(self, account_id: str) -> Usage | None:
        """To look at, by whoever does not change it."""
        row = await self.db.one("SELECT month, month_calls, minutes FROM usage WHERE account_id = $1", account_id)
        return _usage(row) if row else None

    async def list_usage(self) -> dict[str, Usage]:
        """By account, where there is any."""
        rows = await self.db.all("SELECT month, month_calls, minutes, account_id FROM usage")
        return {row[3]: _usage(row) for row in rows}


def _usage(row: Row) -> Usage:
    return Usage(row[0], row[1], tuple((minute, calls) for minute, calls in json.loads(row[2])))
