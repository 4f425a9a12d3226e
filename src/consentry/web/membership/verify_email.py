"""/verify-email: what a link in a mail does, at the press of a button. Mail scanners open links, and press nothing."""

from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from consentry.accounts import administer, joining, login
from consentry.accounts.joining import Failure, Offer
from consentry.accounts.model import Account
from consentry.spec import acr
from consentry.spec.params import Params
from consentry.tokens import Kind, Secret, recognise
from consentry.web import browser as browsers
from consentry.web import reading, responses, showing
from consentry.web.browser import Browser
from consentry.web.membership.asking import again, form_of, hashed
from consentry.web.pages import words
from consentry.web.pages.form import NEW_PASSWORD, Field, FormPage, email_field
from consentry.web.returning import safe_next, sign_in_path
from consentry.web.security import email
from consentry.web.security.entering import done
from consentry.web.site import Site, Transaction

FORM = "verify-email"


async def show(site: Site, request: Request) -> Response:
    """GET /verify-email?token=…"""
    secret = recognise(request.query_params.get("token", ""), Kind.LINK)
    offer = await _offer(site, secret)
    if secret is None or offer is None:
        return await email.show_link(site, request)
    browser = await browsers.of(request, site)
    return showing.show(request, site, _view(site, browser, offer, secret), browser)


async def answer(site: Site, request: Request) -> Response:
    """POST /verify-email."""
    sent = await form_of(site, request, FORM, site.addresses.path("login"))
    if isinstance(sent, Response):
        return sent
    browser, given = sent
    secret = recognise(given.get("token") or "", Kind.LINK)
    offer = await _offer(site, secret)
    if secret is None or offer is None:
        return _gone(site, request)
    if offer.makes_account:
        return await _join(site, request, browser, given, offer, secret)
    if not await site.store.write(lambda tx: joining.take(tx, offer, site.clock())):
        return _gone(site, request)
    if browser.signed_in is not None and browser.signed_in.account.id == offer.link.account_id:
        return done(site, "verified")
    return responses.see_other(sign_in_path(site, safe_next(site, offer.then), note="verified"))


async def _join(
    site: Site, request: Request, browser: Browser, given: Params, offer: Offer, secret: Secret
) -> Response:
    name, password = given.get("name") or "", given.get("password") or ""
    if sentence := administer.fault(offer.email, name, password):
        view = _view(site, browser, offer, secret, name=name, error=sentence)
        return again(request, site, view, browser, 400)
    password_hash = await hashed(site, request, secret, password)
    if not isinstance(password_hash, str):
        sentence, status, wait = password_hash
        view = _view(site, browser, offer, secret, name=name, error=sentence)
        return again(request, site, view, browser, status, wait)
    network, now = reading.network(request), site.clock()

    async def work(tx: Transaction) -> Secret | Failure | Literal["factor"]:
        account = await joining.join(tx, offer, name, password_hash, site.accounts, now)
        if not isinstance(account, Account):
            return account
        if site.accounts.second_factor == "required":
            return "factor"
        if browser.signed_in is not None:
            await login.sign_out(tx, browser.secret.digest(), network, now)
        return await login.start(tx, account, network, site.entropy, now, reading.browser(request), acr.ONE_FACTOR)

    match await site.store.write(work):
        case Secret() as session:
            return browsers.remember(responses.see_other(safe_next(site, offer.then)), session, site)
        case "factor":
            return responses.see_other(sign_in_path(site, safe_next(site, offer.then), note="verified"))
        case "taken":
            return showing.stop(request, site, words.EMAIL_TAKEN, link=("Sign in", site.addresses.path("login")))
        case "gone":
            return _gone(site, request)


async def _offer(site: Site, secret: Secret | None) -> Offer | None:
    if secret is None:
        return None

    async def work(tx: Transaction) -> Offer | None:
        return await joining.find(tx, secret, site.accounts, site.clock())

    return await site.store.read(work)


def _gone(site: Site, request: Request) -> Response:
    return showing.stop(request, site, words.LINK_GONE, link=("Sign in", site.addresses.path("login")))


def _view(
    site: Site, browser: Browser, offer: Offer, secret: Secret, *, name: str = "", error: str | None = None
) -> FormPage:
    joins = offer.makes_account
    asked = (Field("name", "Name (if you like)", autocomplete="name", value=name, required=False), NEW_PASSWORD)
    return FormPage(
        title="Make your account" if joins else "Verify your address",
        lead="Your address is proven. Choose a password, and you are in." if joins else None,
        action=site.addresses.path("verify-email"),
        csrf=browsers.csrf(browser, site, FORM),
        hidden=(("token", secret.reveal()),),
        fields=(email_field(offer.email, readonly=True), *(asked if joins else ())),
        submit="Make the account" if joins else "This address is mine",
        error=error,
        wrong=("name" if error.startswith("A name") else "password") if error else None,
    )
