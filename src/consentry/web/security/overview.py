"""/account/security: how one signs in, and where one is signed in."""

from starlette.requests import Request
from starlette.responses import Response

from consentry.accounts import joining, sessions
from consentry.accounts.model import Account, Session
from consentry.tokens import Digest
from consentry.web import reading, showing
from consentry.web.browser import Browser
from consentry.web.membership.asking import fault
from consentry.web.pages import account_words, words
from consentry.web.pages.security import SecondFactorLine, Security, SessionLine
from consentry.web.security import authenticator, leaving, shutting_out
from consentry.web.security.entering import PAGE, done, sender, visitor
from consentry.web.site import Site, Transaction

VERIFY = f"{PAGE}/verify"


async def show(site: Site, request: Request) -> Response:
    """GET /account/security."""
    entered = await visitor(site, request)
    if isinstance(entered, Response):
        return entered
    browser, account = entered

    async def work(tx: Transaction) -> tuple[list[Session], int]:
        return await tx.list_sessions(account.id, site.clock()), await tx.count_recovery_codes(account.id)

    found, codes_left = await site.store.read(work)
    note = account_words.DONE.get(request.query_params.get("done", ""))
    return showing.show(request, site, _view(site, browser, account, found, codes_left, note), browser)


async def end_sessions(site: Site, request: Request) -> Response:
    """POST /account/security/sessions: ends one browser's session, or those of all others."""
    entered = await sender(site, request)
    if isinstance(entered, Response):
        return entered
    account, network = entered.account, reading.network(request)
    mine = entered.browser.secret.digest()
    chosen = _digest(entered.given.get("session"))

    async def work(tx: Transaction) -> None:
        if chosen is None:
            await sessions.end_others(tx, account, mine, network, site.clock())
        elif chosen != mine:
            await sessions.end_one(tx, account, chosen, network, site.clock())

    await site.store.write(work)
    return done(site, "sessions")


async def verify(site: Site, request: Request) -> Response:
    """POST /account/security/verify: sends a link to the address that is there."""
    entered = await sender(site, request)
    if isinstance(entered, Response):
        return entered
    account, link = entered.account, ("Your account", site.addresses.path(PAGE))
    if not site.accounts.mail or account.verified_at is not None:
        return done(site, "unsent")
    if wrong := await fault(site, request, account.email):
        return showing.too_often(request, site, wrong[2], link=link)

    async def work(tx: Transaction) -> None:
        await joining.verify(tx, account, "", site.accounts, site.clock())

    await site.store.write(work)
    site.call_postman()
    return showing.stop(request, site, words.LETTER_SENT, detail=(("Address", account.email),), link=link)


def _digest(given: str | None) -> Digest | None:
    if not given:
        return None
    try:
        return Digest(bytes.fromhex(given))
    except ValueError:
        return Digest(b"none")


def _view(
    site: Site, browser: Browser, account: Account, found: list[Session], codes_left: int, note: str | None
) -> Security:
    mine = browser.secret.digest()
    return Security(
        email=account.email,
        verify_action=site.addresses.path(VERIFY) if account.verified_at is None else None,
        email_action=site.addresses.path(f"{PAGE}/email") if site.accounts.mail else None,
        password_action=site.addresses.path(f"{PAGE}/password"),
        sessions_action=site.addresses.path(f"{PAGE}/sessions"),
        sessions=tuple(
            SessionLine(
                reference=one.digest.hex(),
                browser=one.browser or "A browser that gives no name",
                network=one.network,
                since=one.created_at,
                until=one.expires_at,
                this=one.digest == mine,
            )
            for one in sorted(found, key=lambda one: one.digest != mine)
        ),
        second_factor=SecondFactorLine(
            since=account.second_factor_at,
            required=site.accounts.second_factor == "required",
            codes_left=codes_left,
            setup_action=site.addresses.path(authenticator.SETUP),
            renew_action=site.addresses.path(authenticator.RENEW),
            off_action=site.addresses.path(authenticator.OFF),
        ),
        shut_out_action=site.addresses.path(shutting_out.SHUT_OUT),
        export_action=site.addresses.path(leaving.EXPORT),
        delete_action=site.addresses.path(leaving.DELETE),
        note=note,
    )
