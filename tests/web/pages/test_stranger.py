"""What a stranger calls itself, made fit to be shown."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.web.pages.stranger import plain

BIDI = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@given(st.text(), st.integers(min_value=1, max_value=80))
def test_any_text_becomes_one_short_line_without_control_of_its_surroundings(text: str, length: int) -> None:
    shown = plain(text, length)
    assert len(shown) <= length
    assert shown == shown.strip()
    assert not set(shown) & set(BIDI)
    assert all(unicodedata.category(c) not in {"Cc", "Cs", "Co"} for c in shown)


@given(st.text(alphabet=st.characters(codec="ascii", categories=("L", "N", "P", "S")), max_size=60))
def test_an_ordinary_name_is_shown_as_it_is(name: str) -> None:
    assert plain(name) == name


@given(st.text())
def test_making_it_fit_twice_changes_nothing_more(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("\u202eedualC", "edualC"),
        ("Cla\u200bude", "Claude"),
        ("two\r\n  lines", "two lines"),
        ("\u200b\u3164\u2800\u00ad", ""),
        ("x" * 61, "x" * 59 + "…"),
        ("Z\u0335\u0321\u0322\u0327\u0328", "Z\u0335\u0321"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("\u0645\u06cc\u200c\u062e\u0648", "\u0645\u06cc\u200c\u062e\u0648"),
        (None, ""),
    ],
)
def test_what_is_dropped_and_what_stays(given_name: str | None, shown: str) -> None:
    assert plain(given_name) == unicodedata.normalize("NFC", shown)
