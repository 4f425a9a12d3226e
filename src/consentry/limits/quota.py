"""What a plan allows in a rolling hour and a calendar month, and what of it is used (ADR 26)."""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, NamedTuple

MINUTE_SECONDS = 60
HOUR_SECONDS = 3600
# A lease is a sixteenth of what is left, so that what one process holds unused keeps little from the others.
LEASED_PART = 16
MOST_LEASED = 1000

Window = Literal["hour", "month"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How many tool calls an account's deployments may take together; None is no limit."""

    name: str
    per_hour: int | None = None
    per_month: int | None = None
    limited: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "limited", self.per_hour is not None or self.per_month is not None)

    def holds(self, calls: int) -> bool:
        """Whether so many can ever be made at once."""
        return all(limit is None or calls <= limit for limit in (self.per_hour, self.per_month))


UNLIMITED = Plan("unlimited")


@dataclass(frozen=True, slots=True)
class Usage:
    """An account's calls: those of the UTC month that began at `month`, and the last hour's by their minute.

    Times are epoch seconds; a minute is named by its first. Calls that are leased count as made.
    """

    month: int = 0
    month_calls: int = 0
    minutes: tuple[tuple[int, int], ...] = ()


class Standing(NamedTuple):
    """The window of a plan that is nearest to its end, and when (epoch seconds) the next of its calls come back."""

    window: Window
    limit: int
    remaining: int
    resets_at: int


@dataclass(frozen=True, slots=True)
class Exhausted:
    """There is no room for so many calls before `resets_at`; None: there never is, the plan is smaller than that."""

    window: Window
    limit: int
    remaining: int
    resets_at: int | None


@dataclass(frozen=True, slots=True)
class Lease:
    """`calls` that may be made within the minute that began at `minute`; `standing` is what stays beside them."""

    minute: int
    calls: int
    standing: Standing


def minute_of(now: int) -> int:
    """When the minute began."""
    return now - now % MINUTE_SECONDS


def month_of(now: int) -> int:
    """When the calendar month began, in UTC."""
    begun = datetime.fromtimestamp(now, UTC).replace(day=1, hour=0, minute=0, second=0)
    return int(begun.timestamp())


def month_after(month: int) -> int:
    """When the month after the one that began then begins."""
    return month_of(month + 32 * 24 * HOUR_SECONDS)


def count(usage: Usage, calls: int, now: int) -> Usage:
    """The same with so many calls more, made in this minute; what has left both windows is forgotten.

    Processes' clocks differ: what one of them counted a moment ahead of us stays.
    """
    month = max(month_of(now), usage.month)
    before = usage.month_calls if month == usage.month else 0
    minutes = {minute: made for minute, made in usage.minutes if _leaves_at(minute) > now}
    if calls:
        minute = minute_of(now)
        minutes[minute] = minutes.get(minute, 0) + calls
    return Usage(month, before + calls, tuple(sorted(minutes.items())))


def give_back(usage: Usage, minute: int, calls: int) -> Usage:
    """The same without so many calls that were leased in that minute and never made."""
    month_calls = usage.month_calls - calls if usage.month == month_of(minute) else usage.month_calls
    minutes = ((each, max(made - calls, 0) if each == minute else made) for each, made in usage.minutes)
    return Usage(usage.month, max(month_calls, 0), tuple((each, made) for each, made in minutes if made))


def lease(usage: Usage, plan: Plan, wanted: int, now: int) -> tuple[Usage, Lease | Exhausted]:
    """Room for as many calls as are wanted, and some more where there is plenty; or why there is none.

    A lease ends with its minute. So a call is never made later than it is counted, and no hour and no month ever holds
    more calls than the plan allows, whatever becomes of those who lease.
    """
    usage = count(usage, 0, now)
    if exhausted := _check(usage, plan, wanted):
        return usage, exhausted
    room = _standing(usage, plan, now).remaining
    calls = max(wanted, min(room // LEASED_PART, MOST_LEASED)) if wanted else 0
    usage = count(usage, calls, now)
    return usage, Lease(minute_of(now), calls, _standing(usage, plan, now))


def _check(usage: Usage, plan: Plan, wanted: int) -> Exhausted | None:
    """The window that keeps the calls waiting longest."""
    if not wanted:
        return None
    hour = _check_hour(usage, plan.per_hour, wanted) if plan.per_hour is not None else None
    month = _check_month(usage, plan.per_month, wanted) if plan.per_month is not None else None
    if hour is None or month is None:
        return hour or month
    return max(hour, month, key=lambda each: math.inf if each.resets_at is None else each.resets_at)


def _check_month(usage: Usage, limit: int, wanted: int) -> Exhausted | None:
    left = limit - usage.month_calls
    if wanted <= left:
        return None
    return Exhausted("month", limit, max(left, 0), month_after(usage.month) if wanted <= limit else None)


def _check_hour(usage: Usage, limit: int, wanted: int) -> Exhausted | None:
    left = limit - sum(made for _, made in usage.minutes)
    if wanted <= left:
        return None
    return Exhausted("hour", limit, max(left, 0), _back_at(usage, wanted - left) if wanted <= limit else None)


def _back_at(usage: Usage, calls: int) -> int:
    """When so many of the hour's calls are out of it."""
    for minute, made in usage.minutes:
        calls -= made
        if calls <= 0:
            return _leaves_at(minute)
    raise ValueError("there are not so many calls in this hour")


def standings(usage: Usage, plan: Plan, now: int) -> list[Standing]:
    """Of each window that the plan limits."""
    standings = []
    if plan.per_hour is not None:
        made = sum(made for _, made in usage.minutes)
        first = usage.minutes[0][0] if usage.minutes else minute_of(now)
        standings.append(Standing("hour", plan.per_hour, max(plan.per_hour - made, 0), _leaves_at(first)))
    if plan.per_month is not None:
        remaining = max(plan.per_month - usage.month_calls, 0)
        standings.append(Standing("month", plan.per_month, remaining, month_after(usage.month)))
    return standings


def _standing(usage: Usage, plan: Plan, now: int) -> Standing:
    """Of a limited plan."""
    return min(standings(usage, plan, now), key=lambda standing: standing.remaining)


def _leaves_at(minute: int) -> int:
    """A call of its last second is an hour old then."""
    return minute + MINUTE_SECONDS + HOUR_SECONDS
