"""How much a deployment's tools are called, by the hour: counted when calls are logged, summed for charts (ADR 36)."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Literal, NamedTuple, Protocol

from consentry.calls import Call

HOUR_SECONDS = 3600
TOOLS_CALL = "tools/call"
FIRST_ERROR = 400
# The spans that latencies are counted in, by their upper bounds in milliseconds; the last holds all that is slower.
SPANS_MS = (10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 300_000)

# What is told apart, read at once: most calls of a batch are alike.
_END = attrgetter("deployment_id", "at", "client_id", "method", "tool", "status", "milliseconds")

Grouping = Literal["tool", "client"]


class CountKey(NamedTuple):
    """What is counted together. `slowest` is one of the spans."""

    deployment_id: str
    hour: int
    client_id: str
    tool: str
    slowest: int


class Count(NamedTuple):
    """How many calls there were, and how many of them were answered by an error."""

    calls: int
    errors: int


class Counted(NamedTuple):
    """Calls of one tool or one client (by what `of` names) whose latency lies in one span."""

    of: str
    slowest: int
    calls: int
    errors: int


class Hourly(NamedTuple):
    """Calls of one span that ended in one hour."""

    hour: int
    slowest: int
    calls: int
    errors: int


@dataclass(frozen=True, slots=True)
class Sum:
    """Calls and errors, and how many calls lie in each span of latency."""

    calls: int = 0
    errors: int = 0
    spans: Mapping[int, int] = field(default_factory=dict)

    def plus(self, calls: int, errors: int, slowest: int) -> "Sum":
        spans = {**self.spans, slowest: self.spans.get(slowest, 0) + calls}
        return Sum(self.calls + calls, self.errors + errors, spans)

    def within_ms(self, percent: int) -> int | None:
        """So many of a hundred calls took no longer than this, the upper bound of a span; None without any."""
        needed, seen = -(-self.calls * percent // 100), 0
        for slowest in sorted(self.spans):
            seen += self.spans[slowest]
            if seen >= needed > 0:
                return slowest
        return None


class CountTransaction(Protocol):
    """What charts need of a transaction."""

    async def sum_hours(self, deployment_id: str, since: int) -> Sequence[Hourly]: ...

    async def sum_by(self, grouping: Grouping, deployment_id: str, since: int, most: int) -> Sequence[Counted]:
        """Those with the most calls."""
        ...


def counts(calls: Iterable[Call]) -> dict[CountKey, Count]:
    """What calls of tools add to the counts, in the order in which every process writes them."""
    made, failed = Counter[CountKey](), Counter[CountKey]()
    for (deployment_id, at, client_id, method, tool, status, milliseconds), number in Counter(map(_END, calls)).items():
        if method == TOOLS_CALL:
            key = CountKey(deployment_id, at - at % HOUR_SECONDS, client_id, tool, span(milliseconds))
            made[key] += number
            failed[key] += number * (status >= FIRST_ERROR)
    return {key: Count(made[key], failed[key]) for key in sorted(made)}


def span(milliseconds: int) -> int:
    """The upper bound of the span that it lies in."""
    return SPANS_MS[min(bisect_left(SPANS_MS, milliseconds), len(SPANS_MS) - 1)]


def sums(counted: Iterable[Counted]) -> list[tuple[str, Sum]]:
    """By tool or client, those with the most calls first."""
    found: dict[str, Sum] = {}
    for of, slowest, calls, errors in counted:
        found[of] = found.get(of, Sum()).plus(calls, errors, slowest)
    return sorted(found.items(), key=lambda one: (-one[1].calls, one[0]))


def slots(hours: Iterable[Hourly], since: int, seconds: int, number: int) -> list[tuple[int, Sum]]:
    """So many slots of so many seconds, the first beginning at `since`; those without calls too."""
    found = [Sum() for _ in range(number)]
    for hour, slowest, calls, errors in hours:
        slot = (hour - since) // seconds
        if 0 <= slot < number:
            found[slot] = found[slot].plus(calls, errors, slowest)
    return [(since + slot * seconds, one) for slot, one in enumerate(found)]
