import pytest

from consentry.gateway.bearer import NoBearer, parse_bearer
from tests.gateway.remembered import new_token

TOKEN = new_token()
TEXT = TOKEN.reveal()


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
def test_a_token_is_taken_from_the_header_whatever_the_scheme_s_case(scheme: str) -> None:
    assert parse_bearer([f"{scheme} {TEXT}"], b"") == TOKEN


@pytest.mark.parametrize("authorization", [[], [""], ["Bearer"], ["Bearer  "], ["Basic abc"], [TEXT]])
def test_no_bearer_token_is_no_attempt(authorization: list[str]) -> None:
    assert parse_bearer(authorization, b"") is NoBearer.ABSENT


@pytest.mark.parametrize("text", ["undefined", TEXT[:-1], TEXT + "x", TEXT[:-1] + "!", TEXT.replace("_at_", "_rt_")])
def test_what_cannot_be_ours_is_not_looked_up(text: str) -> None:
    assert parse_bearer([f"Bearer {text}"], b"") is NoBearer.UNRECOGNISED


@pytest.mark.proves("G3")
@pytest.mark.parametrize("name", ["access_token", "access%5Ftoken", "%61ccess_token"])
def test_a_token_in_the_query_is_seen_however_it_is_spelled(name: str) -> None:
    assert parse_bearer([], f"a=1&{name}={TEXT}".encode()) is NoBearer.IN_QUERY


def test_an_empty_token_in_the_query_is_one_all_the_same() -> None:
    assert parse_bearer([], b"access_token") is NoBearer.IN_QUERY


@pytest.mark.proves("G4")
@pytest.mark.parametrize(
    ("authorization", "query"),
    [
        ([f"Bearer {TEXT}"], b"access_token=x"),
        ([f"Bearer {TEXT}", f"Bearer {TEXT}"], b""),
        ([f"Bearer {TEXT}", "Basic abc"], b""),
        ([f"Bearer {TEXT}, Bearer {TEXT}"], b""),
    ],
)
def test_two_ways_at_once_are_told_apart_from_one(authorization: list[str], query: bytes) -> None:
    assert parse_bearer(authorization, query) is NoBearer.REPEATED
