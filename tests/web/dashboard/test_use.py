"""Use of a deployment: what is counted when calls are logged, and how it is drawn and told."""

from typing import get_args

import pytest

from consentry import tallies
from consentry.calls import Call
from consentry.limits.quota import UNLIMITED, Plan, Usage, month_after, month_of
from consentry.store.sql import Transaction
from consentry.tallies import Count, Counted, CountKey, Hourly, Sum
from consentry.web.dashboard.use import SPANS, compared, latency, summary, windows
from consentry.web.pages import chart
from consentry.web.pages.chart import Bar
from consentry.web.pages.use_views import Span
from tests.builders import HOUR, NOW
from tests.web.dashboard.conftest import Place
from tests.web.pages.reading import Reading

USE = "/dashboard/deployments/reminders/use"
CALL = Call(NOW, "req_1", "d_1", "account_1", "client_1", "tools/call", "remind", 200, 34, 120, 4321)


def test_calls_of_tools_are_counted_by_hour_client_tool_and_span_and_nothing_else_is() -> None:
    hour = NOW - NOW % HOUR
    calls = [
        CALL,
        CALL._replace(status=403, milliseconds=50),
        CALL._replace(milliseconds=51),
        CALL._replace(milliseconds=10**9, at=hour + HOUR),
        CALL._replace(method="tools/list", tool=""),
        CALL._replace(method="GET", tool=""),
    ]
    assert tallies.counts(calls) == {
        CountKey("d_1", hour, "client_1", "remind", 50): Count(2, 1),
        CountKey("d_1", hour, "client_1", "remind", 100): Count(1, 0),
        CountKey("d_1", hour + HOUR, "client_1", "remind", 300_000): Count(1, 0),
    }


def test_a_percentile_is_the_bound_of_its_span() -> None:
    one = Sum().plus(50, 0, 10).plus(45, 1, 100).plus(5, 5, 1000)
    assert (one.calls, one.errors) == (100, 6)
    assert [one.within_ms(percent) for percent in (50, 51, 95, 96, 100)] == [10, 100, 100, 1000, 1000]
    assert Sum().within_ms(50) is None
    assert Sum().plus(1, 0, 25).within_ms(1) == 25
    assert [latency(ms) for ms in (None, 250, 2_500, 300_000)] == [
        "none",
        "at most 250 ms",
        "at most 2.5 s",
        "over 30 s",
    ]


def test_slots_hold_their_hours_and_those_without_calls_are_there() -> None:
    hours = [Hourly(0, 10, 1, 0), Hourly(HOUR, 10, 2, 1), Hourly(2 * HOUR, 25, 4, 0), Hourly(9 * HOUR, 10, 8, 0)]
    found = tallies.slots(hours, 0, 2 * HOUR, 3)
    assert [(at, one.calls, one.errors) for at, one in found] == [(0, 3, 1), (2 * HOUR, 4, 0), (4 * HOUR, 0, 0)]
    assert tallies.sums([Counted("a", 10, 1, 0), Counted("b", 10, 1, 1), Counted("a", 25, 1, 0)]) == [
        ("a", Sum(2, 0, {10: 1, 25: 1})),
        ("b", Sum(1, 1, {10: 1})),
    ]
    assert set(SPANS) == set(get_args(Span))


def test_a_chart_is_as_high_as_its_largest_and_says_what_it_shows() -> None:
    drawn = Reading(chart.bars([Bar(0), Bar(50, 10), Bar(100_000)], 'a "label" <b>'))
    assert [rect["class"] for rect in drawn.all("rect")] == ["whole", "part", "whole"]
    heights = [float(rect["height"]) for rect in drawn.all("rect")]
    assert heights == [1.5, 1.5, 100.0]  # what is there at all can be seen
    assert drawn.all("svg")[0]["aria-label"] == 'a "label" <b>'
    assert not drawn.all("b")
    assert Reading(chart.bars([], "nothing")).all("rect") == []
    told = Reading(chart.bars([Bar(0, 0, "9:00: <no call>"), Bar(4, 0, "10:00: 4 calls")], "calls"))
    assert [rect["class"] for rect in told.all("rect")] == ["slot", "slot", "whole"]
    assert "9:00: <no call>" in told.text
    assert summary([Sum()]) == "No tool was called."
    assert summary([Sum(1, 0)]) == "1 call of tools, 0 of them answered by an error."


def test_tools_are_compared_by_bars_that_the_largest_fills_and_no_screen_reader_meets() -> None:
    often, seldom = Sum().plus(90, 0, 50).plus(10, 30, 1000), Sum().plus(1, 0, 10)
    drawn = [Reading(one.calls_drawn + one.most_drawn) for one in compared([("often", often), ("seldom", seldom)])]
    assert [[rect["width"] for rect in one.all("rect")] for one in drawn] == [
        ["100.0", "30.0", "100.0", "5.0"],
        ["1.0", "1.0", "1.0"],
    ]
    assert all(svg["aria-hidden"] == "true" for one in drawn for svg in one.all("svg"))
    assert compared([]) == ()


def test_what_is_left_of_a_plan_says_when_the_next_calls_come_back() -> None:
    minute = NOW - NOW % 60
    usage = Usage(month_of(NOW), 30, ((minute - 600, 4), (minute, 2)))
    hour, month = windows(Plan("free", 20, 1000), usage, NOW)
    assert (hour.limit, hour.made, hour.remaining, hour.returns_at) == (20, 6, 14, minute - 600 + 60 + HOUR)
    assert (month.limit, month.made, month.remaining, month.returns_at) == (1000, 30, 970, month_after(month_of(NOW)))
    assert [(line.limit, line.made) for line in windows(UNLIMITED, usage, NOW)] == [(None, 6), (None, 30)]
    assert windows(Plan("free", 20, None), Usage(), NOW)[0].returns_at is None
    late = windows(Plan("free", 20, 1000), usage, NOW + 2 * HOUR)
    assert (late[0].made, late[0].remaining) == (0, 20)


@pytest.mark.anyio
async def test_the_page_tells_tools_applications_and_the_plan(place: Place) -> None:
    now = place.here.clock()

    async def work(tx: Transaction) -> None:
        found = await tx.find_deployment_by_slug("reminders")
        assert found is not None
        calls = [CALL._replace(deployment_id=found.id, at=now - number * HOUR) for number in range(30)]
        calls += [CALL._replace(deployment_id="another", tool="of_another", at=now)]
        calls += [CALL._replace(deployment_id=found.id, tool="<b>", status=500, client_id="client_9", at=now)]
        await tx.add_counts(tallies.counts(calls))
        await tx.hold_usage("account_1")
        await tx.keep_usage("account_1", Usage(month_of(now), 77, ((now - now % 60, 3),)))

    await place.here.installation.store.write(work)
    day = await place.owner.open(USE)
    assert "25 calls of tools, 1 of them answered by an error." in day.text
    assert "client_9" in day.text
    assert "of_another" not in day.text
    assert "77 made, without a limit" in day.text
    assert [svg["class"] for svg in day.all("svg")] == ["chart"] * 2 + ["share"] * 8
    line = next(one for one in (await place.owner.open("/dashboard")).text.split("Deployment ") if "reminders" in one)
    assert "25 1 error" in line
    assert "31 calls of tools" in (await place.owner.open(f"{USE}?span=week")).text
    assert "31 calls of tools" in (await place.operator.open(f"{USE}?span=month")).text
    assert "25 calls of tools" in (await place.owner.open(f"{USE}?span=nonsense&span=%ff")).text
    assert (await place.another.browser.get(USE)).status_code == 404
