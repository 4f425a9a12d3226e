"""Another email address: the new one is proven by a link, the old one is told and can keep what it was (ADR 30)."""

from dataclasses import dataclass
from typing import Literal, Protocol

from consentry.accounts import letters, links
from consentry.accounts.letters import Letter, LetterTransaction
from consentry.accounts.links import Link, LinkTransaction
from consentry.accounts.model import Account, email_key
from consentry.accounts.terms import AccountTerms
from consentry.audit import Event, EventTransaction
from consentry.tokens import Digest, Secret


class AddressingTransaction(EventTransaction, LinkTransaction, LetterTransaction, Protocol):
    """What these acts need of a transaction."""

    async def find_account(self, account_id: str) -> Account | None: ...

    async def find_account_by_email(self, email_key: str) -> Account | None: ...

    async def set_email(self, account_id: str, email: str, now: int) -> bool:
        """False where another account has it."""
        ...

    async def end_sessions(self, account_id: str, *, only: Digest | None = None, keep: Digest | None = None) -> int: ...


@dataclass(frozen=True, slots=True)
class Change:
    """What a link would do: give the account this address, or give it back."""

    link: Link
    account: Account
    email: str

    @property
    def keeps(self) -> bool:
        return self.link.purpose == "keep_email"


Outcome = Literal["changed", "kept", "gone", "taken"]


async def ask(tx: AddressingTransaction, account: Account, email: str, terms: AccountTerms, now: int) -> None:
    """Writes to both addresses. Where the new one is another account's, its owner is told instead; the answer to who
    asks is the same."""
    await tx.void_links(account.id, "email")
    if await tx.find_account_by_email(email_key(email)) is not None:
        facts = {"url": terms.addresses.endpoint("login"), "reset_url": terms.addresses.endpoint("reset-password")}
        await letters.write(tx, Letter("known", email, facts), None, terms, now)
    else:
        new, link = links.make("email", account.id, {"email": email}, terms, now)
        await tx.add_link(link)
        facts = {"url": terms.url("verify-email", new)}
        await letters.write(tx, Letter("email_new", email, facts), account.id, terms, now, link.expires_at)
    # Younger than any that was written to an address before this one, be it in the same second: `finish` goes by that.
    asked_at = max(now, (account.verified_at or 0) + 1)
    stop, link = links.make("keep_email", account.id, {"email": account.email}, terms, asked_at)
    await tx.add_link(link)
    facts = {"url": terms.url("account/keep-email", stop), "email": email}
    await letters.write(tx, Letter("email_asked", account.email, facts), account.id, terms, now)


async def find(tx: AddressingTransaction, secret: Secret, terms: AccountTerms, now: int) -> Change | None:
    """What the link would do, while it is good; nothing is spent by looking."""
    link = await tx.find_link(secret.digest(), now)
    if link is None or link.account_id is None or link.purpose not in {"email", "keep_email"}:
        return None
    about = links.read(link, secret, terms)
    account = await tx.find_account(link.account_id)
    if about is None or account is None or account.disabled_at is not None:
        return None
    return Change(link, account, about["email"])


async def finish(
    tx: AddressingTransaction, change: Change, terms: AccountTerms, network: str | None, now: int
) -> Outcome:
    """Spends the link. Who keeps the old address signs every browser out: one of them may be a stranger's.

    Whoever had the address before them can still have it back: a thief who moves an account twice holds the mailbox in
    between, and must not take the owner's way back by their own.
    """
    if not await tx.spend_link(change.link.digest, now):
        return "gone"
    if change.keeps:
        await tx.void_younger_links(change.account.id, change.link.expires_at)
    account = await tx.find_account(change.account.id)  # as it is by now: another link may have moved it meanwhile
    if account is None or account.disabled_at is not None:
        return "gone"
    moved = email_key(account.email) != email_key(change.email)
    if moved and not await tx.set_email(account.id, change.email, now):
        return "taken"
    if change.keeps:
        await tx.end_sessions(account.id)
    if moved:
        await tx.void_links(account.id, "reset")  # they lie in the mailbox that is left
        reason = "taken back" if change.keeps else "confirmed"
        await tx.add_event(Event("account:email:changed", now, network=network, account_id=account.id, reason=reason))
        await letters.write(tx, Letter("email_changed", account.email, {"email": change.email}), account.id, terms, now)
    return "kept" if change.keeps else "changed"
