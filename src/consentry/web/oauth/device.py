"""/device: RFC 8628 §3.3. A person signs in, enters the code that their device shows, and answers for that device."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from consentry.accounts.attempts import Throttled
from consentry.accounts.model import Account, SignedIn
from consentry.clients import reap
from consentry.clients.model import Client
from consentry.deployments.model import Deployment
from consentry.grants import authentication, device, entry
from consentry.grants.model import DeviceAuthorization, DeviceDecision
from consentry.spec import params, user_code
from consentry.spec.errors import Refusal
from consentry.spec.params import Params
from consentry.web import browser as browsers
from consentry.web import reading, responses, showing
from consentry.web.browser import Browser
from consentry.web.oauth import authorize, consent, devices
from consentry.web.pages import words
from consentry.web.pages.views import DeviceCode
from consentry.web.returning import sign_in_path
from consentry.web.site import Site, Transaction

FORM = "device"
DECISIONS: dict[str, DeviceDecision] = {"approve": "approved", "deny": "denied"}


@dataclass(frozen=True, slots=True)
class Asking:
    """A device that waits, with all that its question names."""

    waiting: DeviceAuthorization
    client: Client
    deployment: Deployment


async def show(site: Site, request: Request) -> Response:
    """GET: where to enter the code. One that stands in the address is filled in and not looked at (§3.3.1, §5.4)."""
    browser = await browsers.of(request, site)
    shown = user_code.parse(request.query_params.get("user_code", ""))
    if browser.signed_in is None:
        return responses.see_other(sign_in_path(site, consent.device_page(site, shown)))
    return _entry(site, request, browser, browser.signed_in.account, shown or "")


async def enter(site: Site, request: Request) -> Response:
    """POST: the code that a person entered, for the question that it leads to."""
    given = await _form(site, request)
    if isinstance(given, Response):
        return given
    form, browser, signed_in = given
    account = signed_in.account
    if not browsers.sent_by(request, browser, site, FORM, form.get("csrf")):
        return showing.stop(request, site, words.FORM_EXPIRED, link=("Enter a code", site.addresses.path("device")))
    typed = form.get("user_code") or ""
    shown = user_code.parse(typed)
    if shown is None:
        return _entry(site, request, browser, account, typed, error=words.USER_CODE_MALFORMED, status=400)

    async def work(tx: Transaction) -> DeviceAuthorization | Throttled | None:
        network = reading.network(request)
        return await device.guess(tx, shown, account.id, network, site.terms, site.clock())

    found: DeviceAuthorization | Throttled | None
    if site.shelf:
        found = await devices.entering(site, site.shelf, shown, work)
    else:
        found = await site.store.write(work)
    if isinstance(found, Throttled):
        error = words.user_code_throttled(found.retry_after)
        response = _entry(site, request, browser, account, typed, error=error, status=429)
        response.headers["Retry-After"] = str(found.retry_after)
        return response
    asking = await _asking(site, found)
    if asking is None:
        return _entry(site, request, browser, account, typed, error=words.USER_CODE_UNKNOWN, status=400)
    return await _put(site, request, browser, account, asking, shown)


async def answer(site: Site, request: Request) -> Response:
    """POST of the question: Approve or Deny. The form's proof says that this person was shown this very device."""
    given = await _form(site, request)
    if isinstance(given, Response):
        return given
    form, browser, signed_in = given
    account = signed_in.account
    query = form.get("request") or ""
    if not browsers.sent_by(request, browser, site, consent.form(query, consent.DEVICE_ANSWER), form.get("csrf")):
        return showing.stop(request, site, words.FORM_EXPIRED, link=("Enter a code", site.addresses.path("device")))
    asked, decision = params.parse(query), DECISIONS.get(form.get("decision") or "")
    if decision is None or not isinstance(asked, Params):
        return showing.stop(request, site, words.MALFORMED_REQUEST)

    shown = asked.get("user_code") or ""
    asking = await _asking(site, await site.store.read(lambda tx: device.find(tx, shown, site.terms, site.clock())))
    refusal = await _refused(site, asking, account) if asking else None
    if refusal is not None:
        return authorize.not_allowed(site, request, refusal)
    if asking is not None and not _was_shown(site, request, browser, asking, shown, form.get("shown")):
        return await _put(site, request, browser, account, asking, shown)
    if asking is None or not await _decide(site, request, browser, asking, signed_in, decision):
        link = ("Enter another code", site.addresses.path("device"))
        return showing.stop(request, site, words.DEVICE_GONE, link=link)
    wording = words.DEVICE_APPROVED if decision == "approved" else words.DEVICE_DENIED
    detail = (("Application", asking.client.name), ("MCP server", asking.deployment.name))
    link = ("Your connected applications", site.addresses.path("account"))
    return showing.stop(request, site, wording, detail=detail, link=link)


async def _decide(
    site: Site, request: Request, browser: Browser, asking: Asking, signed_in: SignedIn, decision: DeviceDecision
) -> bool:
    held = authentication.of(signed_in)

    async def work(tx: Transaction) -> bool:
        network = reading.network(request)
        if not await browsers.still_in(tx, browser):
            return False
        if decision == "approved":
            await reap.spare(tx, asking.client.id, site.clock())
        return await device.decide(tx, asking.waiting, decision, held, network, site.clock())

    return await site.store.write(work)


async def _refused(site: Site, asking: Asking, account: Account) -> Refusal | None:
    return await site.store.read(lambda tx: entry.check(tx, asking.deployment, account))


async def _form(site: Site, request: Request) -> tuple[Params, Browser, SignedIn] | Response:
    """What was sent, and by whom; or the page that it leads to instead."""
    given = await reading.form(request)
    if isinstance(given, Refusal):
        return showing.stop(request, site, words.MALFORMED_REQUEST)
    browser = await browsers.of(request, site)
    if browser.signed_in is None:
        return responses.see_other(sign_in_path(site, site.addresses.path("device"), ended=True))
    return given, browser, browser.signed_in


async def _asking(site: Site, waiting: DeviceAuthorization | None) -> Asking | None:
    """None too where client or deployment have gone meanwhile."""
    if waiting is None:
        return None

    client = await site.clients.find_current_client(waiting.client_id)
    deployment = await site.store.read(lambda tx: tx.find_deployment(waiting.permissions.deployment_id))
    return Asking(waiting, client, deployment) if isinstance(client, Client) and deployment else None


def _question(site: Site, request: Request, asking: Asking, shown: str) -> consent.Question:
    here = reading.network(request)
    return consent.of_device(asking.waiting, asking.client, asking.deployment, shown, here, site.clock())


def _was_shown(site: Site, request: Request, browser: Browser, asking: Asking, shown: str, proof: str | None) -> bool:
    """Whether the page that was answered said what is true now, too."""
    return browsers.sent_by(request, browser, site, consent.shown(_question(site, request, asking, shown)), proof)


async def _put(
    site: Site, request: Request, browser: Browser, account: Account, asking: Asking, shown: str
) -> Response:
    refusal = await _refused(site, asking, account)
    if refusal is not None:
        return authorize.not_allowed(site, request, refusal)
    question = _question(site, request, asking, shown)
    return showing.show(request, site, await consent.view(site, question, browser, account), browser)


def _entry(
    site: Site,
    request: Request,
    browser: Browser,
    account: Account,
    typed: str,
    *,
    error: str | None = None,
    status: int = 200,
) -> Response:
    shown = user_code.parse(typed)
    view = DeviceCode(
        action=site.addresses.path("device"),
        csrf=browsers.csrf(browser, site, FORM),
        user_code=user_code.render(shown) if shown else typed[:64],
        error=error,
        account_email=account.email,
        sign_out_action=consent.sign_out_action(site, consent.device_page(site, shown)),
    )
    return showing.show(request, site, view, browser, status)
