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
AT_ONCE = 1000
CLOSED = "Sign-up is closed here: `consentry account create` makes an account."


# Where a list of them goes on: when the last one shown expires, and its digest.
Place = tuple[int, Digest]


class OpenTransaction(Protocol):
    """What looking at them needs of a transaction."""

    async def list_links(self, purpose: Purpose, now: int, most: int, after: Place | None) -> Sequence[Link]:
        """Those that are still good, the youngest first, from `after` on."""
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
            await tx.spend_link(Digest(bytes.fromhex(one.reference)), now)


async def open_ones(tx: OpenTransaction, terms: AccountTerms, now: int) -> list[Invitation]:
    """All of them, the youngest first."""
    found, left = await open_page(tx, terms, now, AT_ONCE)
    while left is not None:
        more, left = await open_page(tx, terms, now, AT_ONCE, left)
        found += more
    return found


async def open_page(
    tx: OpenTransaction, terms: AccountTerms, now: int, most: int, after: Place | None = None
) -> tuple[list[Invitation], Place | None]:
    """So many, the youngest first, and where the list goes on. One whose address no key opens is not among them; it
    ends by itself."""
    found = await tx.list_links("invite", now, most + 1, after)
    shown = found[:most]
    left = (shown[-1].expires_at, shown[-1].digest) if len(found) > most else None
    return [one for link in shown if (one := _read(link, terms)) is not None], left


def _read(link: Link, terms: AccountTerms) -> Invitation | None:
    told = terms.sealer.open(link.told, PURPOSE, bytes(link.digest)) if link.told is not None else None
    if told is None:
        return None
    made_at = link.expires_at - links.TTL_SECONDS["invite"]
    return Invitation(link.digest.hex(), told.decode(), made_at, link.expires_at)


async def withdraw(tx: InvitingTransaction, reference: str, now: int, *, by: Account | None = None) -> bool:
    """Takes an invitation back, if it is still open; False where there is none such."""
    digest = digest_of(reference)
    link = await tx.find_link(digest, now) if digest is not None else None
    if link is None or link.purpose != "invite" or not await tx.spend_link(link.digest, now):
        return False
    await tx.add_event(Event("account:invitation:withdrawn", now, account_id=by.id if by else None))
    return True


def digest_of(reference: str) -> Digest | None:
    """Of an invitation that somebody names; None where it is no reference at all."""
    try:
        return Digest(bytes.fromhex(reference))
    except ValueError:
        return None
