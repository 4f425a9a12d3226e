"""Calls of tools by the hour: added up as they are logged, summed for charts."""

from collections.abc import Mapping, Sequence

from consentry.store.driver import Driver
from consentry.tallies import Count, Counted, CountKey, Grouping, Hourly

_ADD = (
    "INSERT INTO call_counts (deployment_id, hour, client_id, tool, slowest, calls, errors)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (deployment_id, hour, client_id, tool, slowest)"
    " DO UPDATE SET calls = call_counts.calls + excluded.calls, errors = call_counts.errors + excluded.errors"
)
# Clients choose the names of tools, and could call each by another: a page looks at so many rows, the newest.
MOST_LOOKED_AT = 50_000
_WITHIN = "(SELECT * FROM call_counts WHERE deployment_id = $1 AND hour >= $2 ORDER BY hour DESC LIMIT $3) c"
_COLUMNS: Mapping[Grouping, str] = {"tool": "tool", "client": "client_id"}

SWEEP_COUNTS = (
    "DELETE FROM call_counts WHERE (deployment_id, hour, client_id, tool, slowest) IN"
    " (SELECT deployment_id, hour, client_id, tool, slowest FROM call_counts WHERE hour <= $1 LIMIT $2)"
)


class CountVerbs:
    db: Driver

    async def add_counts(self, counts: Mapping[CountKey, Count]) -> None:
        """In the order of their keys, or two who write at once might each wait for the other."""
        if counts:
            await self.db.many(_ADD, [(*key, *counts[key]) for key in sorted(counts)])

    async def sum_hours(self, deployment_id: str, since: int) -> Sequence[Hourly]:
        rows = await self.db.all(
            f"SELECT c.hour, c.slowest, SUM(c.calls), SUM(c.errors) FROM {_WITHIN} GROUP BY c.hour, c.slowest",
            deployment_id,
            since,
            MOST_LOOKED_AT,
        )
        return [Hourly(row[0], row[1], int(row[2]), int(row[3])) for row in rows]

    async def sum_by(self, grouping: Grouping, deployment_id: str, since: int, most: int) -> Sequence[Counted]:
        """Those with the most calls."""
        column = _COLUMNS[grouping]
        rows = await self.db.all(
            f"SELECT c.{column}, c.slowest, SUM(c.calls), SUM(c.errors) FROM {_WITHIN} WHERE c.{column} IN"
            f" (SELECT c.{column} FROM {_WITHIN} GROUP BY c.{column} ORDER BY SUM(c.calls) DESC, c.{column} LIMIT $4)"
            f" GROUP BY c.{column}, c.slowest",
            deployment_id,
            since,
            MOST_LOOKED_AT,
            most,
        )
        return [Counted(row[0], row[1], int(row[2]), int(row[3])) for row in rows]
