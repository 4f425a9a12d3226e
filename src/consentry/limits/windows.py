"""What is left of a plan in each of its windows: for pages, programs and whoever asks."""

from typing import NamedTuple

from consentry.limits import quota
from consentry.limits.quota import Plan, Usage, Window


class Left(NamedTuple):
    """How many calls the window allows (None: any number), how many are made, when (epoch seconds) the next come back;
    None where none are out."""

    window: Window
    limit: int | None
    made: int
    remaining: int | None = None
    returns_at: int | None = None


def this_month(usage: Usage | None, now: int) -> int:
    """Calls of the calendar month (UTC)."""
    return quota.count(usage, 0, now).month_calls if usage else 0


def left(plan: Plan, usage: Usage, now: int) -> tuple[Left, Left]:
    """Of the rolling hour, and of the calendar month (UTC)."""
    usage = quota.count(usage, 0, now)
    standings = {standing.window: standing for standing in quota.standings(usage, plan, now)}

    def of(window: Window, made: int) -> Left:
        standing = standings.get(window)
        if standing is None:
            return Left(window, None, made)
        return Left(window, standing.limit, made, standing.remaining, standing.resets_at if made else None)

    return of("hour", sum(calls for _, calls in usage.minutes)), of("month", usage.month_calls)
