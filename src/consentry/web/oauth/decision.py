"""POST /consent: the person pressed Approve or Deny. All is read and checked once more; only then is a code made."""

from starlette.requests import Request
from starlette.responses import Response

from consentry.accounts.model import SignedIn
from consentry.clients import reap
from consentry.grants import authentication, entry, pushed
from consentry.grants import authorize as rules
from consentry.grants.authorize import AuthorizationRequest, Redirect, Stop
from consentry.grants.model import AuthorizationCode
from consentry.spec.errors import Refusal
from consentry.tokens import Secret
from consentry.web import browser as browsers
from consentry.web import reading, responses, showing
from consentry.web.browser import Browser
from consentry.web.oauth import authorize, consent, shelving
from consentry.web.oauth.shelving import Approval
from consentry.web.pages import words
from consentry.web.returning import sign_in_path
from consentry.web.site import Site, Transaction


async def answer(site: Site, request: Request) -> Response:
    given = await reading.form(request)
    if isinstance(given, Refusal):
        return showing.stop(request, site, words.MALFORMED_REQUEST)
    query = given.get("request") or ""
    browser = await browsers.of(request, site)
    if browser.signed_in is None:
        return _ended(site, query)
    if not browsers.sent_by(request, browser, site, consent.form(query), given.get("csrf")):
        return showing.stop(request, site, words.FORM_EXPIRED)
    match await authorize.read(site, query):
        case Stop() as stop:
            return authorize.stopped(site, request, stop)
        case Redirect() as redirect:
            return responses.redirected(redirect, site.addresses, site.troubleshooting_url)
        case AuthorizationRequest() as wanted:
            here = await authorize.person(site, browser, wanted, query)
            if isinstance(here, Refusal):
                return await authorize.nobody(site, request, browser, wanted, query, here)
            shown = consent.shown(consent.of_redirect(wanted, query))
            if not browsers.sent_by(request, browser, site, shown, given.get("shown")):
                return responses.see_other(f"{site.addresses.path('authorize')}?{query}")  # it is another by now
            decided = await _decide(site, request, browser, wanted, here, given.get("decision"))
            return decided or _ended(site, query)


def _ended(site: Site, query: str) -> Response:
    return responses.see_other(sign_in_path(site, f"{site.addresses.path('authorize')}?{query}", ended=True))


async def _decide(
    site: Site,
    request: Request,
    browser: Browser,
    wanted: AuthorizationRequest,
    here: SignedIn,
    decision: str | None,
) -> Response | None:
    """None where they are not signed in any more."""
    refusal = await site.store.read(lambda tx: entry.check(tx, wanted.deployment, here.account))
    if refusal is not None:
        return authorize.not_allowed(site, request, refusal)
    if decision not in {"approve", "deny"}:
        return showing.stop(request, site, words.MALFORMED_REQUEST)
    network, now = reading.network(request), site.clock()
    held = authentication.of(here)
    codes: list[AuthorizationCode] = []

    async def work(tx: Transaction) -> Secret | Redirect | Stop | None:
        if not await browsers.still_in(tx, browser):
            return None
        if gone := await pushed.spend(tx, wanted.pushed, now):
            return Stop(gone)
        if decision == "approve":
            await reap.spare(tx, wanted.caller.client.id, now)
            kept = Approval(tx, codes) if site.shelf else tx
            return await rules.approve(kept, wanted, held, network, site.terms, now)
        return await rules.deny(tx, wanted, held.account_id, network, now)

    match await site.store.write(work):
        case Secret() as code:
            if site.shelf:
                await shelving.put_codes(site, site.shelf, codes)
            return responses.approved(wanted.caller, code, site.addresses)
        case Redirect() as redirect:
            return responses.redirected(redirect, site.addresses, site.troubleshooting_url)
        case Stop() as stop:
            return authorize.stopped(site, request, stop)
        case None:
            return None
