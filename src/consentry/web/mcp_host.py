"""The host that MCP URLs are on: resource metadata, and at its root what MCP 2025-03-26 looks for there (ADR 21)."""

from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consentry.spec import params
from consentry.spec.metadata import OAUTH_SERVER, Document
from consentry.spec.params import Params
from consentry.web import mcp_page, reading, responses
from consentry.web.api import api
from consentry.web.oauth import authorize, metadata, register, token
from consentry.web.site import Site

Answer = Callable[[Site, Request], Awaitable[Response]]


def routes(site: Site) -> list[Route]:
    """Everything on that host but MCP traffic itself."""
    path = site.addresses.mcp_path()
    page = partial(mcp_page.show, site)
    root = [] if site.addresses.root_is_issuer else _root(site)
    return [
        *metadata.resource_routes(site),
        *root,
        *(Route(spelling, page, methods=["GET"]) for spelling in dict.fromkeys((path or "/", f"{path}/"))),
    ]


def _root(site: Site) -> list[Route]:
    """A client that was told of no issuer takes the MCP URL's host for one.

    The document still names the only issuer there is: a client that compares (RFC 8414 §3.3) will not be fooled, and
    it has been shown the way by the challenge. Passwords are typed, and cookies set, at the issuer alone.
    """
    at: dict[str, Answer] = {"register": register.answer, "token": token.answer}
    return [
        *api(f"/.well-known/{OAUTH_SERVER}", partial(_document, site), "GET"),
        *(route for name, answer in at.items() for route in api(f"/{name}", partial(answer, site), "POST")),
        Route("/authorize", partial(_authorize, site), methods=["GET", "POST"]),
    ]


async def _document(site: Site, request: Request) -> Response:
    described = document(site, request.path_params.get("slug"))
    return responses.metadata(request, responses.represent(described))


def document(site: Site, slug: str | None) -> Document:
    """The issuer's own. Where the host names the deployment, /authorize is this host's, which adds that to the request:
    these clients send no `resource`."""
    described = metadata.server(site).document()
    if slug is not None:
        described["authorization_endpoint"] = f"{site.addresses.mcp_root(slug)}/authorize"
    return described


async def _authorize(site: Site, request: Request) -> Response:
    """On to the issuer's own page: the address comes from the settings, the query goes as it came."""
    query = request.url.query
    if request.method == "POST":
        query = (await reading.body(request)).decode("ascii", "replace")
    slug, asked = request.path_params.get("slug"), params.parse(query)
    if slug is not None and isinstance(asked, Params) and not (asked.resource or asked.get("request_uri")):
        query = f"{query}&{urlencode({'resource': site.addresses.mcp_url(slug)})}"
    return authorize.forward(site, request, query)
