"""The log of calls: written in batches, read from its end."""

from collections.abc import Sequence

from consentry.calls import Call, Names
from consentry.store.driver import Driver, Row

Logged = tuple[int, Call, Names]
"""With its id."""

_COLUMNS = ", ".join(Call._fields)
_PLACES = ", ".join(f"${number}" for number in range(1, len(Call._fields) + 1))
_INSERT = f"INSERT INTO calls ({_COLUMNS}) VALUES ({_PLACES})"
_LOGGED = (
    f"SELECT c.id, d.slug, a.email, k.name, {', '.join(f'c.{name}' for name in Call._fields)} FROM calls c"
    " LEFT JOIN deployments d ON d.id = c.deployment_id LEFT JOIN accounts a ON a.id = c.account_id"
    " LEFT JOIN clients k ON k.id = c.client_id"
)

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

    async def list_calls_after(self, last: int, deployment_id: str | None, most: int) -> list[Logged]:
        """Those that were written after the one with that id, oldest first."""
        sql = f"{_LOGGED} WHERE c.id > $1 AND (CAST($2 AS TEXT) IS NULL OR c.deployment_id = $2) ORDER BY c.id LIMIT $3"
        return [_logged(row) for row in await self.db.all(sql, last, deployment_id, most)]


def _logged(row: Row) -> Logged:
    return row[0], Call(*row[4:]), Names(*row[1:4])
