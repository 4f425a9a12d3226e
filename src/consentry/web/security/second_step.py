"""/login/code: the second step of signing in, after a right password: a code, or the setting up of what makes codes."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from consentry.accounts import login, second_factor
from consentry.accounts.attempts import Throttled
from consentry.accounts.model import Account
from consentry.spec.params import Params
from consentry.tokens import Kind, Secret, recognise
from consentry.web import browser as browsers
from consentry.web import reading, responses, showing
from consentry.web.browser import Browser
from consentry.web.membership.asking import again, form_of
from consentry.web.pages import account_words, words
from consentry.web.pages.form import Field, FormPage
from consentry.web.pages.security import RecoveryCodes, SecondFactorSetup
from consentry.web.returning import safe_next
from consentry.web.security import authenticator
from consentry.web.site import Site, Transaction

FORM = "login-code"
CODE = Field(
    "code",
    "Code",
    autocomplete="one-time-code",
    hint="Six digits of your authenticator, or one of your recovery codes.",
    code=True,
)


@dataclass(frozen=True, slots=True)
class _HalfIn:
    """Somebody whose password was right, what names them in the form, and where they go on."""

    account: Account
    token: Secret
    then: str


async def back(site: Site, _request: Request) -> Response:
    """GET /login/code: there is nothing to see without the password."""
    return responses.see_other(site.addresses.path("login"))


def ask(site: Site, request: Request, browser: Browser, account: Account, token: Secret, then: str) -> Response:
    """What comes after a right password where that is not enough."""
    half = _HalfIn(account, token, then)
    return showing.show(request, site, _view(site, browser, half), browser)


async def answer(site: Site, request: Request) -> Response:
    """POST /login/code."""
    sent = await form_of(site, request, FORM, site.addresses.path("login"))
    if isinstance(sent, Response):
        return sent
    browser, given = sent
    half = await _half_in(site, given)
    if half is None:
        return _gone(site, request)
    if half.account.second_factor_at is None:
        return await _set_up(site, request, browser, given, half)
    account, network, now = half.account, reading.network(request), site.clock()
    code = given.get("code") or ""

    async def work(tx: Transaction) -> Secret | Throttled | None:
        checked = await second_factor.check(tx, account, code, site.accounts, network, now)
        if checked != "right":
            return checked if isinstance(checked, Throttled) else None
        return await _enter(tx, site, request, browser, half, code)

    match await site.store.write(work):
        case Secret() as session:
            return browsers.remember(responses.see_other(half.then), session, site)
        case Throttled(wait):
            view = _view(site, browser, half, account_words.code_throttled(wait))
            return again(request, site, view, browser, 429, wait)
        case None:
            return again(request, site, _view(site, browser, half, account_words.CODE_WRONG), browser, 401)


async def _set_up(site: Site, request: Request, browser: Browser, given: Params, half: _HalfIn) -> Response:
    key = authenticator.drafted(site, half.account, given.get("draft"))
    if key is None:
        return _gone(site, request)

    async def work(tx: Transaction) -> tuple[Secret, tuple[str, ...]] | second_factor.Failure:
        code = given.get("code") or ""
        codes = await second_factor.add(tx, half.account, key, code, site.accounts, site.clock())
        if isinstance(codes, str):
            return codes
        session = await _enter(tx, site, request, browser, half, code)
        return (session, codes) if session is not None else "there"

    match await site.store.write(work):
        case Secret() as session, tuple() as codes:
            shown = showing.show(request, site, RecoveryCodes(codes, ("Go on", half.then)), None)
            return browsers.remember(shown, session, site)
        case "wrong":
            draft = given.get("draft") or ""
            view = authenticator.setup(
                site, half.account, key, draft, _form(site, browser, half, account_words.CODE_WRONG)
            )
            return showing.show(request, site, view, browser, 401)
        case _:
            return _gone(site, request)


async def _enter(
    tx: Transaction, site: Site, request: Request, browser: Browser, half: _HalfIn, code: str
) -> Secret | None:
    """The session; None where somebody went through with this token already."""
    network, now = reading.network(request), site.clock()
    if not await tx.spend_link(half.token.digest(), now):
        return None
    if browser.signed_in is not None:
        await login.sign_out(tx, browser.secret.digest(), network, now)
    return await login.start(
        tx, half.account, network, site.entropy, now, reading.browser(request), second_factor.amr(code)
    )


async def _half_in(site: Site, given: Params) -> _HalfIn | None:
    token = recognise(given.get("token") or "", Kind.LINK)
    if token is None:
        return None

    async def work(tx: Transaction) -> Account | None:
        link = await tx.find_link(token.digest(), site.clock())
        if link is None or link.purpose != "sign_in" or link.account_id is None:
            return None
        return await tx.find_account(link.account_id)

    account = await site.store.read(work)
    if account is None or account.disabled_at is not None:
        return None
    return _HalfIn(account, token, safe_next(site, given.get("next")))


def _gone(site: Site, request: Request) -> Response:
    return showing.stop(request, site, words.SIGN_IN_STEP_GONE, link=("Sign in", site.addresses.path("login")))


def _view(site: Site, browser: Browser, half: _HalfIn, error: str | None = None) -> FormPage | SecondFactorSetup:
    form = _form(site, browser, half, error)
    if half.account.second_factor_at is not None:
        return form
    key, draft = authenticator.draft(site, half.account)
    return authenticator.setup(site, half.account, key, draft, form)


def _form(site: Site, browser: Browser, half: _HalfIn, error: str | None) -> FormPage:
    return FormPage(
        title="Enter a code",
        action=site.addresses.path("login/code"),
        csrf=browsers.csrf(browser, site, FORM),
        hidden=(("token", half.token.reveal()), ("next", half.then)),
        fields=(CODE,),
        submit="Sign in",
        error=error,
        wrong="code" if error else None,
        links=(("Sign in as somebody else", site.addresses.path("login")),),
    )
