"""What an operator does with accounts: make, verify, disable, enable, give a new password. Ending grants is above."""

from typing import Protocol

from consentry.accounts import passwords
from consentry.accounts.model import Account, email_fault
from consentry.audit import Event, EventName, EventTransaction
from consentry.tokens import Entropy, identifier

LONGEST_NAME = 100


class DeletionTransaction(EventTransaction, Protocol):
    """What deleting needs of a transaction."""

    async def erase_account(self, account_id: str, now: int) -> bool: ...


class AdministerTransaction(EventTransaction, Protocol):
    """What these acts need of a transaction."""

    async def add_account(self, account: Account) -> bool: ...

    async def verify_account(self, account_id: str, now: int) -> bool: ...

    async def disable_account(self, account_id: str, now: int) -> bool: ...

    async def enable_account(self, account_id: str) -> bool: ...

    async def set_plan(self, account_id: str, plan: str | None) -> None: ...

    async def set_password_hash(self, account_id: str, password_hash: str) -> None: ...


def fault(email: str, name: str, password: str) -> str | None:
    """Why there can be no such account, in words."""
    return email_fault(email) or _name_fault(name) or passwords.fault(password, email.strip())


def make(
    email: str, name: str, password_hash: str, *, operator: bool, verified: bool, entropy: Entropy, now: int
) -> Account:
    """A new account, of an email and a name in which `fault` found nothing. Touches nothing."""
    return Account(
        id=identifier("account", entropy),
        email=email.strip(),
        name=name.strip(),
        password_hash=password_hash,
        operator=operator,
        created_at=now,
        verified_at=now if verified else None,
    )


async def create(tx: AdministerTransaction, account: Account) -> bool:
    """Keeps an account that was made; False where its address is taken."""
    added = await tx.add_account(account)
    if added:
        await tx.add_event(_event("account:account:created", account, account.created_at))
    return added


async def verify(tx: AdministerTransaction, account: Account, now: int) -> bool:
    """Takes the address as theirs; False where it was already."""
    verified = await tx.verify_account(account.id, now)
    if verified:
        await tx.add_event(_event("account:account:verified", account, now))
    return verified


async def disable(tx: AdministerTransaction, account: Account, now: int) -> bool:
    """Closes the account and signs its browsers out; False where it was closed already."""
    disabled = await tx.disable_account(account.id, now)
    if disabled:
        await tx.add_event(_event("account:account:disabled", account, now))
    return disabled


async def delete(tx: DeletionTransaction, account: Account, now: int) -> bool:
    """Erases all that is a person's; False where that was done already."""
    erased = await tx.erase_account(account.id, now)
    if erased:
        await tx.add_event(_event("account:account:deleted", account, now))
    return erased


async def enable(tx: AdministerTransaction, account: Account, now: int) -> bool:
    """Opens a closed account; False where it was open. What ended with the closing stays ended."""
    enabled = await tx.enable_account(account.id)
    if enabled:
        await tx.add_event(_event("account:account:enabled", account, now))
    return enabled


async def set_plan(tx: AdministerTransaction, account: Account, plan: str | None, now: int) -> bool:
    """Another plan, from the next call on; None is the one that accounts without have. False where it was that."""
    if account.plan == plan:
        return False
    await tx.set_plan(account.id, plan)
    await tx.add_event(Event("account:plan:changed", now, account_id=account.id, reason=plan or "default"))
    return True


async def set_password(tx: AdministerTransaction, account: Account, password_hash: str, now: int) -> None:
    """A new password; its browsers are signed out, the applications it approved stay connected."""
    await tx.set_password_hash(account.id, password_hash)
    await tx.add_event(_event("account:password:changed", account, now))


def _name_fault(name: str) -> str | None:
    if len(name) <= LONGEST_NAME and (not name or name.isprintable()):
        return None
    return f"A name is one line of at most {LONGEST_NAME} characters."


def _event(name: EventName, account: Account, now: int) -> Event:
    return Event(name, now, account_id=account.id)
