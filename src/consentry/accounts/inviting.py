"""Invitations to make an account: given by operators, listed for them, and taken back (ADR 30)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from consentry.accounts import letters, links
from consentry.accounts.letters import Letter, LetterTransaction
from consentry.accounts.links import Link, LinkTransaction, Purpose
from consentry.accounts.model import Account, email_fault, email_key
from consentry.accounts.terms import AccountTerms
from consentry.audit import Event, EventTransaction
from consentry.tokens import Digest, Secret

PURPOSE = "invitation"
MOST_OPEN = 1000
CLOSED = "Sign-up is closed here: `consentry account create` makes an account."


class OpenTransaction(Protocol):
    """What looking at them needs of a transaction."""

    async def list_links(self, purpose: Purpose, now: int, most: int) -> Sequence[Link]:
        """Those that are still good, the youngest first."""
        ...


class ForgettingTransaction(OpenTransaction, Protocol):
    """What voiding them needs of a transaction."""

    async def spend_link(self, digest: Digest, now: int) -> bool: ...


class InvitingTransaction(EventTransaction, LinkTransaction, LetterTransaction, ForgettingTransaction, Protocol):
    """What these acts need of a transaction."""

    async def find_account_by_email(self, email_key: str) -> Account | None: ...


@dataclass(frozen=True, slots=True)
class Invitation:
    """One that nobody has followed yet. `reference` names it, and is no secret; times in epoch seconds."""

    reference: str
    email: str
    made_at: int
    expires_at: int


def fault(email: str, terms: AccountTerms, *, send: bool) -> str | None:
    """Why nobody can be invited so, in words."""
    if terms.signup == "closed":
        return CLOSED
    if send and not terms.mail:
        return "This server sends no mail (smtp_url): make a link, and hand it over."
    return email_fault(email)


async def invite(
    tx: InvitingTransaction, email: str, terms: AccountTerms, now: int, *, send: bool, by: Account | None = None
) -> Secret | None:
    """A link that makes an account for that address, in which `fault` found nothing; None where there is one already.
    An invitation that the address has is void with it."""
    if await tx.find_account_by_email(email_key(email)) is not None:
        return None
    await forget(tx, email, terms, now)
    secret, link = links.make("invite", None, {"email": email.strip(), "then": ""}, terms, now)
    told = terms.sealer.seal(email.strip().encode(), PURPOSE, bytes(link.digest))
    await tx.add_link(replace(link, told=told))
    await tx.add_event(Event("account:invitation:created", now, account_id=by.id if by else None))
    if send:
        facts = {"url": terms.url("verify-email", secret)}
        await letters.write(tx, Letter("invite", email.strip(), facts), None, terms, now, link.expires_at)
    return secret


async def forget(tx: ForgettingTransaction, email: str, terms: AccountTerms, now: int) -> None:
    """Voids what an address was invited by."""
    for one in await open_ones(tx, terms, now):
        if email_key(one.email) == email_key(email):
            await tx.spend_link(_digest(one.reference), now)


async def open_ones(tx: OpenTransaction, terms: AccountTerms, now: int) -> list[Invitation]:
    """The youngest first. One whose address no key opens is not among them; it ends by itself."""
    found = []
    for link in await tx.list_links("invite", now, MOST_OPEN):
        told = terms.sealer.open(link.told, PURPOSE, bytes(link.digest)) if link.told is not None else None
        if told is not None:
            made_at = link.expires_at - links.TTL_SECONDS["invite"]
            found.append(Invitation(link.digest.hex(), told.decode(), made_at, link.expires_at))
    return found


async def withdraw(
    tx: InvitingTransaction, reference: str, terms: AccountTerms, now: int, *, by: Account | None = None
) -> bool:
    """Takes an invitation back, if it is still open; False where there is none such."""
    if all(one.reference != reference for one in await open_ones(tx, terms, now)):
        return False
    if not await tx.spend_link(_digest(reference), now):
        return False
    await tx.add_event(Event("account:invitation:withdrawn", now, account_id=by.id if by else None))
    return True


def _digest(reference: str) -> Digest:
    return Digest(bytes.fromhex(reference))
