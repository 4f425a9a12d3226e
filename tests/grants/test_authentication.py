"""OpenID Connect Core §3.1.2.1, the rules alone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.grants import authentication
from consentry.grants.authentication import LONGEST_NONCE, Authentication, AuthenticationRequest
from consentry.spec import acr
from consentry.spec.errors import Refusal
from tests.builders import NOW, params

TEXT = st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
REQUESTS = st.builds(
    AuthenticationRequest,
    st.frozensets(st.sampled_from(["login", "consent", "select_account", "create"])),
    st.none() | st.integers(0, 10**6),
    acr_values=st.frozensets(st.sampled_from([acr.MULTI_FACTOR, "urn:other"])),
)
HELD = Authentication("account_1", NOW)


def why(
    request: AuthenticationRequest,
    held: Authentication | None = HELD,
    *,
    answers: bool = False,
    hinted: str | None = None,
    later: int = 0,
) -> str | None:
    refusal = authentication.check(request, held, answers=answers, hinted=hinted, now=NOW + later)
    assert refusal is None or refusal.error == "login_required"
    return refusal.reason if refusal else None


@given(TEXT, TEXT, TEXT, TEXT)
def test_whatever_is_asked_is_read_or_refused_in_words(
    prompt: str | None, max_age: str | None, nonce: str | None, hint: str | None
) -> None:
    found = authentication.parse(params(prompt=prompt, max_age=max_age, nonce=nonce, id_token_hint=hint))
    if isinstance(found, Refusal):
        assert found.error == "invalid_request"
        assert found.description
    else:
        assert found.nonce == (nonce or None)
        assert found.max_age is None or found.max_age >= 0


@pytest.mark.proves("C19")
@pytest.mark.parametrize("text", ["-1", "1.5", "1e3", " 1", "x", "٣", "1" * 13])
def test_a_max_age_that_is_no_number_of_seconds_is_refused_rather_than_forgotten(text: str) -> None:
    assert isinstance(authentication.parse(params(max_age=text)), Refusal)


def test_bounds_are_what_they_say() -> None:
    assert isinstance(authentication.parse(params(nonce="n" * LONGEST_NONCE)), AuthenticationRequest)
    assert isinstance(authentication.parse(params(nonce="n" * (LONGEST_NONCE + 1))), Refusal)
    assert authentication.parse(params(max_age="0")) == AuthenticationRequest(max_age=0)


@pytest.mark.proves("C19")
@pytest.mark.parametrize("other", ["login", "consent", "select_account", "create"])
def test_silence_goes_with_nothing_else(other: str) -> None:
    assert isinstance(authentication.parse(params(prompt=f"none {other}")), Refusal)


@given(REQUESTS, st.booleans(), st.integers(0, 10**7))
def test_nobody_and_somebody_else_never_get_through(request: AuthenticationRequest, answers: bool, later: int) -> None:
    assert why(request, None, answers=answers, later=later) == "session:absent"
    assert why(request, answers=answers, hinted="account_2", later=later) == "session:other"


@given(REQUESTS, st.integers(0, 10**7))
def test_a_sign_in_that_answers_the_request_is_never_asked_for_again(
    request: AuthenticationRequest, later: int
) -> None:
    assert why(request, answers=True, hinted="account_1", later=later) is None


@given(REQUESTS, st.booleans(), st.sampled_from([None, acr.ONE_FACTOR, acr.BY_CODE, acr.BY_RECOVERY_CODE]))
def test_a_second_factor_is_asked_for_where_it_is_wished_for_and_there_and_was_not_shown(
    request: AuthenticationRequest, could: bool, amr: str | None
) -> None:
    wanted = AuthenticationRequest(acr_values=request.acr_values)
    wished, shown = acr.MULTI_FACTOR in request.acr_values, amr in {acr.BY_CODE, acr.BY_RECOVERY_CODE}
    found = why(wanted, replace(HELD, amr=amr, could=could))
    assert (found == "session:acr") == (wished and could and not shown)
    assert found is None or wanted.insists


@given(REQUESTS, st.integers(0, 10**7))
def test_an_older_session_is_enough_exactly_where_nothing_fresher_is_asked_for(
    request: AuthenticationRequest, later: int
) -> None:
    old = request.max_age is not None and later > request.max_age
    afresh = bool(request.prompt & {"login", "select_account"})
    assert (why(request, later=later) is None) == (not old and not afresh)
    if why(request, later=later) is not None:
        assert request.insists
