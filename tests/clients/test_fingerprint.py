"""Registrations that say the same, and those that do not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.clients.fingerprint import fingerprint
from consentry.spec import uris
from consentry.tokens import Kind, mint
from tests.builders import client, counted

URIS = st.sampled_from(
    [
        "https://a.example/cb",
        "https://a.example:8443/cb",
        "https://a.example/cb?x=1",
        "http://localhost/cb",
        "http://localhost:1/cb",
        "http://localhost:65535/cb",
        "http://localhost:1/other",
        "http://127.0.0.1:1/cb",
        "http://[::1]:1/cb",
        "cursor://x/cb",
    ]
)


@given(one=st.lists(URIS, min_size=1, max_size=4), other=st.lists(URIS, min_size=1, max_size=4))
def test_those_that_fold_take_each_others_redirect_uris_and_others_do_not(one: list[str], other: list[str]) -> None:
    mine, theirs = client(redirect_uris=tuple(one)), client("client_2", redirect_uris=tuple(other))
    same = all(mine.redirects_to(uri) for uri in other) and all(theirs.redirects_to(uri) for uri in one)
    assert (fingerprint(mine) == fingerprint(theirs)) == same


@given(URIS, URIS)
def test_a_redirect_uri_without_its_loopback_port_is_the_same_just_where_it_matches(one: str, other: str) -> None:
    same = uris.without_loopback_port(one) == uris.without_loopback_port(other)
    assert same == uris.redirect_matches(one, other)


def test_order_makes_no_difference_and_the_client_id_neither() -> None:
    one = replace(client("client_1"), scope="a b", grant_types=("x", "y"))
    other = replace(client("client_2"), scope="b a", grant_types=("y", "x"), created_at=5)
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "agent"},
        {"scope": "mcp"},
        {"application_type": "native"},
        {"grant_types": ("authorization_code",)},
        {"metadata": {"client_uri": "https://x.example"}},
        {"metadata": {"client_name#de": "Agent"}},
    ],
)
def test_all_that_can_be_seen_or_done_makes_a_difference(change: dict[str, object]) -> None:
    assert fingerprint(client()) != fingerprint(replace(client(), **change))  # type: ignore[arg-type]


def test_who_can_prove_itself_or_was_made_by_the_operator_has_none() -> None:
    assert fingerprint(client(secret=mint(Kind.CLIENT_SECRET, counted()))) is None
    assert fingerprint(replace(client(), auth_method="private_key_jwt", jwks=({"kty": "EC"},))) is None
    assert fingerprint(replace(client(), source="operator")) is None
    assert fingerprint(replace(client("https://a.example/client"), source="document")) is None
