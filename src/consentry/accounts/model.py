"""An account, and a browser that is signed in to it."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Protocol

from consentry.accounts.attempts import AttemptTransaction
from consentry.audit import EventTransaction
from consentry.tokens import Digest

LONGEST_EMAIL = 254  # RFC 5321 §4.5.3.1.3
NO_EMAIL = "That is no email address: write it as name@example.com."
_NEVER = r"\s@<>\"\x00-\x1f\x7f\ud800-\udfff"
_PLAIN = rf"[^{_NEVER}(),:;\\\[\]"  # mail has other uses for these
_EMAIL = re.compile(rf"{_PLAIN}]{{1,64}}@{_PLAIN}.]+(?:\.{_PLAIN}.]+)*")


@dataclass(frozen=True, slots=True)
class Account:
    """A person. `email` as they write it; it is found by `email_key`. Times in epoch seconds;
    `second_factor_at` is when signing in began to take a code as well. `plan` is how often their deployments may be
    called; None is what `default_plan` says."""

    id: str
    email: str
    name: str
    password_hash: str
    operator: bool
    created_at: int
    verified_at: int | None = None
    disabled_at: int | None = None
    second_factor_at: int | None = None
    plan: str | None = None

    @property
    def email_key(self) -> str:
        return email_key(self.email)


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser; `digest` is of its cookie, `browser` its name in words, `amr` how its person signed in."""

    digest: Digest
    account_id: str
    created_at: int
    expires_at: int
    network: str | None = None
    browser: str | None = None
    amr: str | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session with its account."""

    session: Session
    account: Account


def email_key(email: str) -> str:
    """How an address is found: nobody means two people by two spellings of one address."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email).strip().casefold())


def email_fault(email: str) -> str | None:
    """What is wrong with an email address, in words. One with letters that cannot be seen, or that turn the line
    around, would read like somebody else's."""
    if len(email) <= LONGEST_EMAIL and email.strip().isprintable() and _EMAIL.fullmatch(email.strip()):
        return None
    return NO_EMAIL


class AccountTransaction(AttemptTransaction, EventTransaction, Protocol):
    """What this room needs of a transaction."""

    async def add_account(self, account: Account) -> bool: ...

    async def hold_account(self, account_id: str) -> bool:
        """Until the commit nobody else changes, closes or clears it; False where it is closed, or gone."""
        ...

    async def find_account_by_email(self, email_key: str) -> Account | None: ...

    async def drop_oldest_sessions(self, account_id: str, most: int) -> None:
        """All but so many."""
        ...

    async def add_session(self, session: Session) -> None: ...

    async def find_session(self, digest: Digest) -> SignedIn | None: ...

    async def remove_session(self, digest: Digest) -> None: ...
