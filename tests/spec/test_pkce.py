import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.spec import pkce

VERIFIERS = st.text(string.ascii_letters + string.digits + "-._~", min_size=43, max_size=128)


def test_the_standards_own_example() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
    assert pkce.challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.proves("D3")
@given(VERIFIERS, VERIFIERS)
def test_only_its_own_verifier_proves_a_challenge(verifier: str, other: str) -> None:
    challenge = pkce.challenge_of(verifier)
    assert pkce.is_challenge(challenge)
    assert pkce.proves(verifier, challenge)
    assert pkce.proves(other, challenge) is (other == verifier)


@pytest.mark.proves("D3")
@given(st.text(st.characters(exclude_categories=[])))
def test_a_text_that_can_be_no_verifier_proves_nothing(text: str) -> None:
    assert not pkce.proves(text[:42], pkce.challenge_of("v" * 43))


@pytest.mark.proves("D3")
@pytest.mark.parametrize(
    "verifier", ["v" * 42, "v" * 129, "v" * 42 + "=", "v" * 42 + "+", "v" * 42 + "é", "v" * 43 + "\n"]
)
def test_a_verifier_of_the_wrong_form_proves_nothing_even_its_own_challenge(verifier: str) -> None:
    assert not pkce.proves(verifier, pkce.challenge_of(verifier))


@pytest.mark.parametrize("challenge", ["", "c" * 42, "c" * 44, "c" * 42 + "=", "c" * 42 + "+", "c" * 43 + "\n"])
def test_what_no_sha256_encodes_to_is_no_challenge(challenge: str) -> None:
    assert not pkce.is_challenge(challenge)


def test_a_plain_challenge_is_not_proven_by_itself() -> None:
    assert not pkce.proves("c" * 43, "c" * 43)


@pytest.mark.proves("A5")
def test_plain_is_not_offered() -> None:
    assert pkce.METHODS == ("S256",)
