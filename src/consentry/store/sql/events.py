"""Events: appended in the transaction that they tell of."""

import json

from consentry.audit import GRAVE, Event
from consentry.store.driver import Driver, Row
from consentry.store.sql.rows import EVENTS

_EVENT = ", ".join(EVENTS.columns)

_TO_TELL = (
    f"SELECT e.id, {', '.join(f'e.{column}' for column in EVENTS.columns)} FROM events e"
    f" WHERE e.name IN ({', '.join(repr(name) for name in GRAVE)}) AND e.at > $1"
    " AND NOT EXISTS (SELECT 1 FROM told_events t WHERE t.event_id = e.id) ORDER BY e.at, e.id LIMIT $2"
)


class EventVerbs:
    db: Driver

    async def add_event(self, event: Event) -> None:
        await self.db.run(EVENTS.insert, *EVENTS.row(event))

    async def list_events(self, *, grant_id: str | None = None, most: int = 1000) -> list[Event]:
        """The newest, oldest first."""
        if grant_id is None:
            rows = await self.db.all(f"SELECT {_EVENT} FROM events ORDER BY id DESC LIMIT $1", most)
        else:
            rows = await self.db.all(
                f"SELECT {_EVENT} FROM events WHERE grant_id = $1 ORDER BY id DESC LIMIT $2", grant_id, most
            )
        return [_event(row) for row in reversed(rows)]

    async def list_events_to_tell(self, since: int, most: int) -> list[tuple[int, Event]]:
        """Grave ones that no letter was written about, with their numbers, oldest first."""
        rows = await self.db.all(_TO_TELL, since, most)
        return [(row[0], _event(row[1:])) for row in rows]

    async def mark_told(self, number: int, at: int) -> bool:
        """True for exactly one caller."""
        sql = "INSERT INTO told_events (event_id, at) VALUES ($1, $2) ON CONFLICT (event_id) DO NOTHING"
        return await self.db.run(sql, number, at) == 1


def _event(row: Row) -> Event:
    return Event(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], json.loads(row[8]))
