"""/account/security/export and /account/security/delete: taking everything away, and going."""

import json

from starlette.requests import Request
from starlette.responses import Response

from consentry.accounts import second_factor
from consentry.accounts.attempts import Throttled
from consentry.accounts.model import Account
from consentry.grants import removal, takeout
from consentry.grants.removal import AccountToll
from consentry.web import browser as browsers
from consentry.web import reading, responses, showing
from consentry.web.browser import SESSION_FORM, Browser
from consentry.web.membership.asking import again
from consentry.web.pages import account_words, words
from consentry.web.pages.form import FormPage, email_field
from consentry.web.security.authenticator import CODE
from consentry.web.security.entering import PAGE, PASSWORD, Entered, Unproven, act, prove, sender, visitor
from consentry.web.site import Site, Transaction

EXPORT = f"{PAGE}/export"
DELETE = f"{PAGE}/delete"


async def export(site: Site, request: Request) -> Response:
    """GET /account/security/export: a file of JSON."""
    entered = await visitor(site, request)
    if isinstance(entered, Response):
        return entered
    account, now = entered[1], site.clock()

    async def work(tx: Transaction) -> takeout.Json:
        return await takeout.take_out(tx, account, now)

    body = json.dumps(await site.store.read(work), indent=2)
    disposition = {"Content-Disposition": 'attachment; filename="consentry-account.json"'}
    return Response(body, headers=responses.NO_STORE | disposition, media_type="application/json")


async def show(site: Site, request: Request) -> Response:
    """GET /account/security/delete: what would end."""
    entered = await visitor(site, request)
    if isinstance(entered, Response):
        return entered
    browser, account = entered
    return showing.show(request, site, await _view(site, browser, account), browser)


async def delete(site: Site, request: Request) -> Response:
    """POST /account/security/delete."""
    entered = await sender(site, request)
    if isinstance(entered, Response):
        return entered
    account, now = entered.account, site.clock()
    unproven, wrong = await prove(site, request, entered), PASSWORD.name
    if unproven is None and account.second_factor_at is not None:
        unproven, wrong = await _prove_code(site, request, entered), CODE.name
    if unproven is not None:
        view = await _view(site, entered.browser, account, unproven.sentence, wrong)
        return again(request, site, view, entered.browser, unproven.status, unproven.wait)

    async def work(tx: Transaction) -> None:
        await removal.delete_account(tx, account, site.accounts, now)

    if ended := await act(site, entered, work):
        return ended
    site.call_postman()
    gone = showing.stop(request, site, words.ACCOUNT_DELETED, link=("Front page", site.addresses.path("")))
    return browsers.forget(gone, site)


async def _prove_code(site: Site, request: Request, entered: Entered) -> Unproven | None:
    network, now, given = reading.network(request), site.clock(), entered.given.get("code") or ""

    async def work(tx: Transaction) -> str | Throttled:
        return await second_factor.check(tx, entered.account, given, site.accounts, network, now)

    match await site.store.write(work):
        case "right":
            return None
        case Throttled(wait):
            return Unproven(account_words.code_throttled(wait), 429, wait)
        case _:
            return Unproven(account_words.CODE_WRONG, 401)


async def _view(
    site: Site, browser: Browser, account: Account, error: str | None = None, wrong: str | None = None
) -> FormPage:
    async def work(tx: Transaction) -> AccountToll:
        return await removal.toll_of_account(tx, account, site.clock())

    toll = await site.store.read(work)
    fields = (email_field(account.email, readonly=True), PASSWORD)
    return FormPage(
        title="Delete your account?",
        lead=account_words.what_deleting_ends(toll.connections, toll.deployments, toll.connections_of_others),
        note=account_words.DELETING_KEEPS,
        action=site.addresses.path(DELETE),
        csrf=browsers.csrf(browser, site, SESSION_FORM),
        fields=(*fields, CODE) if account.second_factor_at is not None else fields,
        submit="Delete it for good",
        danger=True,
        error=error,
        wrong=wrong,
        links=(("Keep it", site.addresses.path(PAGE)),),
    )
