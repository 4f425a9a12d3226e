import string
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.clients import register
from consentry.clients.metadata import LONGEST_TEXT
from consentry.clients.model import (
    AUTH_METHODS,
    DEFAULT_GRANT_TYPES,
    DEVICE_CODE,
    GRANT_TYPES,
    OPERATOR_GRANT_TYPES,
    Json,
)
from consentry.clients.policy import RegistrationPolicy
from consentry.clients.register import Registered
from consentry.grants.token import GRANTS
from consentry.spec.errors import Refusal
from tests.builders import NOW, REDIRECT_URI, counted

POLICY = RegistrationPolicy(frozenset({"cursor"}))
MEMBERS = [
    "redirect_uris",
    "token_endpoint_auth_method",
    "grant_types",
    "response_types",
    "client_name",
    "client_uri",
    "logo_uri",
    "scope",
    "contacts",
    "tos_uri",
    "policy_uri",
    "jwks_uri",
    "jwks",
    "software_id",
    "software_version",
    "application_type",
    "software_statement",
    "anything",
]
TEXTS = st.text(st.characters(exclude_categories=[]), max_size=20) | st.sampled_from(
    [REDIRECT_URI, "authorization_code", "code", "none", "native", "web", "mcp", "\ud800", "\0", "x" * 501]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=12) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=20,
)


def make(**metadata: Json) -> Registered | Refusal:
    asked: dict[str, Json] = {"redirect_uris": [REDIRECT_URI]}
    return register.make(asked | metadata, POLICY, counted(), NOW)


def made(**metadata: Any) -> Registered:
    outcome = make(**metadata)
    assert isinstance(outcome, Registered), outcome
    return outcome


def refused(**metadata: Json) -> Refusal:
    outcome = make(**metadata)
    assert isinstance(outcome, Refusal)
    return outcome


@pytest.mark.proves("B11", "D27")
@given(st.dictionaries(st.sampled_from(MEMBERS), JSON))
def test_no_metadata_makes_it_raise_and_what_is_registered_is_sound(metadata: dict[str, Json]) -> None:
    match make(**metadata):
        case Refusal(error, description):
            assert error in {"invalid_redirect_uri", "invalid_client_metadata"}
            assert description.isprintable()
        case Registered(client, secret):
            assert 1 <= len(client.redirect_uris) <= 10
            assert set(client.grant_types) <= set(GRANT_TYPES)
            assert client.auth_method in AUTH_METHODS
            assert (secret is None) == client.public == (client.auth_method == "none")
            client.name.encode()
            str(client.metadata).encode()


@given(st.sampled_from(MEMBERS), JSON)
def test_one_member_of_any_type_is_taken_or_refused(name: str, value: Json) -> None:
    assert isinstance(make(**{name: value}), Registered | Refusal)


@pytest.mark.proves("B12")
@pytest.mark.parametrize("named", [{}, {"token_endpoint_auth_method": None}, {"token_endpoint_auth_method": ""}])
def test_a_client_that_names_no_method_gets_a_secret_and_is_basic(named: dict[str, Json]) -> None:
    registered = made(**named)
    assert registered.client.auth_method == "client_secret_basic"
    assert registered.secret is not None
    assert registered.client.secret_digest == registered.secret.digest()
    assert registered.secret.reveal() not in repr(registered)


def test_a_public_client_has_no_secret() -> None:
    registered = made(token_endpoint_auth_method="none")
    assert registered.secret is None
    assert registered.client.public


@pytest.mark.proves("B9", "B21")
def test_a_client_id_is_no_url_and_needs_no_escaping() -> None:
    client_id = made().client.id
    assert client_id.startswith("client_")
    assert set(client_id) <= set(string.ascii_letters + string.digits + "_")


def test_two_clients_share_neither_id_nor_secret() -> None:
    entropy = counted()
    metadata: dict[str, Json] = {"redirect_uris": [REDIRECT_URI]}
    one, other = (register.make(metadata, POLICY, entropy, NOW) for _ in range(2))
    assert isinstance(one, Registered)
    assert isinstance(other, Registered)
    assert one.client.id != other.client.id
    assert one.secret != other.secret


@pytest.mark.proves("B10")
def test_what_is_told_is_kept_as_it_came() -> None:
    told: dict[str, Json] = {
        "client_name": "Agént ✨",
        "scope": "mcp offline_access",
        "application_type": "native",
        "client_uri": "https://client.example",
        "contacts": ["a@client.example"],
        "software_id": "x",
    }
    client = made(**told).client
    assert (client.name, client.scope, client.application_type) == ("Agént ✨", "mcp offline_access", "native")
    assert client.metadata == {
        "client_uri": "https://client.example",
        "contacts": ["a@client.example"],
        "software_id": "x",
    }
    assert client.created_at == NOW
    assert client.source == "registration"


@pytest.mark.proves("B13")
@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        (None, DEFAULT_GRANT_TYPES),
        ([], DEFAULT_GRANT_TYPES),
        (["authorization_code"], ("authorization_code",)),
        (["refresh_token", "authorization_code"], DEFAULT_GRANT_TYPES),
        (["authorization_code", DEVICE_CODE, "implicit"], ("authorization_code", DEVICE_CODE)),
        (["authorization_code", "urn:ietf:params:oauth:grant-type:jwt-bearer"], ("authorization_code",)),
    ],
)
def test_grants_that_are_not_offered_are_left_out(asked: Json, granted: tuple[str, ...]) -> None:
    assert made(grant_types=asked).client.grant_types == granted


@pytest.mark.proves("B13")
def test_unknown_members_are_ignored() -> None:
    client = made(x_unknown={"deep": [1]}, jwks={"keys": []}, software_statement="e30").client
    assert client.metadata == {}


def test_what_can_be_registered_for_is_what_the_grants_offer() -> None:
    assert set(OPERATOR_GRANT_TYPES) == set(GRANTS)
    assert set(OPERATOR_GRANT_TYPES) - set(GRANT_TYPES) == {"client_credentials"}


@pytest.mark.proves("B19")
def test_ten_redirect_uris_are_taken_and_eleven_are_not() -> None:
    uris: list[Json] = [f"https://client.example/{n}" for n in range(11)]
    assert len(made(redirect_uris=uris[:10]).client.redirect_uris) == 10
    assert refused(redirect_uris=uris).error == "invalid_redirect_uri"


@pytest.mark.proves("B11", "B15")
@pytest.mark.parametrize(
    "uris",
    [None, [], "https://client.example", {}, 1, True, [None], [1], [["https://x.example"]], ["http://x.example/cb"]],
)
def test_bad_redirect_uris_are_called_that(uris: Json) -> None:
    assert refused(redirect_uris=uris).error == "invalid_redirect_uri"


def test_a_fault_names_the_entry() -> None:
    assert refused(redirect_uris=[REDIRECT_URI, "http://x.example/cb"]).description == (
        "redirect_uris: entry 2 must be https (http is for loopback alone)."
    )


@pytest.mark.proves("B14")
@pytest.mark.parametrize("uri", ["http://localhost:1/cb", "cursor://x/cb"])
def test_web_clients_are_https_and_native_ones_need_not_be(uri: str) -> None:
    assert refused(redirect_uris=[uri], application_type="web").error == "invalid_redirect_uri"
    assert made(redirect_uris=[uri], application_type="native").client.redirect_uris == (uri,)
    assert made(redirect_uris=[uri]).client.redirect_uris == (uri,)


@pytest.mark.proves("B11")
@pytest.mark.parametrize(
    "metadata",
    [
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"token_endpoint_auth_method": ["none"]},
        {"token_endpoint_auth_method": 0},
        {"application_type": "desktop"},
        {"application_type": ["web"]},
        {"grant_types": "authorization_code"},
        {"grant_types": ["client_credentials"]},
        {"grant_types": [1]},
        {"response_types": ["token"]},
        {"contacts": ["a"] * 21},
        {"scope": 'a"b'},
        {"scope": ["mcp"]},
        {"client_name": "x" * (LONGEST_TEXT + 1)},
        {"client_name": {"en": "x"}},
        {"client_name": "\ud800"},
        {"client_uri": "https://x.example/\0"},
    ],
)
def test_bad_metadata_is_called_that(metadata: dict[str, Json]) -> None:
    refusal = refused(**metadata)
    assert refusal.error == "invalid_client_metadata"
    assert next(iter(metadata)) in refusal.description


def test_text_of_the_longest_length_is_taken() -> None:
    assert len(made(client_name="x" * LONGEST_TEXT).client.name) == LONGEST_TEXT


@pytest.mark.proves("B13", "D20")
@pytest.mark.parametrize("policy", [replace(POLICY, device_authorization=False), replace(POLICY, kind="allowlist")])
def test_the_device_flow_is_left_out_where_it_is_off_or_redirect_uris_are_what_is_trusted(
    policy: RegistrationPolicy,
) -> None:
    trusting = replace(policy, trusted_domains=frozenset({"client.example"}))
    metadata: dict[str, Json] = {"redirect_uris": [REDIRECT_URI], "grant_types": ["authorization_code", DEVICE_CODE]}
    outcome = register.make(metadata, trusting, counted(), NOW)
    assert isinstance(outcome, Registered)
    assert outcome.client.grant_types == ("authorization_code",)


@pytest.mark.parametrize("policy", [replace(POLICY, device_authorization=False), replace(POLICY, kind="allowlist")])
def test_who_could_do_nothing_else_is_told_so(policy: RegistrationPolicy) -> None:
    refused = register.make({"grant_types": [DEVICE_CODE]}, policy, counted(), NOW)
    assert isinstance(refused, Refusal)
    assert refused.error == "invalid_client_metadata"
    assert "ask the operator" in refused.description
