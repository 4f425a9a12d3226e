"""Signing in: throttled before the password is looked at, and telling nobody whether an account exists."""

from dataclasses import dataclass
from typing import Literal, Protocol

from consentry.accounts import attempts, links
from consentry.accounts.attempts import Throttled
from consentry.accounts.links import LinkTransaction
from consentry.accounts.model import Account, AccountTransaction, Session, email_key
from consentry.accounts.terms import AccountTerms
from consentry.audit import Event, EventName
from consentry.spec import acr
from consentry.spec.networks import neighbourhood
from consentry.tokens import Digest, Entropy, Kind, Secret, mint

SESSION_TTL_SECONDS = 12 * 3600

# Attempts in a window. One address may not guess one account's password; nobody may guess at one account from many
# addresses without end, nor at many accounts from one. Each is wide enough for a person with a bad memory.
MOST_PER_PAIR = 5
MOST_PER_ACCOUNT = 50
MOST_PER_NETWORK = 50
# Right ones too: each takes a tenth of a second of this machine, and leaves a session.
MOST_SIGN_INS_PER_PAIR = 100
# Browsers that one account is signed in with; another signs the one out that has been longest.
MOST_SESSIONS = 50


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in that was let through to the password; `account` is None where the email is nobody's."""

    account: Account | None
    keys: tuple[Digest, ...]


@dataclass(frozen=True, slots=True)
class HalfIn:
    """The password was right, and is not enough; `token` leads on."""

    account: Account
    token: Secret


Failure = Literal["wrong", "unverified"]


class LoginTransaction(AccountTransaction, LinkTransaction, Protocol):
    """What signing in needs of a transaction."""


async def begin(tx: AccountTransaction, email: str, network: str | None, now: int) -> Attempt | Throttled:
    """Counts the attempt before the password is looked at: guesses sent side by side count too."""
    key = email_key(email)
    place = neighbourhood(network)
    limits = {
        attempts.key("pair", key, place): MOST_PER_PAIR,
        attempts.key("account", key): MOST_PER_ACCOUNT,
        attempts.key("network", place): MOST_PER_NETWORK,
    }
    every = {attempts.key("every", key, place): MOST_SIGN_INS_PER_PAIR}
    overrun = await attempts.count(tx, limits | every, now)
    if overrun is None:
        return Attempt(await tx.find_account_by_email(key), tuple(limits))
    if overrun.first:
        account = await tx.find_account_by_email(key)
        await tx.add_event(_event("account:login:throttled", account, "", network, now))
    return overrun.throttled


async def finish(
    tx: LoginTransaction,
    attempt: Attempt,
    right: bool,
    network: str | None,
    terms: AccountTerms,
    now: int,
    browser: str | None = None,
) -> Secret | HalfIn | Failure:
    """`right` is whether the password was. A new session under a new secret, what leads to the second factor, or
    what to tell the person.

    That an address is not verified yet is told only to one who knows the password.
    """
    seen = attempt.account
    # Looked up once more: while the password was hashed the account may have been disabled or given another.
    # Held, so that whoever gives it one in this very moment sees the session that is made here, and ends it.
    held = await tx.hold_account(seen.id if seen else "")
    account = await tx.find_account_by_email(email_key(seen.email)) if seen else None
    right = right and account is not None and seen is not None and account.password_hash == seen.password_hash
    if account is None or not right or not held:
        reason = "unknown" if account is None else "password" if not right else "disabled"
        await tx.add_event(_event("account:login:failed", account, reason, network, now))
        return "wrong"
    if account.verified_at is None and terms.require_verified:
        await tx.add_event(_event("account:login:failed", account, "unverified", network, now))
        return "unverified"
    await _was_right(tx, attempt)
    if account.second_factor_at is not None or terms.second_factor == "required":
        token, link = links.make("sign_in", account.id, {}, terms, now)
        await tx.add_link(link)
        return HalfIn(account, token)
    return await start(tx, account, network, terms.entropy, now, browser, acr.ONE_FACTOR)


async def confirm(
    tx: AccountTransaction, account: Account, attempt: Attempt, right: bool, network: str | None, now: int
) -> bool:
    """Whether somebody who is signed in knows the password: counted like a sign-in, and begun like one."""
    if right:
        await _was_right(tx, attempt)
    else:
        await tx.add_event(_event("account:login:failed", account, "password", network, now))
    return right


async def _was_right(tx: AccountTransaction, attempt: Attempt) -> None:
    pair, *wider = attempt.keys
    await tx.forget_attempts(pair)
    for key in wider:
        await tx.take_back_attempt(key)


async def start(
    tx: AccountTransaction,
    account: Account,
    network: str | None,
    entropy: Entropy,
    now: int,
    browser: str | None,
    amr: str | None,
) -> Secret:
    """A new session of somebody who has proven who they are; `amr` says how (RFC 8176)."""
    secret = mint(Kind.SESSION, entropy)
    await tx.drop_oldest_sessions(account.id, MOST_SESSIONS - 1)
    await tx.add_session(Session(secret.digest(), account.id, now, now + SESSION_TTL_SECONDS, network, browser, amr))
    await tx.add_event(_event("account:login:succeeded", account, "", network, now))
    return secret


async def sign_out(tx: AccountTransaction, digest: Digest, network: str | None, now: int) -> None:
    """Ends one browser's session."""
    signed_in = await tx.find_session(digest)
    if signed_in is not None:
        await tx.remove_session(digest)
        await tx.add_event(_event("account:session:ended", signed_in.account, "", network, now))


def _event(name: EventName, account: Account | None, reason: str, network: str | None, now: int) -> Event:
    return Event(name, now, network=network, account_id=account.id if account else None, reason=reason)
