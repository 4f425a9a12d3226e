"""/reset-password: asking for a link, and setting the password with it."""

from starlette.requests import Request
from starlette.responses import Response

from consentry.accounts import passwords, reset
from consentry.accounts.model import Account
from consentry.spec.params import Params
from consentry.tokens import Kind, Secret, recognise
from consentry.web import browser as browsers
from consentry.web import responses, showing
from consentry.web.browser import Browser
from consentry.web.membership.asking import again, fault, form_of, hashed
from consentry.web.pages import words
from consentry.web.pages.form import NEW_PASSWORD, FormPage, email_field
from consentry.web.returning import sign_in_path
from consentry.web.site import Site, Transaction

FORM = "reset-password"


async def show(site: Site, request: Request) -> Response:
    """GET /reset-password, with a link's token or without."""
    browser = await browsers.of(request, site)
    token = request.query_params.get("token")
    if token is not None:
        secret = recognise(token, Kind.LINK)
        account = await _account(site, secret)
        if secret is None or account is None:
            return _gone(site, request)
        return showing.show(request, site, _setting(site, browser, account, secret), browser)
    if not site.accounts.mail:
        return showing.stop(request, site, words.RESET_WITHOUT_MAIL, link=("Sign in", site.addresses.path("login")))
    return showing.show(request, site, _asking(site, browser), browser)


async def answer(site: Site, request: Request) -> Response:
    """POST /reset-password: with an address it asks, with a link's token it sets."""
    sent = await form_of(site, request, FORM, site.addresses.path("reset-password"))
    if isinstance(sent, Response):
        return sent
    browser, given = sent
    if given.get("token") is not None:
        return await _set(site, request, browser, given)
    if not site.accounts.mail:
        return showing.stop(request, site, words.RESET_WITHOUT_MAIL, link=("Sign in", site.addresses.path("login")))
    email = (given.get("email") or "").strip()
    if wrong := await fault(site, request, email):
        sentence, status, wait = wrong
        return again(request, site, _asking(site, browser, email, sentence), browser, status, wait)

    async def work(tx: Transaction) -> None:
        await reset.ask(tx, email, site.accounts, site.clock())

    await site.store.write(work)
    site.call_postman()
    return showing.stop(request, site, words.LETTER_SENT, detail=(("Address", email),))


async def _set(site: Site, request: Request, browser: Browser, given: Params) -> Response:
    secret = recognise(given.get("token") or "", Kind.LINK)
    account = await _account(site, secret)
    if secret is None or account is None:
        return _gone(site, request)
    password = given.get("password") or ""
    if sentence := passwords.fault(password, account.email):
        return again(request, site, _setting(site, browser, account, secret, sentence), browser, 400)
    password_hash = await hashed(site, request, secret, password)
    if not isinstance(password_hash, str):
        sentence, status, wait = password_hash
        return again(request, site, _setting(site, browser, account, secret, sentence), browser, status, wait)

    async def work(tx: Transaction) -> bool:
        return await reset.finish(tx, secret, password_hash, site.clock())

    if not await site.store.write(work):
        return _gone(site, request)
    site.call_postman()
    then = site.addresses.path("account")
    return browsers.forget(responses.see_other(sign_in_path(site, then, note="reset")), site)


async def _account(site: Site, secret: Secret | None) -> Account | None:
    if secret is None:
        return None

    async def work(tx: Transaction) -> Account | None:
        return await reset.find(tx, secret, site.clock())

    return await site.store.read(work)


def _gone(site: Site, request: Request) -> Response:
    link = ("Ask for another", site.addresses.path("reset-password"))
    return showing.stop(request, site, words.LINK_GONE, link=link)


def _asking(site: Site, browser: Browser, email: str = "", error: str | None = None) -> FormPage:
    return FormPage(
        title="Set a new password",
        lead="A link goes to your address, with which you set a new one.",
        action=site.addresses.path("reset-password"),
        csrf=browsers.csrf(browser, site, FORM),
        fields=(email_field(email),),
        submit="Send me the link",
        error=error,
        wrong="email" if error else None,
        links=(("Sign in", site.addresses.path("login")),),
    )


def _setting(site: Site, browser: Browser, account: Account, secret: Secret, error: str | None = None) -> FormPage:
    return FormPage(
        title="Set a new password",
        lead="You are then signed out in every browser. Connected applications stay connected.",
        action=site.addresses.path("reset-password"),
        csrf=browsers.csrf(browser, site, FORM),
        hidden=(("token", secret.reveal()),),
        fields=(email_field(account.email, readonly=True), NEW_PASSWORD),
        submit="Set the password",
        error=error,
        wrong="password" if error else None,
    )
