"""The log of calls: written in batches, read from its end."""

from collections.abc import Sequence

from consentry.calls import Call, Mark, Names, Sought
from consentry.store.driver import Driver, Row

Logged = tuple[int, Call, Names]
"""With its id."""

NEWEST = 1 << 53
"""Later than any time."""

_COLUMNS = ", ".join(Call._fields)
_PLACES = ", ".join(f"${number}" for number in range(1, len(Call._fields) + 1))
_INSERT = f"INSERT INTO calls ({_COLUMNS}) VALUES ({_PLACES})"
_LOGGED = (
    f"SELECT c.id, d.slug, a.email, k.name, {', '.join(f'c.{name}' for name in Call._fields)} FROM calls c"
    " LEFT JOIN deployments d ON d.id = c.deployment_id LEFT JOIN accounts a ON a.id = c.account_id"
    " LEFT JOIN clients k ON k.id = c.client_id"
)

# A search looks at so many lines and no more, and keeps nobody waiting: whoever seeks what is rare goes on from there.
MOST_LOOKED_AT = 5_000

_PAGE = "FROM calls WHERE deployment_id = $1 AND at >= $2 AND (at, id) < ($3, $4) ORDER BY at DESC, id DESC"
_SEARCH = (
    f"{_LOGGED.replace('FROM calls c', f'FROM (SELECT * {_PAGE} LIMIT $5) c')}"
    " WHERE (CAST($6 AS TEXT) IS NULL OR c.client_id = $6) AND (CAST($7 AS TEXT) IS NULL OR c.tool = $7)"
    " AND c.status BETWEEN $8 AND $9 ORDER BY c.at DESC, c.id DESC LIMIT $10"
)
HIGHEST_STATUS = 999
FIRST_ERROR = 400

# Only the oldest are looked at, by their number: that takes no index.
SWEEP_CALLS = (
    "DELETE FROM calls WHERE id IN"
    " (SELECT c.id FROM (SELECT id, at FROM calls ORDER BY id LIMIT $2) c WHERE c.at <= $1)"
)


class CallVerbs:
    db: Driver

    async def add_calls(self, calls: Sequence[Call]) -> None:
        await self.db.many(_INSERT, calls)

    async def list_calls(self, deployment_id: str | None, most: int) -> list[Logged]:
        """The newest of one deployment or of all, oldest first."""
        if deployment_id is None:
            rows = await self.db.all(f"{_LOGGED} ORDER BY c.id DESC LIMIT $1", most)
        else:
            of_one = f"{_LOGGED} WHERE c.deployment_id = $1 ORDER BY c.at DESC, c.id DESC LIMIT $2"
            rows = await self.db.all(of_one, deployment_id, most)
        return [_logged(row) for row in reversed(rows)]

    async def search_calls(
        self, deployment_id: str, sought: Sought, before: Mark | None, most: int, looked_at: int = MOST_LOOKED_AT
    ) -> tuple[list[Logged], Mark | None]:
        """The newest first, and where to go on; None: nothing is left. A page may hold fewer than `most`, or none."""
        until = Mark(NEWEST if sought.until is None else sought.until, 0)
        within = (deployment_id, sought.since, *min(until, before or until))
        lowest = FIRST_ERROR if sought.failed else 0
        statuses = (lowest, HIGHEST_STATUS) if sought.status is None else (max(lowest, sought.status), sought.status)
        rows = await self.db.all(_SEARCH, *within, looked_at, sought.client_id, sought.tool, *statuses, most + 1)
        if len(rows) > most:
            number, call, _ = _logged(rows[most - 1])
            return [_logged(row) for row in rows[:most]], Mark(call.at, number)
        last = await self.db.one(f"SELECT at, id {_PAGE} LIMIT 1 OFFSET $5", *within, looked_at - 1)
        return [_logged(row) for row in rows], Mark(last[0], last[1]) if last else None

    async def list_calls_after(self, last: int, deployment_id: str | None, most: int) -> list[Logged]:
        """Those that were written after the one with that id, oldest first."""
        sql = f"{_LOGGED} WHERE c.id > $1 AND (CAST($2 AS TEXT) IS NULL OR c.deployment_id = $2) ORDER BY c.id LIMIT $3"
        return [_logged(row) for row in await self.db.all(sql, last, deployment_id, most)]


def _logged(row: Row) -> Logged:
    return row[0], Call(*row[4:]), Names(*row[1:4])
