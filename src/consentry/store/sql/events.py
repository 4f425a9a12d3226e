"""Events: appended in the transaction that they tell of."""

import json

from consentry.audit import GRAVE, SUSPICIOUS, Event
from consentry.calls import Mark, Names, Sought
from consentry.store.driver import Driver, Row
from consentry.store.sql.rows import EVENTS

NEWEST = 1 << 53
"""A later time, and a larger number, than any."""

LoggedEvent = tuple[int, Event, Names]
"""With its id."""

_EVENT = ", ".join(EVENTS.columns)
_LOGGED = (
    f"SELECT e.id, d.slug, a.email, k.name, {', '.join(f'e.{name}' for name in EVENTS.columns)} FROM events e"
    " LEFT JOIN deployments d ON d.id = e.deployment_id LEFT JOIN accounts a ON a.id = e.account_id"
    " LEFT JOIN clients k ON k.id = e.client_id"
)

# As with calls: a search is bounded by what it looks at.
MOST_LOOKED_AT = 5_000

_PAGE = "FROM events WHERE deployment_id = $1 AND id < $2 ORDER BY id DESC"
_SEARCH = (
    f"{_LOGGED.replace('FROM events e', f'FROM (SELECT * {_PAGE} LIMIT $3) e')}"
    " WHERE e.at >= $4 AND e.at < $5 AND (CAST($6 AS TEXT) IS NULL OR e.client_id = $6)"
)
_SUSPICIOUS = f" AND e.name IN ({', '.join(repr(name) for name in sorted(SUSPICIOUS))})"

_TO_TELL = (
    f"SELECT e.id, {', '.join(f'e.{column}' for column in EVENTS.columns)} FROM events e"
    f" WHERE e.name IN ({', '.join(repr(name) for name in GRAVE)}) AND e.at > $1"
    " AND NOT EXISTS (SELECT 1 FROM told_events t WHERE t.event_id = e.id) ORDER BY e.at, e.id LIMIT $2"
)

# A refresh stands in no index by grant, since nearly all that is written are refreshes (ADR 38): those of a grant are
# found among what happened to its account.
_OF_GRANT = (
    f"SELECT id, {_EVENT} FROM events WHERE grant_id = $1 AND name <> 'grant:token:refreshed'"
    f" UNION ALL SELECT id, {_EVENT} FROM events WHERE account_id = (SELECT account_id FROM grants WHERE id = $1)"
    " AND grant_id = $1 AND name = 'grant:token:refreshed' ORDER BY id DESC LIMIT $2"
)

# In the order in which they were written: that takes no index.
SWEEP_EVENTS = (
    "DELETE FROM events WHERE id IN"
    " (SELECT e.id FROM (SELECT id, at FROM events ORDER BY id LIMIT $2) e WHERE e.at <= $1)"
)


class EventVerbs:
    db: Driver

    async def add_event(self, event: Event) -> None:
        await self.db.run(EVENTS.insert, *EVENTS.row(event))

    async def list_events(self, *, grant_id: str | None = None, most: int = 1000) -> list[Event]:
        """The newest, oldest first."""
        if grant_id is None:
            rows = await self.db.all(f"SELECT id, {_EVENT} FROM events ORDER BY id DESC LIMIT $1", most)
        else:
            rows = await self.db.all(_OF_GRANT, grant_id, most)
        return [_event(row[1:]) for row in reversed(rows)]

    async def list_account_events(self, account_id: str, most: int) -> list[Event]:
        """Of one account: the newest, oldest first."""
        sql = f"SELECT {_EVENT} FROM events WHERE account_id = $1 ORDER BY id DESC LIMIT $2"
        return [_event(row) for row in reversed(await self.db.all(sql, account_id, most))]

    async def list_events_to_tell(self, since: int, most: int) -> list[tuple[int, Event]]:
        """Grave ones that no letter was written about, with their numbers, oldest first."""
        rows = await self.db.all(_TO_TELL, since, most)
        return [(row[0], _event(row[1:])) for row in rows]

    async def mark_told(self, number: int, at: int) -> bool:
        """True for exactly one caller."""
        sql = "INSERT INTO told_events (event_id, at) VALUES ($1, $2) ON CONFLICT (event_id) DO NOTHING"
        return await self.db.run(sql, number, at) == 1

    async def list_logged_events(self, deployment_id: str | None, most: int) -> list[LoggedEvent]:
        """The newest of one deployment or of all, oldest first."""
        if deployment_id is None:
            rows = await self.db.all(f"{_LOGGED} ORDER BY e.id DESC LIMIT $1", most)
        else:
            of_one = f"{_LOGGED} WHERE e.deployment_id = $1 ORDER BY e.id DESC LIMIT $2"
            rows = await self.db.all(of_one, deployment_id, most)
        return [_logged(row) for row in reversed(rows)]

    async def search_events(
        self, deployment_id: str, sought: Sought, before: Mark | None, most: int, looked_at: int = MOST_LOOKED_AT
    ) -> tuple[list[LoggedEvent], Mark | None]:
        """The newest first, and where to go on; None: nothing is left. A page may hold fewer than `most`, or none."""
        within = (deployment_id, NEWEST if before is None else before.number)
        sql = f"{_SEARCH}{_SUSPICIOUS if sought.failed else ''} ORDER BY e.id DESC LIMIT $7"
        until = NEWEST if sought.until is None else sought.until
        rows = await self.db.all(sql, *within, looked_at, sought.since, until, sought.client_id, most + 1)
        if len(rows) > most:
            number, event, _ = _logged(rows[most - 1])
            return [_logged(row) for row in rows[:most]], Mark(event.at, number)
        last = await self.db.one(f"SELECT at, id {_PAGE} LIMIT 1 OFFSET $3", *within, looked_at - 1)
        more = last is not None and last[0] >= sought.since
        return [_logged(row) for row in rows], Mark(last[0], last[1]) if last and more else None

    async def list_activity(self, account_id: str, before: int | None, most: int) -> list[LoggedEvent]:
        """What happened to an account and to the deployments that it owns now: the newest first, with its number."""
        owned = await self.db.all("SELECT id FROM deployments WHERE owner_id = $1 ORDER BY id", account_id)
        found: set[int] = set()
        for column, value in (("account_id", account_id), *(("deployment_id", row[0]) for row in owned)):
            newest = f"SELECT id FROM events WHERE {column} = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
            found.update(row[0] for row in await self.db.all(newest, value, before or NEWEST, most))
        chosen = sorted(found, reverse=True)[:most]
        places = ", ".join(f"${number}" for number in range(1, len(chosen) + 1))
        if not chosen:
            return []
        rows = await self.db.all(f"{_LOGGED} WHERE e.id IN ({places}) ORDER BY e.id DESC", *chosen)
        return [_logged(row) for row in rows]

    async def list_events_after(self, last: int, deployment_id: str | None, most: int) -> list[LoggedEvent]:
        """Those that were written after the one with that id, oldest first."""
        sql = f"{_LOGGED} WHERE e.id > $1 AND (CAST($2 AS TEXT) IS NULL OR e.deployment_id = $2) ORDER BY e.id LIMIT $3"
        return [_logged(row) for row in await self.db.all(sql, last, deployment_id, most)]


def _logged(row: Row) -> LoggedEvent:
    return row[0], _event(row[4:]), Names(*row[1:4])


def _event(row: Row) -> Event:
    return Event(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], json.loads(row[8]))
