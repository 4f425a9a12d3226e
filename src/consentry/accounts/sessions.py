"""The browsers that are signed in to an account: seen, and signed out from another."""

from typing import Protocol

from consentry.accounts.model import Account, Session
from consentry.audit import Event, EventTransaction
from consentry.tokens import Digest


class SessionTransaction(EventTransaction, Protocol):
    """What these acts need of a transaction."""

    async def list_sessions(self, account_id: str, now: int) -> list[Session]: ...

    async def end_sessions(self, account_id: str, *, only: Digest | None = None, keep: Digest | None = None) -> int: ...


async def end_one(tx: SessionTransaction, account: Account, digest: Digest, network: str | None, now: int) -> bool:
    """Signs one of the account's browsers out; False where it was none of them."""
    return await _told(tx, account, await tx.end_sessions(account.id, only=digest), network, now) == 1


async def end_others(tx: SessionTransaction, account: Account, kept: Digest, network: str | None, now: int) -> int:
    """Signs every browser out but this; how many there were."""
    return await _told(tx, account, await tx.end_sessions(account.id, keep=kept), network, now)


async def _told(tx: SessionTransaction, account: Account, ended: int, network: str | None, now: int) -> int:
    for _ in range(ended):
        await tx.add_event(
            Event("account:session:ended", now, network=network, account_id=account.id, reason="from another browser")
        )
    return ended
