"""/dashboard/deployments/{slug}/use: calls, errors and latency in charts and tables; what is left of the plan."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from consentry import tallies
from consentry.limits import quota
from consentry.limits.quota import Plan, Usage
from consentry.tallies import HOUR_SECONDS, SPANS_MS, Counted, Hourly, Sum
from consentry.web.dashboard.visiting import Visit
from consentry.web.pages import chart, words
from consentry.web.pages.chart import Bar
from consentry.web.pages.use_views import Figure, Span, UseLine, UsePage, WindowLine
from consentry.web.site import Transaction

MOST_NAMED = 50
MOST_CALLERS = 1_000
HALF, MOST = 50, 95
# Words, how many slots, and how many hours each is.
SPANS: dict[Span, tuple[str, int, int]] = {
    "day": ("Last day", 24, 1),
    "week": ("Last week", 28, 6),
    "month": ("Last month", 30, 24),
}


@dataclass(frozen=True, slots=True)
class _Found:
    """What the page is made of."""

    plan: str | None
    usage: Usage
    hours: Sequence[Hourly]
    tools: Sequence[Counted]
    clients: Sequence[Counted]
    names: dict[str, str | None]


async def show(visit: Visit) -> Response:
    """GET: of the last day, or as long as is asked for."""
    one, now = visit.deployment, visit.now
    asked = visit.request.query_params.get("span")
    span: Span = next((each for each in SPANS if each == asked), "day")
    _, number, hours = SPANS[span]
    until = now - now % HOUR_SECONDS + HOUR_SECONDS
    since = until - number * hours * HOUR_SECONDS

    async def work(tx: Transaction) -> _Found:
        return _Found(
            await tx.find_plan(one.owner_id),
            await tx.find_usage(one.owner_id) or Usage(),
            await tx.sum_hours(one.id, since),
            await tx.sum_by("tool", one.id, since, MOST_NAMED),
            await tx.sum_by("client", one.id, since, MOST_NAMED),
            dict(await tx.list_callers(one.id, MOST_CALLERS)),
        )

    found = await visit.site.store.read(work)
    plan = visit.site.plans.get(found.plan, visit.site.plans[None])
    slots = tallies.slots(found.hours, since, hours * HOUR_SECONDS, number)
    tools, clients = tallies.sums(found.tools), tallies.sums(found.clients)
    view = UsePage(
        deployment_name=one.name,
        back=visit.at(),
        plan=plan.name,
        own=one.owner_id == visit.account.id,
        windows=windows(plan, found.usage, now),
        spans=tuple((said, f"{visit.at('use')}?span={each}", each == span) for each, (said, _, _) in SPANS.items()),
        summary=summary([sum_ for _, sum_ in slots]),
        since=since,
        until=min(until, now),
        figures=figures([sum_ for _, sum_ in slots]),
        tools=tuple(_line(name, sum_) for name, sum_ in tools),
        clients=tuple(_line(found.names.get(client_id) or client_id, sum_) for client_id, sum_ in clients),
        times=tuple((at, _line("", sum_)) for at, sum_ in slots),
    )
    return visit.show(view)


def windows(plan: Plan, usage: Usage, now: int) -> tuple[WindowLine, ...]:
    """What the plan allows, what is used of it, and when some comes back."""
    usage = quota.count(usage, 0, now)
    standings = {standing.window: standing for standing in quota.standings(usage, plan, now)}
    made = {"hour": sum(calls for _, calls in usage.minutes), "month": usage.month_calls}
    lines = []
    for window, said in (("hour", "Last hour"), ("month", "This calendar month (UTC)")):
        standing = next((each for name, each in standings.items() if name == window), None)
        lines.append(
            WindowLine(
                said, standing.limit, made[window], standing.remaining, standing.resets_at if made[window] else None
            )
            if standing
            else WindowLine(said, None, made[window])
        )
    return tuple(lines)


def figures(slots: Sequence[Sum]) -> tuple[Figure, ...]:
    """The charts: how many, and how long they took."""
    calls = [Bar(one.calls, one.errors) for one in slots]
    took = [Bar(one.within_ms(MOST) or 0, one.within_ms(HALF) or 0) for one in slots]
    return (
        Figure(
            "Calls and errors",
            chart.bars(calls, f"Calls and errors over time. {summary(slots)} The numbers are in the table by time."),
            words.counted(chart.top(calls), "call"),
            "Calls",
            "Errors",
        ),
        Figure(
            "Latency",
            chart.bars(took, "Latency over time: of half of the calls, and of 95 in 100. See the table by time."),
            latency(chart.top(took) or None),
            "95 in 100 calls",
            "Half of the calls",
        ),
    )


def summary(slots: Sequence[Sum]) -> str:
    """The whole in a sentence."""
    calls, errors = sum(one.calls for one in slots), sum(one.errors for one in slots)
    if not calls:
        return "No tool was called."
    return f"{words.counted(calls, 'call')} of tools, {errors} of them answered by an error."


def latency(within_ms: int | None) -> str:
    """As in "at most 250 ms"."""
    if within_ms is None:
        return "none"
    if within_ms >= SPANS_MS[-1]:
        return "over 30 s"
    return f"at most {within_ms} ms" if within_ms < 1000 else f"at most {within_ms / 1000:g} s"


def _line(name: str, one: Sum) -> UseLine:
    return UseLine(name, one.calls, one.errors, latency(one.within_ms(HALF)), latency(one.within_ms(MOST)))
