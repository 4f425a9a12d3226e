"""Plans: what an hour and a month take, by rules alone."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.limits import quota
from consentry.limits.quota import Exhausted, Lease, Plan, Standing, Usage

MINUTE, HOUR, DAY = 60, 3600, 86_400
NOON = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())
NOVEMBER = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())
DECEMBER = int(datetime(2026, 12, 1, tzinfo=UTC).timestamp())
FREE = Plan("free", 20, 1000)


def leased(usage: Usage, plan: Plan, wanted: int, now: int) -> tuple[Usage, Lease]:
    usage, found = quota.lease(usage, plan, wanted, now)
    assert isinstance(found, Lease)
    return usage, found


def exhausted(usage: Usage, plan: Plan, wanted: int, now: int) -> Exhausted:
    _, found = quota.lease(usage, plan, wanted, now)
    assert isinstance(found, Exhausted)
    return found


def test_a_month_is_the_calendars_in_utc() -> None:
    assert quota.month_of(NOON) == quota.month_of(NOVEMBER) == quota.month_of(DECEMBER - 1) == NOVEMBER
    assert quota.month_after(NOVEMBER) == quota.month_of(DECEMBER) == DECEMBER
    january = int(datetime(2028, 1, 1, tzinfo=UTC).timestamp())
    assert quota.month_after(january) == january + 31 * DAY
    assert quota.month_after(january + 31 * DAY) == january + (31 + 29) * DAY


def test_a_small_plan_is_leased_call_by_call_until_its_hour_is_full() -> None:
    usage = Usage()
    for number in range(20):
        usage, found = leased(usage, FREE, 1, NOON + number)
        assert found == Lease(NOON, 1, Standing("hour", 20, 19 - number, NOON + HOUR + MINUTE))
    assert exhausted(usage, FREE, 1, NOON + 30) == Exhausted("hour", 20, 0, NOON + HOUR + MINUTE)
    assert usage == Usage(NOVEMBER, 20, ((NOON, 20),))


def test_calls_come_back_minute_by_minute_an_hour_after_their_last_second() -> None:
    usage = quota.count(quota.count(Usage(), 15, NOON), 5, NOON + 600)
    assert exhausted(usage, FREE, 1, NOON + HOUR + MINUTE - 1).resets_at == NOON + HOUR + MINUTE
    assert exhausted(usage, FREE, 16, NOON + HOUR).resets_at == NOON + 600 + HOUR + MINUTE
    _, found = leased(usage, FREE, 15, NOON + HOUR + MINUTE)
    assert found.standing.remaining == 0
    assert exhausted(usage, FREE, 16, NOON + HOUR + MINUTE).remaining == 15


def test_a_month_that_is_used_up_waits_for_the_next() -> None:
    usage = quota.count(Usage(), 999, NOON - 2 * DAY)
    usage, found = leased(usage, FREE, 1, NOON)
    assert found.standing == Standing("month", 1000, 0, DECEMBER)
    assert exhausted(usage, FREE, 1, NOON) == Exhausted("month", 1000, 0, DECEMBER)
    _, found = leased(usage, FREE, 1, DECEMBER)
    assert found.standing.window == "hour"


def test_of_two_full_windows_the_one_that_lasts_longer_is_told() -> None:
    full = quota.count(Usage(), 1000, NOON)
    assert exhausted(full, FREE, 1, NOON).window == "month"
    at_the_end = quota.count(Usage(), 1000, DECEMBER - 10)
    assert exhausted(at_the_end, FREE, 1, DECEMBER - 5).window == "hour"


def test_what_no_window_can_ever_hold_is_told_so() -> None:
    assert exhausted(Usage(), FREE, 21, NOON) == Exhausted("hour", 20, 20, None)
    assert exhausted(Usage(), Plan("tiny", per_month=3), 4, NOON) == Exhausted("month", 3, 3, None)


def test_where_there_is_plenty_a_lease_is_more_than_was_wanted_and_never_much_of_what_is_left() -> None:
    pro = Plan("pro", 1000, 50_000)
    usage, found = leased(Usage(), pro, 1, NOON)
    assert (found.calls, found.standing.remaining) == (62, 938)
    _, found = leased(quota.count(Usage(), 49_990, NOON - DAY), pro, 1, NOON)
    assert found.calls == 1
    _, found = leased(usage, Plan("huge", 10**9), 1, NOON)
    assert found.calls == quota.MOST_LEASED


def test_asking_how_things_stand_takes_nothing() -> None:
    usage = quota.count(Usage(), 3, NOON)
    same, found = leased(usage, FREE, 0, NOON)
    assert same == usage
    assert found == Lease(NOON, 0, Standing("hour", 20, 17, NOON + HOUR + MINUTE))
    assert leased(quota.count(Usage(), 20, NOON), FREE, 0, NOON)[1].standing.remaining == 0


def test_what_is_given_back_is_there_again_in_the_hour_and_the_month_it_was_of() -> None:
    usage = quota.count(Usage(), 10, NOON)
    assert quota.give_back(usage, NOON, 4) == Usage(NOVEMBER, 6, ((NOON, 6),))
    assert quota.give_back(usage, NOON, 10) == Usage(NOVEMBER, 0, ())
    assert quota.give_back(usage, NOON - MINUTE, 4) == Usage(NOVEMBER, 6, ((NOON, 10),))
    later = quota.count(usage, 1, DECEMBER)
    assert quota.give_back(later, NOON, 4).month_calls == 1


def test_a_process_whose_clock_is_behind_forgets_nothing_of_those_ahead() -> None:
    ahead = quota.count(Usage(), 7, DECEMBER + 5)
    usage = quota.count(ahead, 1, DECEMBER - 5)
    assert (usage.month, usage.month_calls) == (DECEMBER, 8)
    assert usage.minutes == ((DECEMBER - MINUTE, 1), (DECEMBER, 7))


def test_a_plan_is_limited_by_either_window() -> None:
    assert [Plan("a").limited, Plan("b", 1).limited, Plan("c", None, 1).limited] == [False, True, True]


@pytest.mark.parametrize("plan", [Plan("both", 7, 30), Plan("hour", 5), Plan("month", None, 12)])
@given(steps=st.lists(st.tuples(st.integers(0, 2 * HOUR), st.integers(1, 6), st.floats(0, 1)), min_size=1, max_size=60))
def test_no_hour_and_no_month_ever_holds_more_calls_than_the_plan(
    plan: Plan, steps: list[tuple[int, int, float]]
) -> None:
    """Each lease is used in part, at any moment of its minute; the rest is given back, or lost with its process."""
    usage, now, made = Usage(), DECEMBER - 3 * HOUR, []
    for pause, wanted, part in steps:
        now += pause
        usage, found = quota.lease(usage, plan, wanted, now)
        if isinstance(found, Exhausted):
            continue
        used = round(found.calls * part)
        last = found.minute + MINUTE - 1
        made += [now if number % 2 else last for number in range(used)]
        if part < 0.5:
            usage = quota.give_back(usage, found.minute, found.calls - used)
    for at in made:
        within = [other for other in made if at <= other < at + HOUR]
        assert plan.per_hour is None or len(within) <= plan.per_hour
        of_month = [other for other in made if quota.month_of(other) == quota.month_of(at)]
        assert plan.per_month is None or len(of_month) <= plan.per_month
