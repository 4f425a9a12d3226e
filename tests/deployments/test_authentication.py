from dataclasses import replace
from typing import Any

import pytest

from consentry.deployments import authentication
from consentry.deployments.authentication import OAUTH, Authentication, Issuer, Said
from consentry.spec import jose
from tests.builders import HOUR, NOW
from tests.signing import key, signed

IDP = "https://idp.example"
AUDIENCE = "https://h.example/mcp/notes"
ISSUER = Issuer(IDP, None, f"{IDP}/jwks.json")
JWT = Authentication(("jwt",), ISSUER)
CLAIMS: dict[str, Any] = {"iss": IDP, "aud": AUDIENCE, "sub": "ada", "exp": NOW + HOUR}


def said(changes: dict[str, Any] | None = None, **header: Any) -> Said | str:
    claims = {name: value for name, value in (CLAIMS | (changes or {})).items() if value is not None}
    jws = jose.parse(signed(claims, **header))
    assert jws is not None
    return authentication.read(jws, ISSUER, AUDIENCE, NOW)


def test_a_token_says_who_comes_and_for_how_long() -> None:
    assert said() == Said("ada", "", None, NOW + HOUR + authentication.SKEW_SECONDS)
    assert said({"client_id": "app", "azp": "other"}) == replace(said(), client_id="app")  # type: ignore[type-var]
    assert said({"azp": "other"}) == replace(said(), client_id="other")  # type: ignore[type-var]
    assert said({"aud": ["x", AUDIENCE]}) == said()


@pytest.mark.parametrize(
    ("claims", "scope"),
    [
        ({"scope": "mcp read"}, {"mcp", "read"}),
        ({"scp": "read"}, {"read"}),
        ({"scp": ["read", "mcp"]}, {"mcp", "read"}),
        ({"scope": ""}, set()),
        ({}, None),
    ],
)
def test_its_scopes_are_read_in_each_of_the_usual_ways(claims: dict[str, Any], scope: set[str] | None) -> None:
    found = said(claims)
    assert isinstance(found, Said)
    assert found.scope == scope


@pytest.mark.proves("G2")
@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": f"{IDP}/"},
        {"iss": None},
        {"aud": "https://h.example/mcp/other"},
        {"aud": []},
        {"aud": None},
        {"aud": f"{AUDIENCE}/"},
        {"sub": None},
        {"sub": 7},
        {"sub": ""},
        {"sub": "a" * 256},
        {"sub": "a\nb"},
        {"exp": None},
        {"exp": "never"},
        {"exp": True},
        {"exp": 1e300},
        {"exp": NOW - authentication.SKEW_SECONDS},
        {"nbf": NOW + authentication.SKEW_SECONDS + 1},
        {"iat": NOW + authentication.SKEW_SECONDS + 1},
        {"nbf": "soon"},
        {"scope": 7},
        {"scope": 'a"b'},
        {"scp": ["a", 7]},
    ],
)
def test_a_token_that_is_not_for_here_and_now_is_refused(changes: dict[str, Any]) -> None:
    assert isinstance(said(changes), str)


def test_clocks_may_differ_a_little() -> None:
    edge = authentication.SKEW_SECONDS
    assert isinstance(said({"exp": NOW - edge + 1, "nbf": NOW + edge, "iat": NOW + edge}), Said)


@pytest.mark.parametrize(("typ", "taken"), [("JWT", True), ("at+jwt", True), (None, True), ("logout+jwt", False)])
def test_what_says_that_it_is_something_else_is_no_access_token(typ: str | None, taken: bool) -> None:
    assert isinstance(said(typ=typ), Said) is taken


def test_a_shared_secret_signs_with_one_algorithm_and_nothing_else_passes_for_it() -> None:
    secret = key("HS256").get_op_key("sign")
    assert isinstance(secret, bytes)
    good = jose.parse(signed(CLAIMS, "HS256"))
    assert good is not None
    assert authentication.genuine(good, secret)
    assert not authentication.genuine(good, secret + b"x")
    assert not authentication.genuine(replace(good, header={"alg": "none"}), secret)
    assert not authentication.genuine(replace(good, header={"alg": "HS512"}), secret)
    assert not authentication.genuine(replace(good, header={"alg": "HS256", "crit": ["exp"]}), secret)
    assert not authentication.genuine(replace(good, signature=b""), secret)


@pytest.mark.parametrize(
    "auth",
    [
        Authentication(()),
        Authentication(("oauth", "none")),
        Authentication(("jwt", "none"), ISSUER),
        Authentication(("jwt",)),
        Authentication(("oauth",), ISSUER),
        Authentication(("none",), ISSUER),
        Authentication(("jwt",), ISSUER, sunset_at=NOW),
        Authentication(("oauth",), sunset_at=NOW),
        replace(JWT, issuer=Issuer(IDP)),
        replace(JWT, issuer=Issuer(IDP, None, f"{IDP}/jwks.json", b"sealed")),
        replace(JWT, issuer=Issuer("", None, f"{IDP}/jwks.json")),
        replace(JWT, issuer=Issuer(IDP, None, "http://idp.example/jwks.json")),
        replace(JWT, issuer=Issuer(IDP, None, "file:///etc/passwd")),
    ],
)
def test_what_does_not_go_together_is_said(auth: Authentication) -> None:
    assert authentication.fault(auth) is not None


def test_each_mode_can_be_had() -> None:
    both = Authentication(("oauth", "jwt"), ISSUER, NOW, NOW + HOUR)
    for auth in (OAUTH, JWT, both, Authentication(("none",)), replace(JWT, issuer=Issuer("x", "y", None, b"sealed"))):
        assert authentication.fault(auth) is None


@pytest.mark.parametrize(
    "issuer",
    [
        Issuer("https://h.example", None, f"{IDP}/jwks.json"),
        Issuer("https://H.example:443/", None, f"{IDP}/jwks.json"),
        Issuer(IDP, None, "https://h.example/jwks.json"),
    ],
)
def test_our_own_issuer_is_trusted_by_no_signature_alone(issuer: Issuer) -> None:
    assert authentication.itself_fault(replace(JWT, issuer=issuer), "https://h.example") is not None
    assert authentication.itself_fault(replace(JWT, issuer=issuer), "https://elsewhere.example") is None
