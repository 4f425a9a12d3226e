import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from consentry.spec import jose
from consentry.spec.jose import ALGORITHMS, Jwks
from tests import signing
from tests.signing import encoded, jwks, key, signed

CLAIMS = {"sub": "client_1"}


def public(*algs: str) -> Jwks:
    return signing.public(*(key(alg) for alg in algs))


def verified(text: str, keys: Jwks) -> bool:
    jws = jose.parse(text)
    return jws is not None and jose.verified(jws, keys)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_signature_is_verified_by_the_key_that_made_it_and_by_no_other(alg: str) -> None:
    text = signed(CLAIMS, alg)
    assert verified(text, public(alg))
    assert not verified(text, [{**one, "kid": key(alg).kid or ""} for one in jwks(key(alg, "other"))["keys"]])
    head, body, signature = text.split(".")
    forged = encoded(json.dumps({"sub": "client_2"}).encode())
    assert not verified(f"{head}.{forged}.{signature}", public(alg))
    assert not verified(f"{head}.{body}.", public(alg))


def test_no_algorithm_is_believed_that_is_not_the_keys_own() -> None:
    everything = public("RS256", "ES256", "EdDSA")
    none = f"{encoded(json.dumps({'alg': 'none'}).encode())}.{encoded(json.dumps(CLAIMS).encode())}."
    assert not verified(none, everything)
    # The public key as a shared secret: RFC 8725 §2.1.
    assert not verified(signed(CLAIMS, "HS256"), everything)
    text = signed(CLAIMS, "RS256", kid="one-ES256")
    assert not verified(text, everything)
    assert not verified(signed(CLAIMS, "RS256"), [{**one, "alg": "PS256"} for one in public("RS256")])
    assert not verified(signed(CLAIMS, "ES256"), [{**one, "use": "enc"} for one in public("ES256")])


def test_a_signature_that_names_its_key_is_looked_at_with_that_one_alone() -> None:
    assert verified(signed(CLAIMS, kid=None), public("ES256"))
    assert not verified(signed(CLAIMS, kid="another"), public("ES256"))
    assert not verified(signed(CLAIMS, kid=["one-ES256"]), public("ES256"))
    assert jose.knows(public("ES256"), "one-ES256")
    assert jose.knows(public("ES256"), None)
    assert not jose.knows(public("ES256"), "another")


def test_what_must_be_understood_and_is_not_makes_it_void() -> None:
    assert not verified(signed(CLAIMS, crit=["exp"]), public("ES256"))


@pytest.mark.parametrize(
    "text",
    ["", "a", "a.b", "a.b.c.d", "e30.e30", "e30.W10.AA", "W10.e30.AA", "e30.e30.A", "e30.e30.A+/=", "e30.e30.A A",
     "eyJhIjoxLCJhIjoyfQ.e30.AA", encoded(b'{"a":NaN}') + ".e30.AA", f"e30.{'A' * 9000}.AA", "é.é.é",
     f"{encoded(b'[' * 3000)}.e30.AA"],
)  # fmt: skip
def test_what_is_no_jwt_is_none(text: str) -> None:
    assert jose.parse(text) is None


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: f"{encoded(raw)}.{encoded(raw)}.{encoded(raw)}"))
def test_no_text_makes_parsing_raise(text: str) -> None:
    jws = jose.parse(text)
    assert jws is None or not jose.verified(jws, public("ES256", "EdDSA"))


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        (None, "JWK Set"),
        ([], "JWK Set"),
        ({"keys": []}, "JWK Set"),
        ({"keys": {}}, "JWK Set"),
        ({"keys": ["x"]}, "objects alone"),
        ({"keys": [dict(key("ES256").as_dict(private=True))]}, "private or shared"),
        ({"keys": [{"kty": "oct", "k": "AAAA"}]}, "private or shared"),
        ({"keys": [{"kty": "EC", "crv": "P-256", "x": "AQAB", "y": "AQAB"}]}, "no key that is used here"),
        ({"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}, "no key that is used here"),
        ({"keys": [{"kty": "RSA", "n": 5, "e": []}]}, "no key that is used here"),
        ({"keys": [{"kty": "magic"}]}, "no key that is used here"),
        ({"keys": [{}] * 21}, "at most 20"),
        (jwks(ECKey.generate_key("P-521")), "no key that is used here"),
        ({"keys": [{"kty": "RSA", "n": encoded(b"\xff" * 128), "e": "AQAB"}]}, "no key that is used here"),
    ],
)
def test_a_set_that_nobody_could_sign_for_is_refused_in_words(document: Any, fault: str) -> None:
    said = jose.public_keys(document)
    assert isinstance(said, str)
    assert fault in said


def test_an_exponent_that_makes_looking_dear_is_refused() -> None:
    (dear,) = jwks(key("RS256"))["keys"]
    assert isinstance(jose.public_keys({"keys": [dear | {"e": dear["n"][:300]}]}), str)


@pytest.mark.parametrize("kid", ["\ud800", "a\0b", "é", "\n", 5, ["k"]])
def test_a_key_whose_name_cannot_be_kept_and_given_back_is_left_out(kid: object) -> None:
    one = jwks(key("ES256"))["keys"][0]
    assert isinstance(jose.public_keys({"keys": [one | {"kid": kid}]}), str)
    assert jose.public_keys({"keys": [one | {"kid": kid}, one]}) == jose.public_keys({"keys": [one]})


def test_members_that_nobody_reads_are_not_kept() -> None:
    (one,) = jwks(key("ES256"))["keys"]
    kept = jose.public_keys({"keys": [one | {"x5c": ["…"], "note": 5}]})
    assert kept == (one,)
