from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.spec.errors import Refusal
from consentry.spec.params import MOST_PARAMETERS, Params, parse

NAMES = st.text(min_size=1).filter(lambda name: name != "resource")


@given(st.binary() | st.text(st.characters(exclude_categories=[])) | st.from_regex(r"[a-c=&%+;0-9f]*"))
def test_no_input_makes_the_parser_raise(text: bytes | str) -> None:
    outcome = parse(text)
    match outcome:
        case Params():
            for value in (*outcome.values.values(), *outcome.resource):
                assert value.encode()  # neither empty nor beyond what a database can hold
                assert "\0" not in value
        case Refusal(error, description):
            assert error == "invalid_request"
            assert all(" " <= c <= "~" and c not in '"\\' for c in description)  # RFC 6749 §5.2


@pytest.mark.parametrize("form", ["a=%00", "a=b&resource=x%00y"])
def test_no_parameter_may_hold_nul(form: str) -> None:
    refused = parse(form)
    assert isinstance(refused, Refusal)
    assert refused.reason == "params:nul"


# A parameter may hold whatever text there is, but for NUL and what UTF-8 cannot say.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)


@given(st.dictionaries(NAMES, TEXTS, max_size=20), st.lists(TEXTS, max_size=4))
def test_what_was_encoded_is_read_back(values: dict[str, str], resource: list[str]) -> None:
    encoded = urlencode([*values.items(), *(("resource", one) for one in resource)])
    for form in (encoded, encoded.encode()):
        assert parse(form) == Params(values, tuple(resource))


@pytest.mark.proves("C6")
@pytest.mark.parametrize("form", ["a=1&a=1", "a=1&b=2&a=3", "a=&a=1", "a&a", "a=1&%61=2", "=1&=2", "é=1&é=2"])
def test_a_repeated_parameter_is_refused(form: str) -> None:
    encoded = form.replace("é", "%C3%A9")
    outcome = parse(encoded)
    assert isinstance(outcome, Refusal)
    assert outcome.reason == "params:repeated"


@pytest.mark.proves("C6")
def test_an_empty_parameter_is_absent() -> None:
    outcome = parse("state=&scope&code=x&resource=")
    assert outcome == Params({"code": "x"}, ())
    assert outcome.get("state") is None


@pytest.mark.proves("C7")
def test_resource_may_repeat_and_keeps_its_order() -> None:
    assert parse("resource=b&resource=a&resource=b") == Params({}, ("b", "a", "b"))


@pytest.mark.parametrize("form", [b"state=%FF", b"state=\xff", "state=é", "state=%ED%A0%80", "state=\ud800"])
def test_what_is_not_form_encoded_utf8_is_refused(form: bytes | str) -> None:
    outcome = parse(form)
    assert isinstance(outcome, Refusal)
    assert outcome.reason == "params:encoding"


def test_a_flood_of_parameters_is_refused() -> None:
    assert isinstance(parse("&".join(f"p{n}=1" for n in range(MOST_PARAMETERS))), Params)
    outcome = parse("&".join(f"p{n}=1" for n in range(MOST_PARAMETERS + 1)))
    assert isinstance(outcome, Refusal)
    assert outcome.reason == "params:too_many"


def test_a_semicolon_parts_nothing() -> None:
    assert parse("a=1;b=2") == Params({"a": "1;b=2"})
