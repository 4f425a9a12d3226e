"""The question put to the person, and their answer: Approve or Deny."""

from urllib.parse import quote, urlsplit

from consentry.accounts.model import Account
from consentry.clients import cimd
from consentry.clients.logos import Logo
from consentry.grants.authorize import AuthorizationRequest
from consentry.spec import uris
from consentry.web import browser as browsers
from consentry.web.browser import Browser
from consentry.web.pages import words
from consentry.web.pages.views import Consent, ScopeLine
from consentry.web.site import Site, Transaction


def form(query: str) -> str:
    """What the consent form's proof is bound to: this very request."""
    return f"consent?{query}"


async def view(site: Site, wanted: AuthorizationRequest, browser: Browser, account: Account, query: str) -> Consent:
    """All that a person needs in order to answer."""
    client, deployment = wanted.caller.client, wanted.deployment
    redirect = urlsplit(wanted.caller.redirect_uri)
    uses = bool(wanted.permissions.scope & deployment.scope)
    tools = await site.list_tools(deployment) if uses else ()
    logo = await _logo(site, client.id)
    return Consent(
        action=site.addresses.path("consent"),
        csrf=browsers.csrf(browser, site, form(query)),
        request=query,
        client_name=client.name,
        client_host=cimd.host(client.id),  # whoever registers by itself may use any name
        client_logo=logo,
        client_uri=_shown_uri(client.metadata),
        redirect_host=uris.shown_host(wanted.caller.redirect_uri),
        redirect_uri=wanted.caller.redirect_uri,
        loopback=uris.is_loopback(redirect),
        private_scheme=redirect.scheme not in {"http", "https"},
        deployment_name=deployment.name,
        mcp_url=wanted.permissions.resource,
        scopes=tuple(ScopeLine(name, deployment.words(name)) for name in sorted(wanted.permissions.scope)),
        tools=None if isinstance(tools, str) else tools,
        tools_note=tools if isinstance(tools, str) else None,
        account_email=account.email,
        account_name=account.name or None,
        sign_out_action=f"{site.addresses.path('logout')}?next={quote(_here(site, query), safe='')}",
        uses_server=uses,
        expires_words=words.duration(site.terms.refresh_token_ttl),
    )


async def _logo(site: Site, client_id: str) -> str | None:
    if cimd.host(client_id) is None:
        return None

    async def work(tx: Transaction) -> Logo | None:
        return await tx.find_logo(client_id)

    logo = await site.store.read(work)
    return site.addresses.path(f"client-logo/{logo.digest}") if logo else None


def _shown_uri(metadata: object) -> str | None:
    uri = metadata.get("client_uri") if isinstance(metadata, dict) else None
    parts = uris.split(uri) if isinstance(uri, str) else None
    return uri if parts is not None and parts.scheme == "https" else None


def _here(site: Site, query: str) -> str:
    return f"{site.addresses.path('authorize')}?{query}"
