"""Events: appended in the transaction that they tell of."""

import json

from consentry.audit import Event
from consentry.store.driver import Driver, Row
from consentry.store.sql.rows import EVENTS

_EVENT = ", ".join(EVENTS.columns)


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


def _event(row: Row) -> Event:
    return Event(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], json.loads(row[8]))
