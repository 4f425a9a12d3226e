import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.spec.user_code import ALPHABET, LENGTH, of_number, parse, render

CODES = st.text(ALPHABET, min_size=LENGTH, max_size=LENGTH)


@pytest.mark.proves("D20")
def test_no_letter_makes_a_word_or_is_taken_for_a_digit() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 20
    assert not set(ALPHABET) & set("AEIOUY0123456789")
    assert len(ALPHABET) ** LENGTH > 2**34


@given(st.integers(min_value=0, max_value=2**128 - 1))
def test_any_randomness_makes_a_code_that_reads_back(number: int) -> None:
    assert parse(render(of_number(number))) == of_number(number)


@given(st.data(), CODES)
def test_case_spaces_and_hyphens_do_not_matter(data: st.DataObject, code: str) -> None:
    typed = "".join(
        data.draw(st.sampled_from(["", " ", "-", "\u2013", "."])) + data.draw(st.sampled_from([char, char.lower()]))
        for char in code
    )
    assert parse(typed) == code


@given(st.text(max_size=80) | st.text(ALPHABET + ALPHABET.lower() + "- ", max_size=12))
def test_whatever_is_typed_is_a_code_or_none(typed: str) -> None:
    code = parse(typed)
    if code is not None:
        assert len(code) == LENGTH
        assert set(code) <= set(ALPHABET)
        assert parse(render(code)) == code


@given(CODES)
def test_a_code_with_a_letter_more_or_less_or_another_is_none(code: str) -> None:
    assert parse(code[1:]) is None
    assert parse(f"{code}B") is None
    for stranger in "AEIOUY0158\u0410\u1d2e\uff22":  # Cyrillic, small capital and full-width look-alikes
        assert parse(f"{code[1:]}{stranger}") is None


def test_a_code_is_shown_in_two_groups() -> None:
    assert render("BCDFGHJK") == "BCDF-GHJK"


@pytest.mark.parametrize("typed", ["", "-", "B" * 65, "ß" * 8, "\u212a" * 8, "\x00BCDFGHJK"])
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert parse(typed) is None
