"""Lengths of time as people write them."""

import pytest

from consentry.spec import periods


@pytest.mark.parametrize(
    ("text", "length"),
    [("45s", 45), ("30m", 1800), ("12h", 43_200), ("90d", 7_776_000), ("2w", 1_209_600), ("3650d", 315_360_000)],
)
def test_a_length_is_read_and_written_as_it_was(text: str, length: int) -> None:
    assert periods.seconds(text) == length
    assert periods.seconds(periods.render(length)) == length


@pytest.mark.parametrize("text", ["", "0d", "3651d", "90", "d", "-1d", "1.5h", "never", "9" * 12 + "d", "٣d"])
def test_what_is_no_length_is_none(text: str) -> None:
    assert periods.seconds(text) is None


def test_never_is_a_length_where_it_is_allowed() -> None:
    assert periods.seconds("never", never=True) == periods.NEVER
    assert periods.render(periods.NEVER) == "never"
