"""/account/security/shut-out: for one who thinks that somebody else was in. Whatever opens the account ends."""

from starlette.requests import Request
from starlette.responses import Response

from consentry.grants import eviction
from consentry.grants.eviction import Access
from consentry.web import browser as browsers
from consentry.web import reading, showing
from consentry.web.browser import SESSION_FORM, Browser
from consentry.web.membership.asking import again
from consentry.web.pages import account_words
from consentry.web.pages.form import FormPage, email_field
from consentry.web.security.entering import PAGE, PASSWORD, act, done, prove, sender, visitor
from consentry.web.site import Site, Transaction

SHUT_OUT = f"{PAGE}/shut-out"


async def show(site: Site, request: Request) -> Response:
    """GET: what would end."""
    entered = await visitor(site, request)
    if isinstance(entered, Response):
        return entered
    return showing.show(request, site, await _view(site, entered[0]), entered[0])


async def answer(site: Site, request: Request) -> Response:
    """POST. The password is asked for: else whoever sits at a browser that was left open cuts everything off."""
    entered = await sender(site, request)
    if isinstance(entered, Response):
        return entered
    browser, account = entered.browser, entered.account
    if unproven := await prove(site, request, entered):
        view = await _view(site, browser, unproven.sentence)
        return again(request, site, view, browser, unproven.status, unproven.wait)

    async def work(tx: Transaction) -> None:
        await eviction.evict(tx, account, browser.secret.digest(), reading.network(request), site.clock())

    return await act(site, entered, work) or done(site, "shut-out")


async def _view(site: Site, browser: Browser, error: str | None = None) -> FormPage:
    assert browser.signed_in is not None  # noqa: S101 - both ways here let nobody else in
    account = browser.signed_in.account

    async def work(tx: Transaction) -> Access:
        return await eviction.count(tx, account, browser.secret.digest(), site.clock())

    access = await site.store.read(work)
    return FormPage(
        title="Shut everybody else out?",
        lead=account_words.what_shutting_out_ends(access.browsers, access.tokens, access.connections),
        action=site.addresses.path(SHUT_OUT),
        csrf=browsers.csrf(browser, site, SESSION_FORM),
        fields=(email_field(account.email, readonly=True), PASSWORD),
        submit="End all of it",
        danger=True,
        error=error,
        wrong=PASSWORD.name if error else None,
        links=(("Back", site.addresses.path(PAGE)),),
    )
