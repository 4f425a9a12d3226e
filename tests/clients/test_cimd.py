"""Client ID Metadata Documents: which URL may be one, which document may be used."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.clients import cimd, shipped
from consentry.clients.model import Client
from consentry.clients.policy import RegistrationPolicy
from consentry.spec.errors import Refusal
from consentry.spec.retrieval import Fetched
from tests.builders import NOW

URL = "https://client.example/oauth/client.json"
POLICY = RegistrationPolicy(frozenset({"cursor"}))
DOCUMENT: dict[str, Any] = {
    "client_id": URL,
    "client_name": "Agent",
    "redirect_uris": ["https://client.example/callback"],
    "token_endpoint_auth_method": "none",
}


def read(**changes: Any) -> Client | Refusal:
    """A document with these members changed; None leaves one out."""
    document = {name: value for name, value in (DOCUMENT | changes).items() if value is not None}
    return cimd.read(URL, json.dumps(document), POLICY, NOW)


def client(**changes: Any) -> Client:
    outcome = read(**changes)
    assert isinstance(outcome, Client), outcome
    return outcome


def refused(**changes: Any) -> str:
    outcome = read(**changes)
    assert isinstance(outcome, Refusal), outcome
    assert outcome.error == "invalid_client"
    assert outcome.description.endswith(".")
    return outcome.reason


@pytest.mark.proves("B2")
@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("https://client.example", "path"),
        ("https://client.example/", "path"),
        ("https://client.example?a=b", "path"),
        ("http://client.example/x", "https"),
        ("http://127.0.0.1/x", "https"),
        ("https://client.example/x#y", "fragment"),
        ("https://client.example/x#", "fragment"),
        ("https://a@client.example/x", "user name"),
        ("https://a:b@client.example/x", "user name"),
        ("https://@client.example/x", "user name"),
        ("https://client.example/./x", "dot segments"),
        ("https://client.example/a/../x", "dot segments"),
        ("https://client.example/a/..", "dot segments"),
        ("https://client.example/a/.", "dot segments"),
        ("https://client.example/a/%2e%2E/x", "dot segments"),
        ("https://client.example/a/.%2e", "dot segments"),
        ("https:///x", "absolute"),
        ("https://client.example:port/x", "absolute"),
        ("https://[::1/x", "absolute"),
        ("https://client.example/ü", "absolute"),
        ("https://client.example/a b", "absolute"),
        ("https://client.example/" + "x" * 1000, "longer"),
    ],
)
def test_a_url_that_cannot_be_a_client_id_is_told_why(url: str, fault: str) -> None:
    assert fault in (cimd.url_fault(url, loopback=False) or "")


@pytest.mark.proves("B2")
@pytest.mark.parametrize(
    "url",
    [
        URL,
        "https://client.example:8443/x",
        "https://client.example/x?version=2",
        "https://client.example/.well-known/oauth-client",
        "https://client.example/a..b/c.",
        "HTTPS://client.example/x",
    ],
)
def test_a_url_that_can_be_a_client_id_is_let_be(url: str) -> None:
    assert cimd.url_fault(url, loopback=False) is None
    assert cimd.is_url(url)


def test_http_is_for_an_installation_on_loopback_and_a_client_on_loopback() -> None:
    for url in ("http://localhost:5000/client.json", "http://127.0.0.1:5000/client.json", "http://[::1]:5000/x"):
        assert cimd.url_fault(url, loopback=True) is None
    assert "https" in (cimd.url_fault("http://client.example/x", loopback=True) or "")


@pytest.mark.proves("C14")
def test_who_stands_behind_a_document_is_its_host() -> None:
    assert cimd.host("https://Client.Example:8443/x") == "client.example:8443"
    assert cimd.host("client_1") is None


def test_a_document_becomes_a_client_with_what_it_says_of_itself() -> None:
    found = client(client_uri="https://client.example", logo_uri="https://client.example/a.png", scope="mcp", x=[1])
    assert (found.id, found.name, found.source, found.auth_method) == (URL, "Agent", "document", "none")
    assert (found.created_at, found.scope, found.secret_digest) == (NOW, "mcp", None)
    assert found.metadata == {"client_uri": "https://client.example", "logo_uri": "https://client.example/a.png"}
    assert found.public


@pytest.mark.proves("B3")
@pytest.mark.parametrize("other", [None, "https://client.example/oauth/client.json/", URL.upper(), "x", 7, [URL]])
def test_a_document_names_its_own_url_character_for_character(other: Any) -> None:
    assert refused(client_id=other) == "document:client_id"


@pytest.mark.proves("B4")
@pytest.mark.parametrize(
    "changes",
    [
        {"client_secret": "x"},
        {"client_secret": ""},
        {"client_secret_expires_at": 0},
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"token_endpoint_auth_method": "client_secret_post"},
        {"token_endpoint_auth_method": "client_secret_jwt"},
        {"token_endpoint_auth_methods_supported": ["none", "client_secret_post"]},
    ],
)
def test_a_document_with_a_secret_or_a_method_that_shares_one_is_refused(changes: dict[str, Any]) -> None:
    assert refused(**changes) in {"document:secret", "document:auth_method"}


@pytest.mark.parametrize(
    ("one", "several"),
    [(None, None), ("none", None), (None, ["none"]), (None, ["private_key_jwt", "none"]), ("none", ["none", "x"])],
)
def test_the_method_is_taken_from_either_member_and_is_none_without_both(one: Any, several: Any) -> None:
    changed = client(token_endpoint_auth_method=one, token_endpoint_auth_methods_supported=several)
    assert changed.auth_method == "none"


def test_a_client_that_signs_names_its_keys_and_one_that_may_do_without_need_not() -> None:
    uri = "https://client.example/jwks.json"
    signing = client(token_endpoint_auth_method="private_key_jwt", jwks_uri=uri)
    assert (signing.auth_method, signing.jwks_uri, signing.public) == ("private_key_jwt", uri, False)
    both = client(
        token_endpoint_auth_method=None,
        token_endpoint_auth_methods_supported=["private_key_jwt", "none"],
        jwks_uri=uri,
    )
    assert both.auth_method == "none"
    assert refused(token_endpoint_auth_method="private_key_jwt") == "document:keys"
    assert refused(token_endpoint_auth_method="private_key_jwt", jwks_uri="http://x.example/") == "document:keys"


@pytest.mark.parametrize(
    ("one", "several"), [("tls_client_auth", None), (None, ["tls_client_auth"]), ("x", ["none"]), (7, None), ([], None)]
)
def test_a_method_that_is_not_offered_here_is_refused(one: Any, several: Any) -> None:
    changes = {"token_endpoint_auth_method": one, "token_endpoint_auth_methods_supported": several}
    assert refused(**changes) == "document:auth_method_unsupported"


def test_grants_that_are_not_offered_are_left_out() -> None:
    asked = ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"]
    assert client(grant_types=asked).grant_types == ("authorization_code", "refresh_token")
    assert client(grant_types=["authorization_code"]).grant_types == ("authorization_code",)
    assert refused(grant_types=["password"]) == "document:metadata"


@pytest.mark.proves("B15")
def test_redirect_uris_that_cannot_be_used_here_are_left_out_and_none_at_all_is_a_refusal() -> None:
    mixed = ["zed://callback", "javascript:alert(1)", "http://client.example/cb", "https://client.example/cb", 7]
    assert client(redirect_uris=mixed).redirect_uris == ("https://client.example/cb",)
    assert client(redirect_uris=["cursor://x/cb"]).redirect_uris == ("cursor://x/cb",)
    unusable: list[Any] = [
        None,
        [],
        "https://client.example/cb",
        ["javascript:alert(1)"],
        ["https://a.example/#x"],
        [7],
        {},
    ]
    for none in unusable:
        assert refused(redirect_uris=none) == "document:redirect_uris"


@pytest.mark.proves("B19")
def test_a_document_has_as_many_redirect_uris_as_a_registration() -> None:
    ten = [f"https://client.example/{number}" for number in range(10)]
    assert client(redirect_uris=ten).redirect_uris == tuple(ten)
    assert refused(redirect_uris=[*ten, "https://client.example/11"]) == "document:redirect_uris"


@pytest.mark.proves("C2")
def test_a_loopback_uri_without_a_port_matches_any() -> None:
    found = client(redirect_uris=["http://localhost/callback", "http://127.0.0.1/callback"])
    for host in ("localhost", "127.0.0.1"):
        assert found.redirects_to(f"http://{host}:49152/callback")
        assert found.redirects_to(f"http://{host}/callback")
        assert not found.redirects_to(f"http://{host}:49152/other")
    assert not found.redirects_to("http://[::1]:49152/callback")
    assert not found.redirects_to("https://localhost:49152/callback")


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[]", '"x"', "null", "[" * 5000, '{"a": NaN}', "{" * 5000, "9" * 5000]
)
def test_what_is_no_json_object_is_refused(text: str) -> None:
    outcome = cimd.read(URL, text, POLICY, NOW)
    assert isinstance(outcome, Refusal)
    assert outcome.reason == "document:json"


@pytest.mark.parametrize("changes", [{"client_name": 7}, {"client_name": "x" * 501}, {"scope": 'a"b'}, {"contacts": 1}])
def test_a_member_of_the_wrong_kind_is_refused(changes: dict[str, Any]) -> None:
    assert refused(**changes) == "document:metadata"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = [*DOCUMENT, "token_endpoint_auth_methods_supported", "grant_types", "response_types", "jwks", "jwks_uri"]
OPTIONAL = ["application_type", "scope", "contacts", "logo_uri", "client_uri", "client_secret"]


@given(st.dictionaries(st.sampled_from([*MEMBERS, *OPTIONAL]), VALUES, max_size=4))
def test_whatever_a_document_holds_it_is_a_client_of_its_own_or_a_refusal(changes: dict[str, Any]) -> None:
    outcome = cimd.read(URL, json.dumps(DOCUMENT | changes), POLICY, NOW)
    if isinstance(outcome, Client):
        assert outcome.id == URL
        assert outcome.secret_digest is None
        assert outcome.auth_method in {"none", "private_key_jwt"}
        assert outcome.redirect_uris
        assert "\0" not in outcome.name
    else:
        assert outcome.reason.startswith("document:")


@given(st.text(max_size=60), st.booleans())
def test_whatever_stands_in_a_url_it_is_judged(text: str, loopback: bool) -> None:
    for url in (text, f"https://{text}", f"https://h.example/{text}"):
        fault = cimd.url_fault(url, loopback=loopback)
        assert fault is None or fault.startswith(("it ", "its "))
        assert fault is not None or cimd.host(url)


@pytest.mark.parametrize(
    ("media_type", "body", "reason"),
    [
        ("application/json", b"{}", None),
        ("application/client-metadata+json", b"{}", None),
        ("text/html", b"{}", "document:media_type"),
        ("text/plain", b"{}", "document:media_type"),
        ("", b"{}", "document:media_type"),
        ("application/json", b"\xff", "document:json"),
    ],
)
def test_a_document_is_served_as_json(media_type: str, body: bytes, reason: str | None) -> None:
    outcome = cimd.text_of(Fetched(URL, media_type, body, {}))
    assert (outcome.reason if isinstance(outcome, Refusal) else None) == reason


def test_the_documents_that_ship_can_be_used_and_say_when_they_were_read() -> None:
    assert "https://claude.ai/oauth/mcp-oauth-client-metadata" in shipped.documents()
    for url, copy in shipped.documents().items():
        found = cimd.read(url, copy.text, POLICY, NOW)
        assert isinstance(found, Client), found
        assert found.redirect_uris
        assert 1_780_000_000 < copy.obtained_at < 1_900_000_000
