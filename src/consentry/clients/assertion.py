"""client_assertion: the client signs who it is, once for each request. RFC 7523 §2.2, §3; OpenID Connect Core §9."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from consentry.clients.model import Client
from consentry.spec import jose
from consentry.spec.errors import Refusal
from consentry.spec.jose import Jwks, Jws
from consentry.tokens import Digest

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# §3: a short life bounds how long each `jti` has to be remembered.
LONGEST_LIFE_SECONDS = 600
SKEW_SECONDS = 30  # clocks differ
LONGEST_JTI = 256
# RFC 8725 §3.11: a JWT that says it is something else (an access token, an ID-JAG) is none of ours.
_TYPES = frozenset({"", "jwt", "client-authentication+jwt"})


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a client signed of itself; `client_id` is what it claims to be."""

    jws: Jws
    client_id: str

    def digest(self) -> Digest:
        """What is remembered of it: one `jti` of one client."""
        return Digest(sha256(f"{self.client_id}\0{self.jws.claims['jti']}".encode("utf-8", "surrogatepass")).digest())

    @property
    def remembered_until(self) -> int:
        return int(self.jws.claims["exp"]) + SKEW_SECONDS


def read(kind: str | None, text: str) -> Assertion | Refusal:
    """The assertion in a request, taken apart and not believed yet."""
    if kind != TYPE:
        return _refusal(f"client_assertion_type must be {TYPE}.", "type")
    jws = jose.parse(text)
    subject = jws.claims.get("sub") if jws else None
    if jws is None or not isinstance(subject, str) or not (subject.isascii() and subject.isprintable() and subject):
        return _refusal("The client_assertion is no signed JWT with sub, the client_id.", "malformed")
    return Assertion(jws, subject)


def check(assertion: Assertion, client: Client, audiences: frozenset[str], now: int) -> Refusal | None:
    """Whether its claims fit this client, this server and this moment (§3). Its signature is looked at after that."""
    claims = assertion.jws.claims
    if str(assertion.jws.header.get("typ", "")).lower() not in _TYPES:
        return _refusal("The client_assertion has another typ than JWT.", "typ")
    if not claims.get("iss") == claims.get("sub") == client.id:
        return _refusal("iss and sub of the client_assertion must both be the client_id.", "issuer")
    if _audience(claims.get("aud")) not in audiences:
        return _refusal(
            "aud of the client_assertion must be the issuer of this server, and nothing beside.", "audience"
        )
    return _time_fault(claims, now) or _jti_fault(claims.get("jti"))


def verify(assertion: Assertion, keys: Jwks) -> Refusal | None:
    """Whether one of the client's own keys signed it."""
    if jose.verified(assertion.jws, keys):
        return None
    names = ", ".join(jose.ALGORITHMS)
    return _refusal(f"No key of this client made the client_assertion's signature ({names}).", "signature")


def spent() -> Refusal:
    """For one that came before."""
    return _refusal("This client_assertion was used before: sign a new one for each request.", "replayed")


def _audience(given: object) -> str | None:
    """§3: one server. An assertion that is good at two would let one of them be the client at the other."""
    if isinstance(given, list):
        given = given[0] if len(given) == 1 else None
    return given if isinstance(given, str) else None


def _time_fault(claims: Any, now: int) -> Refusal | None:
    expires, issued, begins = claims.get("exp"), claims.get("iat", now), claims.get("nbf", now)
    if not all(jose.is_time(moment) for moment in (expires, issued, begins)):
        return _refusal("exp of the client_assertion is missing, or one of its times is no number.", "times")
    if expires + SKEW_SECONDS <= now:
        return _refusal("The client_assertion has expired: sign a new one for each request.", "expired")
    if expires - SKEW_SECONDS > now + LONGEST_LIFE_SECONDS:
        return _refusal(f"exp of the client_assertion is more than {LONGEST_LIFE_SECONDS} seconds ahead.", "long_lived")
    if max(issued, begins) > now + SKEW_SECONDS:
        return _refusal("The client_assertion is of the future: set the client's clock.", "future")
    return None


def _jti_fault(jti: object) -> Refusal | None:
    if isinstance(jti, str) and 0 < len(jti) <= LONGEST_JTI:
        return None
    return _refusal(f"jti of the client_assertion must be text of 1 to {LONGEST_JTI} characters.", "jti")


def _refusal(description: str, reason: str) -> Refusal:
    return Refusal("invalid_client", description, f"client:assertion:{reason}")
