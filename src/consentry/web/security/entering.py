"""What the pages here share: somebody who is signed in, a form that they sent, a password that they give once more."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from consentry.accounts import login
from consentry.accounts.attempts import Throttled
from consentry.accounts.login import Attempt
from consentry.accounts.model import Account
from consentry.spec.errors import Refusal
from consentry.spec.params import Params
from consentry.web import browser as browsers
from consentry.web import reading, responses, showing
from consentry.web.browser import SESSION_FORM, Browser
from consentry.web.hashing import TOO_MANY_SECONDS
from consentry.web.pages import account_words, words
from consentry.web.pages.form import Field
from consentry.web.returning import sign_in_path
from consentry.web.site import Site, Transaction

T = TypeVar("T")

PAGE = "account/security"
PASSWORD = Field("password", "Your password", "password", "current-password")


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody signed in, and what they sent."""

    browser: Browser
    account: Account
    given: Params


@dataclass(frozen=True, slots=True)
class Unproven:
    """The password was not given, or not looked at: in words, with the HTTP status and the seconds to wait."""

    sentence: str
    status: int
    wait: int = 0


async def visitor(site: Site, request: Request) -> tuple[Browser, Account] | Response:
    """Whoever is signed in, or the way to sign in and come back to this page."""
    browser = await browsers.of(request, site)
    if browser.signed_in is None:
        return responses.see_other(sign_in_path(site, request.url.path))
    return browser, browser.signed_in.account


async def sender(site: Site, request: Request) -> Entered | Response:
    """Whoever sent a form of ours; afterwards `way_back` leads to where it was."""
    given = await reading.form(request)
    if isinstance(given, Refusal):
        return showing.stop(request, site, words.MALFORMED_REQUEST)
    browser = await browsers.of(request, site)
    page = site.addresses.path(PAGE)
    if browser.signed_in is None:
        return responses.see_other(sign_in_path(site, page, ended=True))
    if not browsers.sent_by(request, browser, site, SESSION_FORM, given.get("csrf")):
        return showing.stop(request, site, words.FORM_EXPIRED, link=("Your account", page))
    return Entered(browser, browser.signed_in.account, given)


async def prove(site: Site, request: Request, entered: Entered) -> Unproven | None:
    """Whether they know the password. Guesses count as those at the door do."""
    password = entered.given.get("password")
    if not password:
        return Unproven(account_words.PASSWORD_MISSING, 400)
    with site.hashing.place(reading.network(request)) as placed:
        if not placed:
            return Unproven(words.sign_in_throttled(TOO_MANY_SECONDS), 429, TOO_MANY_SECONDS)
        return await _looked_at(site, request, entered, password)


async def _looked_at(site: Site, request: Request, entered: Entered, password: str) -> Unproven | None:
    network, now, account = reading.network(request), site.clock(), entered.account

    async def begin(tx: Transaction) -> Attempt | Throttled:
        return await login.begin(tx, account.email, network, now)

    attempt = await site.store.write(begin)
    if isinstance(attempt, Throttled):
        wait = attempt.retry_after
        return Unproven(words.sign_in_throttled(wait), 429, wait)
    right = await site.hashing.run(site.passwords.verify, password, account.password_hash)

    async def settle(tx: Transaction) -> bool:
        return await login.confirm(tx, account, attempt, right, network, now)

    return None if await site.store.write(settle) else Unproven(account_words.PASSWORD_WRONG, 401)


async def act(site: Site, entered: Entered, work: Callable[[Transaction], Awaitable[T]]) -> T | Response:
    """What they do, if they are signed in still; else the way to sign in."""
    gone = responses.see_other(sign_in_path(site, site.addresses.path(PAGE), ended=True))

    async def held(tx: Transaction) -> T | Response:
        return await work(tx) if await browsers.still_in(tx, entered.browser) else gone

    return await site.store.write(held)


def done(site: Site, note: str) -> Response:
    """Back to the page, which says so."""
    return responses.see_other(f"{site.addresses.path(PAGE)}?done={note}")
