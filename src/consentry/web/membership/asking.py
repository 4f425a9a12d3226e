"""What the forms here share: an email address that is asked for, and mail that is sent in return."""

from starlette.requests import Request
from starlette.responses import Response

from consentry.accounts import attempts
from consentry.accounts.attempts import Overrun
from consentry.accounts.model import email_fault, email_key
from consentry.spec.errors import Refusal
from consentry.spec.params import Params
from consentry.tokens import Secret
from consentry.web import browser as browsers
from consentry.web import reading, showing
from consentry.web.browser import Browser
from consentry.web.hashing import TOO_MANY_SECONDS
from consentry.web.pages import account_words, words
from consentry.web.pages.views import View
from consentry.web.site import Site, Transaction

MOST_PASSWORDS = 5  # that one link may have hashed in a quarter of an hour, before one of them spends it


async def form_of(site: Site, request: Request, form: str, way_back: str) -> tuple[Browser, Params] | Response:
    """A form that our own page sent, or the page that stops here. `way_back` is where it can be opened anew."""
    given = await reading.form(request)
    if isinstance(given, Refusal):
        return showing.stop(request, site, words.MALFORMED_REQUEST)
    browser = await browsers.of(request, site)
    if not browsers.sent_by(request, browser, site, form, given.get("csrf")):
        return showing.stop(request, site, words.FORM_EXPIRED, link=("Open it again", way_back))
    return browser, given


async def fault(site: Site, request: Request, email: str) -> tuple[str, int, int] | None:
    """Why no mail goes there now: in words, with the HTTP status, and the seconds to wait."""
    if sentence := email_fault(email):
        return sentence, 400, 0
    refusal = await site.gate.write(reading.network(request), email_key(email), site.clock())
    if refusal is None:
        return None
    wait = refusal.retry_after or 1
    return account_words.letters_throttled(wait), 429, wait


async def hashed(site: Site, request: Request, secret: Secret, password: str) -> str | tuple[str, int, int]:
    """The hash of a password that came with a link, or why it is not hashed now, as `fault` says it: anybody can have a
    link sent, and with the forms of one sent side by side nobody else could sign in."""
    with site.hashing.place(reading.network(request)) as placed:
        if not placed:
            return account_words.passwords_throttled(TOO_MANY_SECONDS), 429, TOO_MANY_SECONDS

        async def work(tx: Transaction) -> Overrun | None:
            return await attempts.count(tx, {attempts.key("link", secret.digest().hex()): MOST_PASSWORDS}, site.clock())

        overrun = await site.store.write(work)
        if overrun is not None:
            wait = overrun.throttled.retry_after
            return account_words.passwords_throttled(wait), 429, wait
        return await site.hashing.run(site.passwords.hash, password)


def again(request: Request, site: Site, view: View, browser: Browser, status: int, wait: int = 0) -> Response:
    """The form once more, with what is wrong."""
    response = showing.show(request, site, view, browser, status)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response
