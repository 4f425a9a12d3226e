"""/signup: an address, to which a link goes that makes the account."""

from starlette.requests import Request
from starlette.responses import Response

from consentry.accounts import joining
from consentry.web import browser as browsers
from consentry.web import showing
from consentry.web.browser import Browser
from consentry.web.membership.asking import again, fault, form_of
from consentry.web.pages import words
from consentry.web.pages.form import FormPage, email_field
from consentry.web.returning import safe_next, sign_in_path
from consentry.web.site import Site, Transaction

FORM = "signup"


async def show(site: Site, request: Request) -> Response:
    """GET /signup."""
    then = safe_next(site, request.query_params.get("next"))
    if not site.accounts.open:
        return _closed(site, request, then)
    browser = await browsers.of(request, site)
    return showing.show(request, site, _view(site, browser, then), browser)


async def answer(site: Site, request: Request) -> Response:
    """POST /signup: the same answer whether there is an account or not."""
    sent = await form_of(site, request, FORM, site.addresses.path("signup"))
    if isinstance(sent, Response):
        return sent
    browser, given = sent
    then = safe_next(site, given.get("next"))
    if not site.accounts.open:
        return _closed(site, request, then)
    email = (given.get("email") or "").strip()
    if wrong := await fault(site, request, email):
        sentence, status, wait = wrong
        return again(request, site, _view(site, browser, then, email, sentence), browser, status, wait)

    async def work(tx: Transaction) -> None:
        await joining.ask(tx, email, then, site.accounts, site.clock())

    await site.store.write(work)
    site.call_postman()
    return showing.stop(request, site, words.LETTER_SENT, detail=(("Address", email),))


def _closed(site: Site, request: Request, then: str) -> Response:
    wording = words.SIGN_UP_WITHOUT_MAIL if site.accounts.signup == "open" else words.SIGN_UP_CLOSED
    return showing.stop(request, site, wording, link=("Sign in", sign_in_path(site, then)))


def _view(site: Site, browser: Browser, then: str, email: str = "", error: str | None = None) -> FormPage:
    return FormPage(
        title="Make an account",
        lead="A link goes to your address, so that we know it is yours. There you choose a password.",
        action=site.addresses.path("signup"),
        csrf=browsers.csrf(browser, site, FORM),
        hidden=(("next", then),),
        fields=(email_field(email),),
        submit="Send me the link",
        error=error,
        wrong="email" if error else None,
        links=(("I have an account", sign_in_path(site, then)),),
    )
