"""Somebody else was in an account: whatever they may have left there ends, with all that is its owner's (ADR 40)."""

from dataclasses import dataclass
from typing import Protocol

from consentry.accounts import personal_tokens, sessions
from consentry.accounts.links import Purpose
from consentry.accounts.model import Account
from consentry.accounts.personal_tokens import PersonalTokenTransaction
from consentry.accounts.sessions import SessionTransaction
from consentry.grants.model import Grant, GrantTransaction
from consentry.grants.revoke import end
from consentry.tokens import Digest

# Ways in that are under way; what gives an address back to whom it was taken from stays.
_WAYS_IN: tuple[Purpose, ...] = ("email", "reset", "sign_in", "verify")


class EvictionTransaction(PersonalTokenTransaction, SessionTransaction, GrantTransaction, Protocol):
    """What these acts need of a transaction."""

    async def list_grants(self, *, account_id: str | None = None) -> list[Grant]: ...

    async def void_links(self, account_id: str, purpose: Purpose) -> int: ...

    async def void_codes_of(self, account_id: str, now: int) -> None:
        """Those that wait for their exchange, wherever they are kept; and holds the account's row."""
        ...


@dataclass(frozen=True, slots=True)
class Access:
    """What opens something of an account: browsers besides this one, personal access tokens, connections."""

    browsers: int
    tokens: int
    connections: int


async def count(tx: EvictionTransaction, account: Account, kept: Digest | None, now: int) -> Access:
    """What `evict` would end, as things are now."""
    browsers = [one for one in await tx.list_sessions(account.id, now) if one.digest != kept]
    live = [grant for grant in await tx.list_grants(account_id=account.id) if grant.live(now)]
    return Access(len(browsers), len(await tx.list_personal_tokens(account.id)), len(live))


async def evict(tx: EvictionTransaction, account: Account, kept: Digest | None, network: str | None, now: int) -> None:
    """Signs out every browser but `kept`, revokes every personal access token, ends every application and API key,
    and what is on its way to become one of them."""
    await tx.void_codes_of(account.id, now)
    for purpose in _WAYS_IN:
        await tx.void_links(account.id, purpose)
    await sessions.end_others(tx, account, kept or Digest(b""), network, now)
    for token in await tx.list_personal_tokens(account.id):
        await personal_tokens.revoke(tx, token, network, now)
    for grant in await tx.list_grants(account_id=account.id):
        if grant.live(now):
            await end(tx, grant, "ended by the account", network, now)
