"""How callers prove who they are: our tokens, a trusted issuer's JWTs (RFC 7519), both for a while, or not at all."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from consentry.spec import jose, scopes, uris
from consentry.spec.jose import Jws
from consentry.spec.scopes import Scope

AuthMode = Literal["oauth", "jwt", "none"]
AUTH_MODES: tuple[AuthMode, ...] = ("oauth", "jwt", "none")

SKEW_SECONDS = 60  # clocks differ
LONGEST_NAME = 500
LONGEST_SUBJECT = 255
SHORTEST_SECRET = 32  # RFC 7518 §3.2: as long as the hash, in bytes
SEAL_PURPOSE = "issuer-secret"
# RFC 8725 §3.11: what says that it is something else (an ID-JAG, a logout token) is no access token.
_TYPES = frozenset({"", "jwt", "at+jwt", "application/at+jwt"})


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose JWTs are taken: `name` is their `iss`. Signed by a key at `jwks_uri`, or under a shared secret (HS256).

    `audience` is their `aud`; None for the deployment's own MCP URL.
    """

    name: str
    audience: str | None = None
    jwks_uri: str | None = None
    sealed_secret: bytes | None = None


@dataclass(frozen=True, slots=True)
class Authentication:
    """`modes` in the order of AUTH_MODES. Where `oauth` takes the place of `jwt`, that is over at `sunset_at`."""

    modes: tuple[AuthMode, ...] = ("oauth",)
    issuer: Issuer | None = None
    deprecated_at: int | None = None
    sunset_at: int | None = None

    @property
    def oauth(self) -> bool:
        return "oauth" in self.modes

    @property
    def jwt(self) -> bool:
        return "jwt" in self.modes

    @property
    def public(self) -> bool:
        return "none" in self.modes


OAUTH = Authentication()


@dataclass(frozen=True, slots=True)
class Said:
    """What a genuine token says; `scope` is None where it says nothing of scopes. The end allows for other clocks."""

    subject: str
    client_id: str
    scope: Scope | None
    expires_at: int


def fault(auth: Authentication) -> str | None:
    """Why there can be no such authentication, in words."""
    if not auth.modes or (auth.public and len(auth.modes) > 1):
        return "Write oauth, jwt, none, or oauth,jwt while one takes the place of the other."
    if auth.jwt != (auth.issuer is not None):
        return (
            "The mode jwt needs an issuer: say what iss its tokens have, and how it signs."
            if auth.jwt
            else "Only the mode jwt has an issuer: set it as well."
        )
    if auth.sunset_at is not None and not (auth.oauth and auth.jwt):
        return "There is a sunset only for jwt beside oauth, which takes its place: set oauth,jwt as well."
    return _issuer_fault(auth.issuer) if auth.issuer is not None else None


def itself_fault(auth: Authentication, issuer: str) -> str | None:
    """Why this issuer cannot be trusted so, in words. Our own JWTs count by their grants: by signature alone, one whose
    grant has ended would still be good, and one that was made for an upstream would open what it is not for."""
    trusted = auth.issuer
    if trusted is None or not any(_within(url, issuer) for url in (trusted.name, trusted.jwks_uri or "")):
        return None
    return "That is this installation's own issuer, whose tokens are the mode oauth."


def genuine(jws: Jws, secret: bytes) -> bool:
    """RFC 7518 §3.2. An issuer that shares a secret has no keys here: neither passes for the other (RFC 8725 §2.1)."""
    if jws.header.get("alg") != "HS256" or "crit" in jws.header:
        return False
    return hmac.compare_digest(hmac.digest(secret, jws.signed, "sha256"), jws.signature)


def read(jws: Jws, issuer: Issuer, audience: str, now: int) -> Said | str:
    """What it says, if it is for here and now; or in words why not. Whether it is genuine, its signature tells."""
    claims = jws.claims
    if str(jws.header.get("typ", "")).lower() not in _TYPES:
        return "it has another typ than JWT or at+jwt"
    if claims.get("iss") != issuer.name:
        return "iss is another issuer"
    if audience not in _audiences(claims.get("aud")):
        return f"aud is not {audience}"
    subject, expires_at = claims.get("sub"), claims.get("exp")
    if subject is None or not _is_name(subject):
        return "sub is missing"
    if (
        expires_at is None
        or not jose.is_time(expires_at)
        or not all(jose.is_time(claims.get(name, now)) for name in ("iat", "nbf"))
    ):
        return "exp is missing, or one of its times is no number"
    if expires_at + SKEW_SECONDS <= now:
        return "it has expired"
    if max(claims.get("iat", now), claims.get("nbf", now)) > now + SKEW_SECONDS:
        return "it is of the future"
    scope = _scope(claims)
    if isinstance(scope, str):
        return scope
    client = next((claims[name] for name in ("client_id", "azp") if _is_name(claims.get(name))), "")
    return Said(subject, client, scope, int(expires_at) + SKEW_SECONDS)


def _scope(claims: Mapping[str, Any]) -> Scope | str | None:
    """RFC 9068 §2.2.3, and `scp`, by which some call it, as a list too."""
    given = claims.get("scope", claims.get("scp"))
    if given is None:
        return None
    if isinstance(given, list) and all(isinstance(one, str) for one in given):
        given = " ".join(given)
    parsed = scopes.parse(given) if isinstance(given, str) else None
    return "its scope is malformed" if parsed is None else parsed


def _audiences(given: object) -> list[object]:
    return given if isinstance(given, list) else [given]


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_SUBJECT and value.isprintable() and value.isascii()


def _issuer_fault(issuer: Issuer) -> str | None:
    for text in (issuer.name, issuer.audience or "a"):
        if not (0 < len(text) <= LONGEST_NAME and text.isprintable()):
            return f"An issuer and its audience are text of 1 to {LONGEST_NAME} characters, as in its tokens."
    if (issuer.jwks_uri is None) == (issuer.sealed_secret is None):
        return "Say how the issuer signs: by keys at a URL (a JWK Set), or under a shared secret; not both."
    parts = uris.split(issuer.jwks_uri) if issuer.jwks_uri is not None else None
    if issuer.jwks_uri is None or (parts is not None and (parts.scheme == "https" or uris.is_loopback(parts))):
        return None
    return f"{issuer.jwks_uri} will not do: write the https URL of the issuer's JWK Set."


def _within(url: str, issuer: str) -> bool:
    canonical, ours = uris.canonical(url), uris.canonical(issuer)
    return canonical is not None and ours is not None and (canonical == ours or canonical.startswith(f"{ours}/"))
