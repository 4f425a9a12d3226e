"""Links that are sent or printed: each works once, for a while; what it is about is sealed under the link itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from consentry.accounts.terms import AccountTerms
from consentry.tokens import Digest, Kind, Secret, mint

# sign_up and invite make an account; verify is of one that is there; email changes its address, keep_email stops that;
# sign_in is the way from a right password to the second factor.
Purpose = Literal["sign_up", "invite", "verify", "reset", "email", "keep_email", "sign_in"]

HOUR_SECONDS = 3600
DAY_SECONDS = 86_400
TTL_SECONDS: Mapping[Purpose, int] = {
    "sign_up": DAY_SECONDS,
    "invite": 7 * DAY_SECONDS,
    "verify": DAY_SECONDS,
    "reset": HOUR_SECONDS,
    "email": DAY_SECONDS,
    "keep_email": 7 * DAY_SECONDS,
    "sign_in": 600,
}


@dataclass(frozen=True, slots=True)
class Link:
    """`account_id` is None where there is no account yet. `told` is what operators may read of it, sealed."""

    digest: Digest
    purpose: Purpose
    account_id: str | None
    sealed: bytes
    expires_at: int
    told: bytes | None = None


class LinkTransaction(Protocol):
    """What this room needs of a transaction."""

    async def add_link(self, link: Link) -> None: ...

    async def find_link(self, digest: Digest, now: int) -> Link | None:
        """One that is still good."""
        ...

    async def spend_link(self, digest: Digest, now: int) -> bool:
        """True for exactly one caller, while it is good."""
        ...

    async def void_links(self, account_id: str, purpose: Purpose) -> int:
        """Those of an account; how many there were."""
        ...

    async def void_younger_links(self, account_id: str, expires_at: int) -> None:
        """Those of an account, but for keep_email: of these the ones that expire later than that."""
        ...


def make(
    purpose: Purpose, account_id: str | None, about: Mapping[str, str], terms: AccountTerms, now: int
) -> tuple[Secret, Link]:
    """A new link and what is kept of it. Touches nothing."""
    secret = mint(Kind.LINK, terms.entropy)
    sealed = terms.sealer.seal(json.dumps(dict(about)).encode(), f"link {purpose}", secret.reveal().encode())
    return secret, Link(secret.digest(), purpose, account_id, sealed, now + TTL_SECONDS[purpose])


def read(link: Link, secret: Secret, terms: AccountTerms) -> dict[str, str] | None:
    """What it is about; None where the operator's key is not the one it was made under."""
    opened = terms.sealer.open(link.sealed, f"link {link.purpose}", secret.reveal().encode())
    about: dict[str, str] | None = json.loads(opened) if opened is not None else None
    return about
