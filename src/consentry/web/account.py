"""/account: what is connected, and the button that ends it. And the front page."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from consentry.clients.model import Client
from consentry.deployments import access
from consentry.deployments.model import Deployment
from consentry.grants import api_key, revoke
from consentry.grants.model import NEVER, Grant
from consentry.spec import uris
from consentry.spec.errors import Refusal
from consentry.web import browser as browsers
from consentry.web import reading, responses, showing
from consentry.web.browser import SESSION_FORM, Browser
from consentry.web.pages import words
from consentry.web.pages.views import Account, Application, Home
from consentry.web.sign_in import sign_in_path
from consentry.web.site import Site, Transaction

# A grant with its client and its deployment, where they are still there, and whether it stands for an API key.
_Row = tuple[Grant, Client | None, Deployment | None, bool]

ENDED_NOTE = "The application is disconnected. Its access ended at once."


async def home(site: Site, request: Request) -> Response:
    """GET /: what this place is."""
    browser = await browsers.of(request, site)
    view = Home(urlsplit(site.addresses.issuer).netloc, site.addresses.path("login"), site.addresses.path("account"))
    return showing.show(request, site, view, browser)


async def show(site: Site, request: Request) -> Response:
    """GET /account."""
    browser = await browsers.of(request, site)
    if browser.signed_in is None:
        return responses.see_other(sign_in_path(site, site.addresses.path("account")))
    account = browser.signed_in.account

    async def work(tx: Transaction) -> tuple[list[_Row], list[Deployment]]:
        keys = {held.grant.id for held in await tx.list_api_keys(account_id=account.id)}
        grants = [grant for grant in await tx.list_grants(account_id=account.id) if grant.live(site.clock())]
        return (
            [
                (
                    grant,
                    await tx.find_client(grant.client_id),
                    await tx.find_deployment(grant.permissions.deployment_id),
                    grant.id in keys,
                )
                for grant in grants
            ],
            await tx.list_deployments(),
        )

    connected, deployments = await site.store.read(work)
    view = Account(
        email=account.email,
        name=account.name or None,
        sign_out_action=site.addresses.path("logout"),
        csrf=browsers.csrf(browser, site, SESSION_FORM),
        applications=tuple(_application(site, *row) for row in connected),
        mcp_urls=tuple(
            (one.name, one.resource_at(site.addresses)) for one in deployments if access.check(one, account.id) is None
        ),
        note=ENDED_NOTE if "ended" in request.query_params else None,
    )
    return showing.show(request, site, view, browser)


async def disconnect(site: Site, request: Request) -> Response:
    """POST /account/disconnect: ends one grant of this account's own."""
    given = await reading.form(request)
    if isinstance(given, Refusal):
        return showing.stop(request, site, words.MALFORMED_REQUEST)
    browser = await browsers.of(request, site)
    if browser.signed_in is None:
        return responses.see_other(sign_in_path(site, site.addresses.path("account"), ended=True))
    if not browsers.sent_by(request, browser, site, SESSION_FORM, given.get("csrf")):
        return showing.stop(request, site, words.FORM_EXPIRED, link=("Your account", site.addresses.path("account")))
    ended = await _end(site, request, browser, given.get("grant_id") or "")
    return responses.see_other(f"{site.addresses.path('account')}{'?ended=1' if ended else ''}")


async def _end(site: Site, request: Request, browser: Browser, grant_id: str) -> bool:
    account_id = browser.signed_in.account.id if browser.signed_in else None

    async def work(tx: Transaction) -> bool:
        grant = await tx.find_grant(grant_id)
        if grant is None or grant.account_id != account_id:
            return False
        return await revoke.end(tx, grant, "ended by the account", reading.network(request), site.clock())

    return await site.store.write(work)


def _application(
    site: Site, grant: Grant, client: Client | None, deployment: Deployment | None, has_key: bool
) -> Application:
    used = grant.last_used_at
    personal = grant.client_id == api_key.PERSONAL_KEY
    return Application(
        grant_id=grant.id,
        name=api_key.label(grant) if personal else client.name if client else "",
        redirect_host=uris.shown_host(grant.redirect_uri) if grant.redirect_uri else None,
        deployment_name=deployment.name if deployment else "",
        since_words=_moment(grant.created_at),
        until_words="you end it" if grant.expires_at == NEVER else _moment(grant.expires_at),
        last_used_words="not yet" if used is None else f"{words.duration(max(site.clock() - used, 1))} ago",
        scope_words=_scope_words(grant, deployment),
        disconnect_action=site.addresses.path("account/disconnect"),
        key_label=api_key.label(grant) if has_key and not personal else None,
        personal=personal,
        acts_for_itself=grant.subject is not None,
    )


def _scope_words(grant: Grant, deployment: Deployment | None) -> str:
    names = sorted(grant.permissions.scope)
    return "; ".join(deployment.words(name) for name in names) if deployment else " ".join(names)


def _moment(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%-d %B %Y, %H:%M} UTC"
