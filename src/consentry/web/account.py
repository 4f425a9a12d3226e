"""/account: what is connected, and the button that ends it. And the front page."""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from consentry.deployments import authority
from consentry.deployments.authority import Person
from consentry.deployments.model import Deployment
from consentry.grants import api_key, connections, entry
from consentry.grants.connections import Connection
from consentry.grants.model import NEVER
from consentry.spec import uris
from consentry.spec.errors import Refusal
from consentry.web import browser as browsers
from consentry.web import reading, responses, showing
from consentry.web.browser import SESSION_FORM
from consentry.web.pages import words
from consentry.web.pages.views import Account, Application, ConnectionLine, Home
from consentry.web.returning import sign_in_path
from consentry.web.site import Site, Transaction

ENDED_NOTE = "Disconnected. The access ended at once."


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

    async def work(tx: Transaction) -> tuple[list[Connection], list[Deployment]]:
        return await connections.of_account(tx, account.id, site.clock()), await entry.usable(tx, account)

    connected, deployments = await site.store.read(work)
    may_place = authority.may_place(Person(account.id, account.operator), site.deployment_owners)
    view = Account(
        disconnect_action=site.addresses.path("account/disconnect"),
        applications=tuple(
            Application(one.name, tuple(_line(site, each) for each in one.connections))
            for one in connections.fold([one for one in connected if not one.personal])
        ),
        mcp_urls=tuple((one.name, one.resource_at(site.addresses)) for one in deployments),
        note=ENDED_NOTE if "ended" in request.query_params else None,
        new_deployment_url=site.addresses.path("dashboard/new") if may_place else None,
    )
    return showing.show(request, site, view, browser)


async def disconnect(site: Site, request: Request) -> Response:
    """POST /account/disconnect: ends grants of this account's own, one by `grant_id` or several by `grant_ids`."""
    given = await reading.form(request)
    if isinstance(given, Refusal):
        return showing.stop(request, site, words.MALFORMED_REQUEST)
    browser = await browsers.of(request, site)
    if browser.signed_in is None:
        return responses.see_other(sign_in_path(site, site.addresses.path("account"), ended=True))
    if not browsers.sent_by(request, browser, site, SESSION_FORM, given.get("csrf")):
        return showing.stop(request, site, words.FORM_EXPIRED, link=("Your account", site.addresses.path("account")))
    account_id, network = browser.signed_in.account.id, reading.network(request)
    chosen = frozenset(f"{given.get('grant_id') or ''} {given.get('grant_ids') or ''}".split())

    async def work(tx: Transaction) -> int:
        return await connections.end_those(tx, account_id, chosen, "ended by the account", network, site.clock())

    ended = await site.store.write(work)
    return responses.see_other(f"{site.addresses.path('account')}{'?ended=1' if ended else ''}")


def _line(site: Site, one: Connection) -> ConnectionLine:
    grant = one.grant
    return ConnectionLine(
        grant_id=grant.id,
        deployment_name=one.deployment.name if one.deployment else "",
        scope_words=words.scope(grant.permissions.scope, one.deployment),
        since=grant.created_at,
        until=None if grant.expires_at == NEVER else grant.expires_at,
        last_used_words=words.ago(grant.last_used_at, site.clock()),
        network=grant.network,
        browser=grant.browser,
        redirect_host=uris.shown_host(grant.redirect_uri) if grant.redirect_uri else None,
        acts_for_itself=grant.subject is not None,
        key_label=api_key.label(grant) if one.key else None,
    )
