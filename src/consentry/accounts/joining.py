"""Signing up: an address is proven before there is an account, so that nobody waits in one with a password (ADR 30)."""

from dataclasses import dataclass
from typing import Literal, Protocol

from consentry.accounts import administer, letters, links
from consentry.accounts.letters import Letter, LetterTransaction
from consentry.accounts.links import Link, LinkTransaction, Purpose
from consentry.accounts.model import Account, AccountTransaction, email_key
from consentry.accounts.terms import AccountTerms
from consentry.tokens import Secret


class JoiningTransaction(
    AccountTransaction, administer.AdministerTransaction, LinkTransaction, LetterTransaction, Protocol
):
    """What these acts need of a transaction."""

    async def find_account(self, account_id: str) -> Account | None: ...


@dataclass(frozen=True, slots=True)
class Offer:
    """What a link that somebody holds would do: make an account for `email`, or take the address of `account` as
    theirs. `then` is the page of ours that they came from."""

    link: Link
    email: str
    then: str
    account: Account | None

    @property
    def makes_account(self) -> bool:
        return self.link.purpose in {"sign_up", "invite"}


Failure = Literal["gone", "taken"]


async def ask(tx: JoiningTransaction, email: str, then: str, terms: AccountTerms, now: int) -> None:
    """Somebody wants an account for an address in which `email_fault` found nothing. They are told the same whoever's
    it is; its owner reads by mail what they can do."""
    account = await tx.find_account_by_email(email_key(email))
    if account is not None and account.verified_at is None and account.disabled_at is None:
        await verify(tx, account, then, terms, now)
    elif account is not None:
        facts = {"url": terms.addresses.endpoint("login"), "reset_url": terms.addresses.endpoint("reset-password")}
        await letters.write(tx, Letter("known", account.email, facts), account.id, terms, now)
    else:
        secret, link = links.make("sign_up", None, {"email": email.strip(), "then": then}, terms, now)
        await tx.add_link(link)
        facts = {"url": terms.url("verify-email", secret)}
        await letters.write(tx, Letter("sign_up", email.strip(), facts), None, terms, now, link.expires_at)


async def verify(tx: JoiningTransaction, account: Account, then: str, terms: AccountTerms, now: int) -> None:
    """Sends the owner of an account that is there a link which proves that its address is theirs."""
    secret, link = links.make("verify", account.id, {"email": account.email, "then": then}, terms, now)
    await tx.add_link(link)
    facts = {"url": terms.url("verify-email", secret)}
    await letters.write(tx, Letter("verify", account.email, facts), account.id, terms, now, link.expires_at)


async def find(tx: JoiningTransaction, secret: Secret, terms: AccountTerms, now: int) -> Offer | None:
    """What the link would do; nothing is spent by looking at it, since mail scanners follow links."""
    link = await tx.find_link(secret.digest(), now)
    about = links.read(link, secret, terms) if link is not None else None
    if link is None or about is None or not _good_for(link.purpose, terms):
        return None
    account = await tx.find_account(link.account_id) if link.account_id is not None else None
    if link.purpose == "verify" and (account is None or account.email != about["email"]):
        return None
    return Offer(link, about["email"], about["then"], account)


def _good_for(purpose: Purpose, terms: AccountTerms) -> bool:
    """Whether links of that purpose do anything here, as the operator decided by now."""
    match purpose:
        case "verify":
            return True
        case "sign_up":
            return terms.signup == "open"
        case "invite":
            return terms.signup != "closed"
        case _:
            return False


async def join(
    tx: JoiningTransaction, offer: Offer, name: str, password_hash: str, terms: AccountTerms, now: int
) -> Account | Failure:
    """Spends the link and makes the account, whose address it has proven."""
    if not await tx.spend_link(offer.link.digest, now):
        return "gone"
    made = administer.make(
        offer.email, name, password_hash, operator=False, verified=True, entropy=terms.entropy, now=now
    )
    return made if await administer.create(tx, made) else "taken"


async def take(tx: JoiningTransaction, offer: Offer, now: int) -> bool:
    """Spends the link and takes the address of the account as its owner's; False where the link was spent."""
    if offer.account is None or not await tx.spend_link(offer.link.digest, now):
        return False
    await administer.verify(tx, offer.account, now)
    return True
