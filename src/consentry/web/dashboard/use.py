"""/dashboard/deployments/{slug}/use: calls, errors and latency in charts and tables; what is left of the plan."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from starlette.responses import Response

from consentry.limits.quota import Plan, Usage, Window
from consentry.limits.windows import left
from consentry.tallies import SPANS_MS, Sum
from consentry.web import counted
from consentry.web.counted import Found
from consentry.web.dashboard.visiting import Visit
from consentry.web.pages import chart, words
from consentry.web.pages.chart import Bar
from consentry.web.pages.use_views import Figure, Span, UseLine, UsePage, WindowLine
from consentry.web.site import Transaction

HALF, MOST = 50, 95
SPANS: dict[Span, str] = {"day": "Last day", "week": "Last week", "month": "Last month"}
WINDOWS: dict[Window, str] = {"hour": "Last hour", "month": "This calendar month (UTC)"}


async def show(visit: Visit) -> Response:
    """GET: of the last day, or as long as is asked for."""
    one, now = visit.deployment, visit.now
    asked = visit.request.query_params.get("span")
    span: Span = next((each for each in SPANS if each == asked), "day")

    async def work(tx: Transaction) -> Found:
        return await counted.find(tx, one, span, now)

    found = await visit.site.store.read(work)
    plan, slots = visit.site.plans.get(found.plan, visit.site.plans[None]), found.slots
    view = UsePage(
        deployment_name=one.name,
        back=visit.at(),
        plan=plan.name,
        own=one.owner_id == visit.account.id,
        windows=windows(plan, found.usage, now),
        spans=tuple((said, f"{visit.at('use')}?span={each}", each == span) for each, said in SPANS.items()),
        summary=summary([sum_ for _, sum_ in slots]),
        since=found.since,
        until=found.until,
        figures=figures(slots),
        tools=compared(found.tools),
        clients=compared([(found.names.get(client_id) or client_id, sum_) for client_id, sum_ in found.clients]),
        times=tuple((at, _line("", sum_)) for at, sum_ in slots),
    )
    return visit.show(view)


def windows(plan: Plan, usage: Usage, now: int) -> tuple[WindowLine, ...]:
    """What the plan allows, what is used of it, and when some comes back."""
    return tuple(WindowLine(WINDOWS[one.window], *one[1:]) for one in left(plan, usage, now))


def compared(sums: Sequence[tuple[str, Sum]]) -> tuple[UseLine, ...]:
    """Tools or applications, each with a bar for how often it is called and one for how long it takes."""
    calls, took = chart.top([_calls(one) for _, one in sums]), chart.top([_took(one) for _, one in sums])
    return tuple(
        replace(
            _line(name, one),
            calls_drawn=chart.line(_calls(one), calls),
            most_drawn=chart.line(_took(one), took),
        )
        for name, one in sums
    )


def _calls(one: Sum) -> Bar:
    return Bar(one.calls, one.errors, f"{words.counted(one.calls, 'call')}, {words.counted(one.errors, 'error')}")


def _took(one: Sum) -> Bar:
    half, most = one.within_ms(HALF), one.within_ms(MOST)
    said = f"half {latency(half)}, 95 in 100 {latency(most)}" if one.calls else "no call"
    return Bar(most or 0, half or 0, said)


def figures(times: Sequence[tuple[int, Sum]]) -> tuple[Figure, ...]:
    """The charts: how many, and how long they took."""
    slots = [one for _, one in times]
    begins = [f"{datetime.fromtimestamp(at, UTC):%-d %B, %H:%M} UTC" for at, _ in times]
    calls, took = (
        [bar._replace(said=f"{at}: {bar.said}") for at, bar in zip(begins, map(drawn, slots), strict=True)]
        for drawn in (_calls, _took)
    )
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
