"""A demo MCP server that keeps sessions: reminders in memory, and one slow tool that reports its progress."""

import argparse
from datetime import date
from typing import Annotated

import anyio
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field
from starlette.applications import Starlette

from consentry.demo.serving import PATH, add_place_arguments, place_of, serve

MOST_REMINDERS = 1000
MOST_CHARACTERS = 500
LONGEST_PLAN_SECONDS = 60
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")

READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
COMPLETES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
DELETES = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)


class Reminder(BaseModel):
    """One reminder."""

    id: int
    text: str
    due: date | None = Field(default=None, description="The day it is due, if it has one")
    completed: bool = False


class Reminders(BaseModel):
    """A list of reminders, those due first at the top."""

    reminders: list[Reminder]


class Day(BaseModel):
    """What a plan puts on one day."""

    day: str
    reminders: list[str]


class Week(BaseModel):
    """A plan for the working week."""

    days: list[Day]


ReminderId = Annotated[int, Field(description="The reminder's id, as list_reminders shows it")]


class Book:
    """The reminders of this process; they are gone when it ends."""

    def __init__(self) -> None:
        self._kept: dict[int, Reminder] = {}
        self._last_id = 0

    def add(self, text: str, due: date | None) -> Reminder:
        """Keeps a new reminder; ToolError when the book is full."""
        if len(self._kept) >= MOST_REMINDERS:
            raise ToolError(f"There are already {MOST_REMINDERS} reminders; delete_reminder makes room")
        self._last_id += 1
        reminder = Reminder(id=self._last_id, text=text, due=due)
        self._kept[reminder.id] = reminder
        return reminder

    def in_order(self, include_completed: bool) -> list[Reminder]:
        """Those due first at the top, those without a day at the end."""
        wanted = [kept for kept in self._kept.values() if include_completed or not kept.completed]
        return sorted(wanted, key=lambda reminder: (reminder.due or date.max, reminder.id))

    def complete(self, reminder_id: int) -> Reminder:
        """Marks it as done; done twice is done once."""
        completed = self._find(reminder_id).model_copy(update={"completed": True})
        self._kept[reminder_id] = completed
        return completed

    def delete(self, reminder_id: int) -> Reminder:
        """Takes it out for good, and shows what was taken out."""
        found = self._find(reminder_id)
        del self._kept[reminder_id]
        return found

    def _find(self, reminder_id: int) -> Reminder:
        if reminder_id not in self._kept:
            raise ToolError(f"There is no reminder {reminder_id}; list_reminders shows those there are")
        return self._kept[reminder_id]


def plan(open_reminders: list[Reminder]) -> Week:
    """Spreads reminders evenly over the week, those due first on the first days."""
    per_day, more = divmod(len(open_reminders), len(WEEKDAYS))
    days, start = [], 0
    for number, name in enumerate(WEEKDAYS):
        end = start + per_day + (number < more)
        days.append(Day(day=name, reminders=[reminder.text for reminder in open_reminders[start:end]]))
        start = end
    return Week(days=days)


def server() -> MCPServer:
    """A reminders server with an empty book."""
    book = Book()
    mcp = MCPServer(
        "reminders",
        title="Reminders (demo)",
        instructions="Keeps reminders for as long as the demo runs. plan_week is slow and reports progress.",
        version="1.0.0",
        log_level="WARNING",
    )

    @mcp.tool(title="Add a reminder", annotations=ADDS)
    async def add_reminder(
        text: Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS, description="What to be reminded of")],
        due: Annotated[date | None, Field(description="The day it is due, as in 2026-12-24")] = None,
    ) -> Reminder:
        """Adds a reminder and answers with its id."""
        return book.add(text, due)

    @mcp.tool(title="List reminders", annotations=READS)
    async def list_reminders(
        include_completed: Annotated[bool, Field(description="Also those already completed")] = False,
    ) -> Reminders:
        """Lists the reminders, those due first at the top."""
        return Reminders(reminders=book.in_order(include_completed))

    @mcp.tool(title="Complete a reminder", annotations=COMPLETES)
    async def complete_reminder(id: ReminderId) -> Reminder:  # noqa: A002 - it is the tool's parameter
        """Marks a reminder as completed; it stays in the list of completed ones."""
        return book.complete(id)

    @mcp.tool(title="Delete a reminder", annotations=DELETES)
    async def delete_reminder(id: ReminderId) -> Reminder:  # noqa: A002 - it is the tool's parameter
        """Deletes a reminder for good and answers with what was deleted."""
        return book.delete(id)

    @mcp.tool(title="Plan the week", annotations=READS)
    async def plan_week(
        ctx: Context,
        seconds: Annotated[
            float, Field(ge=0, le=LONGEST_PLAN_SECONDS, description="How long to take, in seconds")
        ] = 2.5,
    ) -> Week:
        """Spreads the open reminders over the working week, day by day, reporting progress after each day."""
        week = plan(book.in_order(include_completed=False))
        for number, day in enumerate(week.days, start=1):
            await anyio.sleep(seconds / len(week.days))
            await ctx.report_progress(number, len(week.days), f"{day.day}: {len(day.reminders)} planned")
        return week

    return mcp


def app() -> Starlette:
    """Streamable HTTP with sessions and SSE for revisions up to 2025-11-25, and 2026-07-28 beside it."""
    return server().streamable_http_app(
        streamable_http_path=PATH,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )


def main() -> None:
    """python -m consentry.demo.reminders --port N"""
    parser = argparse.ArgumentParser(prog="python -m consentry.demo.reminders", description=__doc__)
    add_place_arguments(parser)
    serve(app(), place_of(parser.parse_args()))


if __name__ == "__main__":
    main()
