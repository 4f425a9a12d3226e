"""/login and /logout: one form each, in and out."""

from urllib.parse import parse_qs, quote, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from consentry.accounts import joining, login
from consentry.accounts.attempts import Throttled
from consentry.accounts.login import Attempt, Failure, HalfIn
from consentry.accounts.model import LONGEST_EMAIL, email_key
from consentry.clients.model import Client
from consentry.spec import params
from consentry.spec.errors import Refusal
from consentry.spec.params import Params
from consentry.tokens import Secret
from consentry.web import browser as browsers
from consentry.web import reading, responses, showing
from consentry.web.browser import Browser
from consentry.web.hashing import TOO_MANY_SECONDS
from consentry.web.pages import words
from consentry.web.pages.views import SignIn
from consentry.web.returning import safe_next, sign_in_path
from consentry.web.security import second_step
from consentry.web.site import Site, Transaction

FORM = "login"
NOTES = {"ended": words.SESSION_ENDED, "verified": words.VERIFIED_NOTE, "reset": words.PASSWORD_SET_NOTE}


async def show(site: Site, request: Request) -> Response:
    """GET /login."""
    browser = await browsers.of(request, site)
    then = safe_next(site, request.query_params.get("next"))
    note = next((NOTES[name] for name in NOTES if name in request.query_params), None)
    return showing.show(request, site, await _view(site, browser, then, note=note), browser)


async def answer(site: Site, request: Request) -> Response:
    """POST /login: the attempt is counted, then the password is looked at (off the event loop), then it is settled."""
    given = await reading.form(request)
    if isinstance(given, Refusal):
        return showing.stop(request, site, words.MALFORMED_REQUEST)
    browser = await browsers.of(request, site)
    then = safe_next(site, given.get("next"))
    email, password = given.get("email"), given.get("password")
    if not browsers.sent_by(request, browser, site, FORM, given.get("csrf")):
        return showing.stop(request, site, words.FORM_EXPIRED, link=("Sign in", sign_in_path(site, then)))
    if email is None or password is None:
        view = await _view(site, browser, then, email=email or "", error=words.SIGN_IN_INCOMPLETE)
        return showing.show(request, site, view, browser, 400)
    match await _attempt(site, request, browser, email, password):
        case Secret() as session:
            return browsers.remember(responses.see_other(then), session, site)
        case HalfIn(account, token):
            return second_step.ask(site, request, browser, account, token, then)
        case Throttled(retry_after):
            view = await _view(site, browser, then, email=email, error=words.sign_in_throttled(retry_after))
            response = showing.show(request, site, view, browser, 429)
            response.headers["Retry-After"] = str(retry_after)
            return response
        case failure:
            sent = failure == "unverified" and await _send_link(site, request, email, then)
            view = await _view(site, browser, then, email=email, error=_failed(failure, sent))
            return showing.show(request, site, view, browser, 401)


def _failed(failure: Failure, sent: bool) -> str:
    if failure == "wrong":
        return words.SIGN_IN_FAILED
    return words.SIGN_IN_UNVERIFIED_SENT if sent else words.SIGN_IN_UNVERIFIED


async def _send_link(site: Site, request: Request, email: str, then: str) -> bool:
    """To one who knows the password; whether a link is on its way."""
    now = site.clock()
    if not site.accounts.mail or await site.gate.write(reading.network(request), email_key(email), now):
        return False

    async def work(tx: Transaction) -> None:
        await joining.ask(tx, email, then, site.accounts, now)

    await site.store.write(work)
    site.call_postman()
    return True


async def _attempt(
    site: Site, request: Request, browser: Browser, email: str, password: str
) -> Secret | HalfIn | Throttled | Failure:
    with site.hashing.place(reading.network(request)) as placed:
        if not placed:
            return Throttled(TOO_MANY_SECONDS)
        return await _looked_at(site, request, browser, email, password)


async def _looked_at(
    site: Site, request: Request, browser: Browser, email: str, password: str
) -> Secret | HalfIn | Throttled | Failure:
    network, now = reading.network(request), site.clock()

    async def begin(tx: Transaction) -> Attempt | Throttled:
        return await login.begin(tx, email, network, now)

    attempt = await site.store.write(begin)
    if isinstance(attempt, Throttled):
        return attempt
    password_hash = attempt.account.password_hash if attempt.account else None
    right = await site.hashing.run(site.passwords.verify, password, password_hash)

    async def finish(tx: Transaction) -> Secret | HalfIn | Failure:
        outcome = await login.finish(tx, attempt, right, network, site.accounts, now, reading.browser(request))
        if isinstance(outcome, Secret) and browser.signed_in is not None:
            await login.sign_out(tx, browser.secret.digest(), network, now)
        return outcome

    return await site.store.write(finish)


async def sign_out(site: Site, request: Request) -> Response:
    """POST /logout."""
    given = await reading.form(request)
    browser = await browsers.of(request, site)
    csrf = given.get("csrf") if isinstance(given, Params) else None
    if browser.signed_in is None:
        # The cookie stays: whoever sends a form from elsewhere sends none along, and must not have one taken away.
        return _signed_out(site, request)
    if not browsers.sent_by(request, browser, site, browsers.SESSION_FORM, csrf):
        return showing.stop(request, site, words.FORM_EXPIRED, link=("Your account", site.addresses.path("account")))

    async def work(tx: Transaction) -> None:
        await login.sign_out(tx, browser.secret.digest(), reading.network(request), site.clock())

    await site.store.write(work)
    return browsers.forget(_signed_out(site, request), site)


def _signed_out(site: Site, request: Request) -> Response:
    then = request.query_params.get("next")
    if then is not None:
        return responses.see_other(sign_in_path(site, safe_next(site, then)))
    link = ("Sign in", site.addresses.path("login"))
    return showing.stop(request, site, words.SIGNED_OUT, link=link)


async def _view(
    site: Site, browser: Browser, then: str, *, email: str = "", error: str | None = None, note: str | None = None
) -> SignIn:
    hint = parse_qs(urlsplit(then).query).get("login_hint", [""])[0]
    return SignIn(
        action=site.addresses.path("login"),
        next=then,
        csrf=browsers.csrf(browser, site, FORM),
        email=email or hint[:LONGEST_EMAIL],
        error=error,
        note=note,
        client_name=await _client_name(site, then),
        links=_other_ways(site, then),
    )


def _other_ways(site: Site, then: str) -> tuple[tuple[str, str], ...]:
    forgotten = ("Forgot your password?", site.addresses.path("reset-password"))
    joins = ("Make an account", f"{site.addresses.path('signup')}?next={quote(then, safe='')}")
    return (forgotten, joins) if site.accounts.open else (forgotten,)


async def _client_name(site: Site, then: str) -> str | None:
    asked = params.parse(urlsplit(then).query)
    client_id = asked.get("client_id") if isinstance(asked, Params) else None
    if client_id is None:
        return None

    async def work(tx: Transaction) -> Client | None:
        return await tx.find_client(client_id)

    client = await site.store.read(work)
    return client.name or None if client else None
