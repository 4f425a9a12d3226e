"""/account/security/second-factor: an authenticator is set up, its recovery codes renewed, or it is switched off."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from consentry.accounts import second_factor
from consentry.accounts.attempts import Throttled
from consentry.accounts.model import Account
from consentry.spec import totp
from consentry.web import browser as browsers
from consentry.web import reading, showing
from consentry.web.browser import SESSION_FORM, Browser
from consentry.web.membership.asking import again
from consentry.web.pages import account_words, qr
from consentry.web.pages.form import Field, FormPage, email_field
from consentry.web.pages.security import RecoveryCodes, SecondFactorSetup
from consentry.web.security.entering import PAGE, PASSWORD, Entered, Unproven, act, done, prove, sender, visitor
from consentry.web.site import Site, Transaction

SETUP = f"{PAGE}/second-factor"
OFF = f"{PAGE}/second-factor/off"
RENEW = f"{PAGE}/second-factor/codes"
NEW_CODE = Field("code", "Code", autocomplete="one-time-code", hint="Six digits that it shows now.", code=True)
CODE = replace(NEW_CODE, hint="Six digits of your authenticator, or one of your recovery codes.")


def draft(site: Site, account: Account) -> tuple[bytes, str]:
    """A key to be, and what stands for it in a form."""
    key, sealed = second_factor.draft(account, site.accounts)
    return key, sealed.hex()


def drafted(site: Site, account: Account, given: str | None) -> bytes | None:
    """The key that a form brings back."""
    try:
        return second_factor.read_draft(account, bytes.fromhex(given or ""), site.accounts)
    except ValueError:
        return None


def setup(site: Site, account: Account, key: bytes, draft: str, form: FormPage) -> SecondFactorSetup:
    """The page that shows the key, with the form that asks for a code of it."""
    uri = totp.uri(key, site.addresses.host, account.email)
    hidden = (*form.hidden, ("draft", draft))
    fields = (*(field for field in form.fields if field.name != "code"), NEW_CODE)
    asked = replace(form, title="Set up an authenticator", hidden=hidden, fields=fields)
    return SecondFactorSetup(asked, qr.svg(uri), totp.shown(key), uri)


async def show(site: Site, request: Request) -> Response:
    """GET /account/security/second-factor."""
    entered = await visitor(site, request)
    if isinstance(entered, Response):
        return entered
    browser, account = entered
    if account.second_factor_at is not None:
        return done(site, "factor-there")
    key, text = draft(site, account)
    return showing.show(request, site, setup(site, account, key, text, _setting_up(site, browser, account)), browser)


async def answer(site: Site, request: Request) -> Response:
    """POST /account/security/second-factor."""
    entered = await sender(site, request)
    if isinstance(entered, Response):
        return entered
    browser, account, given = entered.browser, entered.account, entered.given
    key = drafted(site, account, given.get("draft"))
    if key is None or account.second_factor_at is not None:
        return done(site, "factor-there" if account.second_factor_at is not None else "again")
    unproven = await prove(site, request, entered)

    async def work(tx: Transaction) -> tuple[str, ...] | second_factor.Failure:
        return await second_factor.add(tx, account, key, given.get("code") or "", site.accounts, site.clock())

    codes = await act(site, entered, work) if unproven is None else "wrong"
    if isinstance(codes, Response):
        return codes
    if codes == "there":
        return done(site, "factor-there")
    if isinstance(codes, str):
        wrong = PASSWORD.name if unproven else NEW_CODE.name
        unproven = unproven or Unproven(account_words.CODE_WRONG, 401)
        form = replace(_setting_up(site, browser, account), error=unproven.sentence, wrong=wrong)
        view = setup(site, account, key, given.get("draft") or "", form)
        return again(request, site, view, browser, unproven.status, unproven.wait)
    return _codes(site, request, browser, codes)


async def show_renewal(site: Site, request: Request) -> Response:
    """GET /account/security/second-factor/codes."""
    return await _show(site, request, RENEW)


async def renew(site: Site, request: Request) -> Response:
    """POST /account/security/second-factor/codes: ten new ones, shown once."""
    entered = await _proven(site, request, RENEW)
    if isinstance(entered, Response):
        return entered

    async def work(tx: Transaction) -> tuple[str, ...]:
        return await second_factor.renew_recovery_codes(tx, entered.account, site.accounts)

    codes = await act(site, entered, work)
    return codes if isinstance(codes, Response) else _codes(site, request, entered.browser, codes)


async def show_end(site: Site, request: Request) -> Response:
    """GET /account/security/second-factor/off."""
    return await _show(site, request, OFF)


async def end(site: Site, request: Request) -> Response:
    """POST /account/security/second-factor/off."""
    entered = await _proven(site, request, OFF)
    if isinstance(entered, Response):
        return entered
    network, now = reading.network(request), site.clock()

    async def work(tx: Transaction) -> None:
        await second_factor.remove(tx, entered.account, "by the account", network, now)

    return await act(site, entered, work) or done(site, "factor-off")


async def _show(site: Site, request: Request, page: str) -> Response:
    entered = await visitor(site, request)
    if isinstance(entered, Response):
        return entered
    browser, account = entered
    if account.second_factor_at is None:
        return done(site, "factor-none")
    return showing.show(request, site, _proving(site, browser, account, page), browser)


async def _proven(site: Site, request: Request, page: str) -> Entered | Response:
    """Who gave password and code; what is wrong with either is said on the page."""
    entered = await sender(site, request)
    if isinstance(entered, Response):
        return entered
    account = entered.account
    if account.second_factor_at is None:
        return done(site, "factor-none")
    if unproven := await prove(site, request, entered):
        return _refused(site, request, entered, page, unproven, PASSWORD.name)
    network, now = reading.network(request), site.clock()

    async def work(tx: Transaction) -> str | Throttled:
        return await second_factor.check(tx, account, entered.given.get("code") or "", site.accounts, network, now)

    match await site.store.write(work):
        case "right":
            return entered
        case Throttled(wait):
            unproven = Unproven(account_words.code_throttled(wait), 429, wait)
        case _:
            unproven = Unproven(account_words.CODE_WRONG, 401)
    return _refused(site, request, entered, page, unproven, CODE.name)


def _refused(site: Site, request: Request, entered: Entered, page: str, unproven: Unproven, wrong: str) -> Response:
    view = replace(_proving(site, entered.browser, entered.account, page), error=unproven.sentence, wrong=wrong)
    return again(request, site, view, entered.browser, unproven.status, unproven.wait)


def _codes(site: Site, request: Request, browser: Browser, codes: tuple[str, ...]) -> Response:
    view = RecoveryCodes(codes, ("I have written them down", site.addresses.path(PAGE)))
    return showing.show(request, site, view, browser)


def _setting_up(site: Site, browser: Browser, account: Account) -> FormPage:
    return FormPage(
        title="Set up an authenticator",
        action=site.addresses.path(SETUP),
        csrf=browsers.csrf(browser, site, SESSION_FORM),
        fields=(email_field(account.email, readonly=True), PASSWORD, NEW_CODE),
        submit="Use this authenticator",
        links=(("Back", site.addresses.path(PAGE)),),
    )


def _proving(site: Site, browser: Browser, account: Account, page: str) -> FormPage:
    off = page == OFF
    return FormPage(
        title="Switch the second factor off" if off else "New recovery codes",
        lead="Your password alone will then open your account." if off else "The old ones are good no longer.",
        action=site.addresses.path(page),
        csrf=browsers.csrf(browser, site, SESSION_FORM),
        fields=(email_field(account.email, readonly=True), PASSWORD, CODE),
        submit="Switch it off" if off else "Show me new codes",
        danger=off,
        links=(("Back", site.addresses.path(PAGE)),),
    )
