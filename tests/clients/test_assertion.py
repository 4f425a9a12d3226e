from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.clients import assertion, authenticate
from consentry.clients.assertion import Assertion
from consentry.spec.errors import Refusal
from tests.builders import NOW, client, params
from tests.signing import ISSUER, TYPE, claims, key, public, signed

KEYS = public(key("ES256"))
SIGNER = replace(client(), auth_method="private_key_jwt", jwks=KEYS)
AUDIENCES = frozenset({ISSUER, f"{ISSUER}/token"})

pytestmark = pytest.mark.proves("D18")


def read(text: str) -> Assertion:
    found = assertion.read(TYPE, text)
    assert isinstance(found, Assertion), found
    return found


def fault(**changes: Any) -> str | None:
    """The reason why an assertion with these claims is refused."""
    refusal = assertion.check(read(signed(claims("client_1", **changes))), SIGNER, AUDIENCES, NOW)
    if refusal is None:
        return None
    assert refusal.error == "invalid_client"
    return refusal.reason.removeprefix("client:assertion:")


def test_an_assertion_names_its_client_and_proves_it() -> None:
    shown = params(client_assertion=signed(claims("client_1")), client_assertion_type=TYPE)
    credentials = authenticate.read(None, shown)
    assert not isinstance(credentials, Refusal)
    assert credentials.client_ids == ("client_1",)
    assert authenticate.check(credentials, SIGNER, NOW, KEYS) is None
    assert fault() is None


@pytest.mark.parametrize("aud", [ISSUER, f"{ISSUER}/token", [ISSUER], [f"{ISSUER}/token"]])
def test_it_is_for_the_issuer_or_the_token_endpoint(aud: Any) -> None:
    assert fault(aud=aud) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iss": "client_2"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"sub": "client_2"}, "issuer"),
        ({"aud": None}, "audience"),
        ({"aud": "https://other.example"}, "audience"),
        ({"aud": [ISSUER, "https://other.example"]}, "audience"),
        ({"aud": []}, "audience"),
        ({"aud": [[ISSUER]]}, "audience"),
        ({"exp": None}, "times"),
        ({"exp": "soon"}, "times"),
        ({"exp": True}, "times"),
        ({"exp": 1e300}, "times"),
        ({"exp": float("inf")}, "times"),
        ({"iat": "now"}, "times"),
        ({"exp": NOW - 30}, "expired"),
        ({"exp": NOW + 631}, "long_lived"),
        ({"iat": NOW + 31}, "future"),
        ({"nbf": NOW + 31}, "future"),
        ({"jti": None}, "jti"),
        ({"jti": ""}, "jti"),
        ({"jti": 5}, "jti"),
        ({"jti": "x" * 257}, "jti"),
    ],
)
def test_a_claim_that_does_not_fit_is_refused(changes: dict[str, Any], reason: str) -> None:
    if changes.get("exp") == float("inf"):
        # JSON has no word for it, but a number that large is read as one.
        text = signed(claims("client_1", exp=10**400))
        refusal = assertion.check(read(text), SIGNER, AUDIENCES, NOW)
        assert refusal is not None
        assert refusal.reason.endswith(reason)
        return
    assert fault(**changes) == reason


@pytest.mark.parametrize("changes", [{"exp": NOW - 29}, {"exp": NOW + 630}, {"iat": NOW + 30}, {"exp": NOW + 0.5}])
def test_clocks_may_differ_a_little(changes: dict[str, Any]) -> None:
    assert fault(**changes) is None


@pytest.mark.parametrize("typ", ["at+jwt", "oauth-id-jag+jwt", "dpop+jwt", 5])
def test_a_jwt_of_another_kind_is_no_assertion(typ: Any) -> None:
    refusal = assertion.check(read(signed(claims("client_1"), typ=typ)), SIGNER, AUDIENCES, NOW)
    assert refusal is not None
    assert refusal.reason == "client:assertion:typ"


@pytest.mark.parametrize("typ", [None, "jwt", "client-authentication+jwt"])
def test_an_assertion_may_say_what_it_is(typ: str | None) -> None:
    assert assertion.check(read(signed(claims("client_1"), typ=typ)), SIGNER, AUDIENCES, NOW) is None


@pytest.mark.parametrize("text", ["", "x.y.z", "e30.e30.AA", signed({"sub": 5}), signed({"sub": "\ud800"}),
                                  signed({"sub": "a\0b"}), signed({"sub": ""})])  # fmt: skip
def test_what_names_no_client_is_refused(text: str) -> None:
    refusal = assertion.read(TYPE, text)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "client:assertion:malformed"


def test_another_type_of_assertion_is_refused() -> None:
    for kind in (None, "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"):
        refusal = assertion.read(kind, signed(claims("client_1")))
        assert isinstance(refusal, Refusal)
        assert TYPE in refusal.description


def test_a_client_that_signs_is_not_let_in_by_anything_else() -> None:
    shown = authenticate.read(None, params(client_id="client_1", client_secret="x"))
    assert not isinstance(shown, Refusal)
    for given_keys in (None, KEYS):
        assert authenticate.check(shown, SIGNER, NOW, given_keys) is not None


def test_a_client_with_a_secret_is_not_let_in_by_a_signature() -> None:
    by_secret = replace(SIGNER, auth_method="client_secret_post", secret_digest=None)
    shown = authenticate.read(None, params(client_assertion=signed(claims("client_1")), client_assertion_type=TYPE))
    assert not isinstance(shown, Refusal)
    refusal = authenticate.check(shown, by_secret, NOW, KEYS)
    assert refusal is not None
    assert refusal.reason == "client:secret"


def test_another_clients_signature_proves_nothing() -> None:
    refusal = assertion.verify(read(signed(claims("client_1"), by=key("ES256", "mallory"), kid="one-ES256")), KEYS)
    assert refusal is not None
    assert refusal.reason == "client:assertion:signature"


def test_an_assertion_beside_another_clients_id_or_another_proof_is_refused() -> None:
    text = signed(claims("client_1"))
    shown = {"client_assertion": text, "client_assertion_type": TYPE}
    for refusal in (
        authenticate.read(None, params(client_id="client_2", **shown)),
        authenticate.read(None, params(client_secret="s", **shown)),
        authenticate.read("Basic YTpi", params(**shown)),
    ):
        assert isinstance(refusal, Refusal)
        assert refusal.error == "invalid_request"


def test_what_is_remembered_is_one_jti_of_one_client() -> None:
    one = read(signed(claims("client_1"))).digest()
    assert read(signed(claims("client_1", exp=NOW + 90, iat=NOW + 1))).digest() == one
    assert read(signed(claims("client_1", jti="two"))).digest() != one
    assert read(signed(claims("client_2"))).digest() != one


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["iss", "sub", "aud", "exp", "iat", "nbf", "jti", "typ"]), json_values))
def test_no_claims_make_checking_raise(given_claims: dict[str, Any]) -> None:
    found = assertion.read(TYPE, signed({"sub": "client_1"} | given_claims))
    if isinstance(found, Assertion) and assertion.check(found, SIGNER, AUDIENCES, NOW) is None:
        assert found.digest()
        assert found.remembered_until > NOW
