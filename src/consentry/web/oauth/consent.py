"""The question put to the person: an application's, by way of the browser or of a device. Approve or Deny."""

import json
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from consentry.accounts.model import Account
from consentry.clients import cimd
from consentry.clients.logos import Logo
from consentry.clients.model import Client
from consentry.deployments.model import Deployment
from consentry.deployments.scope_map import may_call
from consentry.grants.authorize import AuthorizationRequest
from consentry.grants.model import DeviceAuthorization, Permissions
from consentry.spec import uris, user_code
from consentry.spec.networks import neighbourhood
from consentry.web import browser as browsers
from consentry.web.browser import Browser
from consentry.web.pages import words
from consentry.web.pages.views import ByDevice, ByRedirect, Consent, ScopeLine, ToolLine
from consentry.web.site import Site, Transaction

CONSENT = "consent"
DEVICE_ANSWER = "device/answer"


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks for what, and which way the answer goes. `request` names it, and comes back with the answer.

    `page` is where the question can be read again, and `answer` where the answer is sent, below the issuer.
    """

    client: Client
    deployment: Deployment
    permissions: Permissions
    way: ByRedirect | ByDevice
    request: str
    page: str
    answer: str = CONSENT


def form(query: str, answer: str = CONSENT) -> str:
    """What the consent form's proof is bound to: this very request."""
    return f"{answer}?{query}"


def shown(question: Question) -> str:
    """What an answer is bound to besides: whoever registered or publishes a client may change it while a person reads,
    and have an approval sent elsewhere than the page says."""
    asked = question.permissions
    way = question.way.uri if isinstance(question.way, ByRedirect) else question.way.user_code
    return json.dumps([question.client.name, way, asked.deployment_id, asked.resource, sorted(asked.scope)])


def of_redirect(wanted: AuthorizationRequest, query: str) -> Question:
    """An authorization request, which stays in the address (ADR 3)."""
    uri = wanted.caller.redirect_uri
    redirect = urlsplit(uri)
    way = ByRedirect(
        host=uris.shown_host(uri),
        uri=uri,
        loopback=uris.is_loopback(redirect),
        private_scheme=redirect.scheme not in {"http", "https"},
    )
    page = f"authorize?{query}"
    return Question(wanted.caller.client, wanted.deployment, wanted.permissions, way, query, page)


def of_device(
    waiting: DeviceAuthorization, client: Client, deployment: Deployment, shown: str, network: str | None, now: int
) -> Question:
    """A device's request (RFC 8628 §5.4: where it comes from, so that nobody approves another's). `network` is where
    the person is."""
    near = neighbourhood(waiting.network) == neighbourhood(network)
    way = ByDevice(
        user_code=user_code.render(shown),
        network=waiting.network or "unknown",
        near=near,
        asked_words=f"{words.duration(max(now - waiting.created_at, 1))} ago",
    )
    request = urlencode({"user_code": shown})
    return Question(client, deployment, waiting.permissions, way, request, f"device?{request}", DEVICE_ANSWER)


async def view(site: Site, question: Question, browser: Browser, account: Account) -> Consent:
    """All that a person needs in order to answer."""
    client, deployment = question.client, question.deployment
    uses = bool(question.permissions.scope & deployment.scopes)
    tools = _opened(question, await site.list_tools(deployment)) if uses else ()
    logo = await _logo(site, client.id)
    return Consent(
        action=site.addresses.path(question.answer),
        csrf=browsers.csrf(browser, site, form(question.request, question.answer)),
        request=question.request,
        shown=browsers.csrf(browser, site, shown(question)),
        client_name=client.name,
        client_host=cimd.host(client.id),  # whoever registers by itself may use any name
        client_logo=logo,
        client_uri=_shown_uri(client.metadata),
        way=question.way,
        deployment_name=deployment.name,
        mcp_url=question.permissions.resource,
        scopes=tuple(ScopeLine(name, deployment.words(name)) for name in sorted(question.permissions.scope)),
        tools=None if isinstance(tools, str) else tools,
        tools_note=tools if isinstance(tools, str) else None,
        account_email=account.email,
        account_name=account.name or None,
        sign_out_action=sign_out_action(site, site.addresses.path(question.page)),
        uses_server=uses,
        expires_words=words.UNTIL_ENDED if deployment.format.endless else words.duration(site.terms.refresh_token_ttl),
        note=_note(site, deployment),
    )


def _opened(question: Question, tools: tuple[ToolLine, ...] | str) -> tuple[ToolLine, ...] | str:
    """Those that the scopes in question open."""
    if isinstance(tools, str):
        return tools
    granted, scope_map = question.permissions.scope, question.deployment.scope_map
    return tuple(tool for tool in tools if may_call(tool.name, tool.effect, granted, scope_map))


def _note(site: Site, deployment: Deployment) -> str | None:
    notes = [words.TOLD_WHO_CALLS] if deployment.identity else []
    if deployment.ends_late:
        notes.append(words.ends_late(site.terms.access_token_ttl))
    elif deployment.format.kind == "api_key":
        notes.append(words.GETS_A_KEY)
    return " ".join(notes) or None


async def _logo(site: Site, client_id: str) -> str | None:
    if cimd.host(client_id) is None:
        return None

    async def work(tx: Transaction) -> Logo | None:
        return await tx.find_logo(client_id)

    logo = await site.store.read(work)
    return site.addresses.path(f"client-logo/{logo.digest}") if logo else None


def device_page(site: Site, shown: str | None) -> str:
    """Where to enter a code; with one that is known, it is filled in."""
    page = site.addresses.path("device")
    return f"{page}?{urlencode({'user_code': shown})}" if shown else page


def sign_out_action(site: Site, then: str) -> str:
    """Signs out, and leads back to where somebody else may sign in."""
    return f"{site.addresses.path('logout')}?next={quote(then, safe='')}"


def _shown_uri(metadata: object) -> str | None:
    uri = metadata.get("client_uri") if isinstance(metadata, dict) else None
    parts = uris.split(uri) if isinstance(uri, str) else None
    return uri if parts is not None and parts.scheme == "https" else None
