"""A forgotten password: a link by mail, the same answer whether or not there is an account, all browsers signed out."""

from typing import Protocol

from consentry.accounts import administer, letters, links
from consentry.accounts.letters import Letter, LetterTransaction
from consentry.accounts.links import LinkTransaction
from consentry.accounts.model import Account, email_key
from consentry.accounts.terms import AccountTerms
from consentry.tokens import Secret


class ResetTransaction(administer.AdministerTransaction, LinkTransaction, LetterTransaction, Protocol):
    """What these acts need of a transaction."""

    async def find_account(self, account_id: str) -> Account | None: ...

    async def find_account_by_email(self, email_key: str) -> Account | None: ...


async def ask(tx: ResetTransaction, email: str, terms: AccountTerms, now: int) -> None:
    """Sends the owner a link. Where there is no account the same is written, to nobody, so that time tells nothing."""
    account = await tx.find_account_by_email(email_key(email))
    known = account is not None and account.disabled_at is None
    secret, link = links.make("reset", account.id if account and known else None, {}, terms, now)
    await tx.add_link(link)
    facts = {"url": terms.url("reset-password", secret)}
    letter = Letter("reset", account.email if account and known else "", facts)
    await letters.write(tx, letter, account.id if account and known else None, terms, now, link.expires_at)


async def give(tx: ResetTransaction, account: Account, terms: AccountTerms, now: int) -> Secret:
    """A link for the operator to hand over."""
    secret, link = links.make("reset", account.id, {}, terms, now)
    await tx.add_link(link)
    return secret


async def demand(tx: ResetTransaction, account: Account, email: str, terms: AccountTerms, now: int) -> None:
    """Somebody else knows the password: it opens nothing any more, and a link to set another goes to the account's
    `email`."""
    await administer.set_password(tx, account, "", now)
    await ask(tx, email, terms, now)


async def find(tx: ResetTransaction, secret: Secret, now: int) -> Account | None:
    """Whose password the link sets, while it is good; nothing is spent by looking."""
    link = await tx.find_link(secret.digest(), now)
    if link is None or link.purpose != "reset" or link.account_id is None:
        return None
    account = await tx.find_account(link.account_id)
    return account if account is not None and account.disabled_at is None else None


async def finish(tx: ResetTransaction, secret: Secret, password_hash: str, now: int) -> bool:
    """Spends the link and sets the password; False where it was spent meanwhile. Every session and every other link of
    the account ends. Who holds the mail has proven the address."""
    account = await find(tx, secret, now)
    if account is None or not await tx.spend_link(secret.digest(), now):
        return False
    await administer.verify(tx, account, now)
    await administer.set_password(tx, account, password_hash, now)
    return True
