import pytest

from consentry.limits.model import NO_WINDOW, Rate, Window, too_many
from tests.builders import NOW

RATE = Rate(3, 60)


def test_a_window_begins_with_the_first_and_does_not_move() -> None:
    first = NO_WINDOW.one_more(RATE, NOW)
    assert first == Window(1, NOW + 60)
    assert first.one_more(RATE, NOW + 59) == Window(2, NOW + 60)


def test_a_window_that_has_ended_begins_anew() -> None:
    assert Window(7, NOW).one_more(RATE, NOW) == Window(1, NOW + 60)


@pytest.mark.parametrize(("wait", "said"), [(1, "wait 1 second, "), (59, "wait 59 seconds, ")])
def test_too_many_says_how_long_to_wait(wait: int, said: str) -> None:
    refusal = too_many("Too many registrations", "limit:register", wait)
    assert said in refusal.description
    assert (refusal.error, refusal.retry_after) == ("temporarily_unavailable", wait)
