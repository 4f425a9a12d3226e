"""How a deployment's callers are to prove who they are, as somebody wants it: the same for every door."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from consentry.deployments import authentication
from consentry.deployments.authentication import (
    AUTH_MODES,
    SEAL_PURPOSE,
    SHORTEST_SECRET,
    Authentication,
    AuthMode,
    Issuer,
)
from consentry.sealing import Sealer

LONGEST_SECRET = 2000
NEVER = 0
NO_ISSUER = "Say whose JWTs are taken: the iss of their tokens."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be different; None leaves a thing as it is. `sunset_at` is in epoch seconds, or NEVER."""

    modes: tuple[AuthMode, ...] | None = None
    issuer: str | None = None
    audience: str | None = None
    jwks_uri: str | None = None
    secret: str | None = field(default=None, repr=False)
    sunset_at: int | None = None

    @property
    def of_issuer(self) -> bool:
        return (self.issuer, self.audience, self.jwks_uri, self.secret) != (None, None, None, None)


NOTHING = Wanted()


def modes(text: str) -> tuple[AuthMode, ...] | None:
    """`oauth`, `jwt`, `none` or `oauth,jwt`; None for anything else."""
    named = {one.strip() for one in text.split(",")}
    return tuple(mode for mode in AUTH_MODES if mode in named) if named <= set(AUTH_MODES) else None


def day(text: str) -> int | None:
    """The first second (UTC) of a day written as 2027-03-31; None for what is no day."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return int(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp())
    except ValueError:
        pass
    return None


def secret_fault(secret: str) -> str | None:
    """What is wrong with a secret that is shared with an issuer, in words."""
    if SHORTEST_SECRET <= len(secret.encode()) <= LONGEST_SECRET:
        return None
    return f"A secret shared with an issuer has {SHORTEST_SECRET} to {LONGEST_SECRET} characters."


def revise(before: Authentication, wanted: Wanted, sealer: Sealer, now: int) -> Authentication | str:
    """As it is to be; or in words why it cannot."""
    if wanted == NOTHING:
        return before
    if wanted.secret is not None and (wrong := secret_fault(wanted.secret)):
        return wrong
    chosen = before.modes if wanted.modes is None else wanted.modes
    issuer: Issuer | str | None = before.issuer if "jwt" in chosen else None
    if wanted.of_issuer:
        issuer = _issuer(issuer if isinstance(issuer, Issuer) else None, wanted, sealer)
    if isinstance(issuer, str):
        return issuer
    both = {"oauth", "jwt"} <= set(chosen)
    deprecated_at, sunset_at = (before.deprecated_at, before.sunset_at) if both else (None, None)
    if wanted.sunset_at is not None:
        sunset_at = None if wanted.sunset_at == NEVER else wanted.sunset_at
        deprecated_at = (deprecated_at or now) if sunset_at is not None else None
    after = Authentication(chosen, issuer, deprecated_at, sunset_at)
    return authentication.fault(after) or after


def _issuer(before: Issuer | None, wanted: Wanted, sealer: Sealer) -> Issuer | str:
    name = wanted.issuer or (before.name if before else None)
    if name is None:
        return NO_ISSUER
    audience = wanted.audience or (before.audience if before else None)
    jwks_uri, sealed = (before.jwks_uri, before.sealed_secret) if before else (None, None)
    if wanted.jwks_uri is not None or wanted.secret is not None:
        jwks_uri = wanted.jwks_uri
        sealed = sealer.seal(wanted.secret.encode(), SEAL_PURPOSE) if wanted.secret is not None else None
    return Issuer(name, audience, jwks_uri, sealed)
