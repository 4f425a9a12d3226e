"""RFC 6238 appendix B and RFC 4226 appendix D, to the letter."""

from base64 import b32decode
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.spec import totp

KEY = b"12345678901234567890"
NOW = 1_800_000_000


@pytest.mark.parametrize(
    ("now", "digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238(now: int, digits: str) -> None:
    assert totp.code(KEY, totp.step_at(now), digits=8) == digits


def test_the_vectors_of_rfc_4226() -> None:
    codes = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
    assert [totp.code(KEY, count) for count in range(10)] == codes


@pytest.mark.parametrize(("later", "matches"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_half_a_minute_wrong(later: int, matches: bool) -> None:
    step = totp.step_at(NOW)
    assert totp.matching_step(KEY, totp.code(KEY, step), NOW + later) == (step if matches else None)


@given(st.binary(min_size=20, max_size=20), st.text(st.characters(max_codepoint=127), max_size=12))
def test_what_matches_is_one_of_three_codes(key: bytes, given_: str) -> None:
    step = totp.step_at(NOW)
    near = {totp.code(key, each) for each in (step - 1, step, step + 1)}
    assert (totp.matching_step(key, given_, NOW) is not None) == (given_ in near)


def test_what_an_authenticator_reads_is_the_key_and_whose_it_is() -> None:
    parts = urlsplit(totp.uri(KEY, "h.example:8000", "ada+mcp@example.com"))
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/h.example%3A8000:ada%2Bmcp%40example.com")
    query = parse_qs(parts.query, strict_parsing=True)
    assert query["issuer"] == ["h.example:8000"]
    assert b32decode(query["secret"][0]) == KEY
    assert b32decode(totp.shown(KEY).replace(" ", "")) == KEY
