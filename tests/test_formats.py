"""What an access token looks like, and what a presented one is recognised as."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry import tokens
from consentry.formats import Format, Jwt, TokenFormat, recognise
from consentry.tokens import Kind, Secret, key_prefix_fault, mint, mint_key, recognise_key
from tests.builders import HOUR, counted

PREFIXES = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,13}_", fullmatch=True).filter(lambda text: not text.startswith("cy_"))


@given(PREFIXES, st.binary(min_size=32, max_size=32))
def test_a_key_of_any_prefix_is_recognised_and_one_changed_letter_is_not(prefix: str, random: bytes) -> None:
    assert key_prefix_fault(prefix) is None
    text = mint_key(prefix, lambda _: random).reveal()
    assert text.startswith(prefix)
    assert recognise_key(text) == recognise(text) == Secret(text)
    for place in (0, len(prefix), len(text) - 1):
        changed = text[:place] + ("x" if text[place] != "x" else "y") + text[place + 1 :]
        assert recognise(changed) is None


@given(st.text(max_size=80))
def test_what_nobody_minted_is_nothing(text: str) -> None:
    assert recognise(text) is None or text.count(".") == 2


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.ACCESS_TOKEN])
def test_no_other_secret_of_ours_passes_for_an_access_token(kind: Kind) -> None:
    assert recognise(mint(kind, counted()).reveal()) is None


@pytest.mark.parametrize("prefix", ["cy_at_", "cy_", "cy_zz_", "_", "a", "", "a__b_", "ab-c_", "a" * 16 + "_", "ü_"])
def test_a_prefix_that_will_not_do_makes_no_key_and_recognises_none(prefix: str) -> None:
    assert key_prefix_fault(prefix) is not None
    assert recognise_key(mint_key(prefix, counted()).reveal()) is None


def test_our_own_prefix_is_the_default() -> None:
    assert key_prefix_fault(tokens.DEFAULT_KEY_PREFIX) is None
    assert Format("api_key").mint(counted()).reveal().startswith("cy_ak_")
    assert Format("api_key", "rmt_").mint(counted()).reveal().startswith("rmt_")


def test_what_looks_like_a_jwt_is_one_to_be_verified_and_shows_nothing() -> None:
    text = "eyJhbGciOiJFUzI1NiJ9.e30.c2ln"
    seen = recognise(text)
    assert isinstance(seen, Jwt)
    assert (seen.reveal(), repr(seen)) == (text, "Jwt(…)")
    with pytest.raises(TypeError):
        pickle.dumps(seen)


@pytest.mark.parametrize(
    "text", ["eyJ.e30.x", "eyJhbGci.e30", "eyJhbGci.e30.", "eyJ=.e30.x", "eyJhbGci.e30.x.y.z", "eyJhbGci..x"]
)
def test_what_is_no_jwt_is_none(text: str) -> None:
    assert recognise(text) is None


@pytest.mark.parametrize(
    ("shape", "seconds"),
    [
        (Format(), HOUR),
        (Format("jwt"), HOUR),
        (Format("api_key"), HOUR),
        (Format("api_key", None, 60), 60),
        (Format("jwt", None, 60), HOUR),
    ],
)
def test_a_token_lives_as_long_as_its_format_says(shape: Format, seconds: int) -> None:
    assert shape.lifetime(HOUR) == seconds
    assert not shape.endless


@pytest.mark.parametrize(("kind", "endless"), [("api_key", True), ("jwt", False), ("opaque", False)])
def test_only_a_key_is_without_end(kind: TokenFormat, endless: bool) -> None:
    assert Format(kind, None, 0).endless is endless
