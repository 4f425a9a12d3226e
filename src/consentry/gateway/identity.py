"""Who calls, told to the upstream by a signed word of ours: JWS (RFC 7515), for that upstream alone (ADR 25)."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from consentry.gateway.model import Access, Decision, Forward, Header, Request
from consentry.spec import scopes
from consentry.tokens import Entropy

HEADER = b"x-consentry-identity"
TYP = "consentry-identity+jwt"  # RFC 8725 §3.11: never to be taken for an access token or an ID token
LIFE_SECONDS = 120
# Signing costs more than all else on the path, so one is sent again for half its life.
KEPT_SECONDS = LIFE_SECONDS // 2
MOST_KEPT = 10_000


class Sign(Protocol):
    """Signs claims, with `iss`, as a JWS of that `typ`."""

    async def sign(self, claims: Mapping[str, Any], typ: str) -> str: ...


def claims(audience: str, access: Access, jti: str, now: int) -> dict[str, Any]:
    """RFC 7519 §4.1, RFC 8693 §4.2 and §4.3, OpenID Connect Core §5.1. No address that nobody has proven."""
    person = access.person
    address = {"email": person.email, "email_verified": True} if person is not None and person.verified else {}
    return {
        "aud": audience,
        "sub": access.account_id,
        "client_id": access.client_id,
        "scope": scopes.render(access.scope),
        "iat": now,
        "exp": now + LIFE_SECONDS,
        "jti": jti,
        **address,
    }


@dataclass(slots=True)
class Identity:
    """A policy that adds the header, and refuses nobody. What is kept is found by all that is told: an edited grant is
    told of at once."""

    signer: Sign
    entropy: Entropy
    _kept: dict[tuple[str, Access], tuple[int, Header]] = field(default_factory=dict)

    def settles(self, request: Request, forward: Forward) -> bool:
        return not _told(forward)

    def needs_body(self, request: Request, forward: Forward) -> bool:
        return False

    def judge(self, request: Request, forward: Forward, now: int) -> Decision | Awaitable[Decision]:
        if not _told(forward):
            return forward
        audience = forward.target.identity
        kept = self._kept.get((audience, forward.access))
        if kept is not None and now < kept[0]:
            return forward.adding(kept[1])
        return self._sign(audience, forward, now)

    async def _sign(self, audience: str, forward: Forward, now: int) -> Forward:
        token = await self.signer.sign(claims(audience, forward.access, self.entropy(16).hex(), now), TYP)
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        header = (HEADER, token.encode())
        self._kept[(audience, forward.access)] = (now + KEPT_SECONDS, header)
        return forward.adding(header)


def _told(forward: Forward) -> bool:
    """Nobody asked who calls a public deployment."""
    return bool(forward.target.identity and forward.access.account_id)
