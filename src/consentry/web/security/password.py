"""/account/security/password: another password, for one who knows the old one."""

from starlette.requests import Request
from starlette.responses import Response

from consentry.accounts import administer, login, passwords
from consentry.tokens import Secret
from consentry.web import browser as browsers
from consentry.web import reading, showing
from consentry.web.browser import SESSION_FORM, Browser
from consentry.web.membership.asking import again
from consentry.web.pages.form import NEW_PASSWORD, Field, FormPage, email_field
from consentry.web.security.entering import PAGE, PASSWORD, act, done, prove, sender, visitor
from consentry.web.site import Site, Transaction

NEW = Field("new_password", "New password", "password", "new-password", hint=NEW_PASSWORD.hint)


async def show(site: Site, request: Request) -> Response:
    """GET /account/security/password."""
    entered = await visitor(site, request)
    if isinstance(entered, Response):
        return entered
    browser, account = entered
    return showing.show(request, site, _view(site, browser, account.email), browser)


async def answer(site: Site, request: Request) -> Response:
    """POST /account/security/password: every browser is signed out but this one, which gets another session."""
    entered = await sender(site, request)
    if isinstance(entered, Response):
        return entered
    browser, account = entered.browser, entered.account
    new = entered.given.get("new_password") or ""
    if sentence := passwords.fault(new, account.email):
        return again(request, site, _view(site, browser, account.email, sentence, NEW.name), browser, 400)
    if unproven := await prove(site, request, entered):
        view = _view(site, browser, account.email, unproven.sentence, PASSWORD.name)
        return again(request, site, view, browser, unproven.status, unproven.wait)
    password_hash = await site.hashing.run(site.passwords.hash, new)
    network, now = reading.network(request), site.clock()
    before = browser.signed_in.session.amr if browser.signed_in else None

    async def work(tx: Transaction) -> Secret:
        await administer.set_password(tx, account, password_hash, now)
        return await login.start(tx, account, network, site.entropy, now, reading.browser(request), before)

    session = await act(site, entered, work)
    if isinstance(session, Response):
        return session
    return browsers.remember(done(site, "password"), session, site)


def _view(site: Site, browser: Browser, email: str, error: str | None = None, wrong: str | None = None) -> FormPage:
    return FormPage(
        title="Change your password",
        lead="Every other browser is signed out. Connected applications stay connected.",
        action=site.addresses.path(f"{PAGE}/password"),
        csrf=browsers.csrf(browser, site, SESSION_FORM),
        fields=(email_field(email, readonly=True), PASSWORD, NEW),
        submit="Change the password",
        error=error,
        wrong=wrong,
        links=(("Back", site.addresses.path(PAGE)),),
    )
