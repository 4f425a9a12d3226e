"""Discovery: RFC 8414 §3, OpenID Connect Discovery §4, RFC 9728 §3, RFC 7517 §5."""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consentry import keys
from consentry.deployments.model import Deployment
from consentry.keys import SigningKey
from consentry.spec import uris
from consentry.spec.metadata import (
    OAUTH_SERVER,
    OPENID_CONFIGURATION,
    PROTECTED_RESOURCE,
    AuthorizationServer,
    ProtectedResource,
)
from consentry.web import responses
from consentry.web.api import Endpoint, api
from consentry.web.oauth.features import features
from consentry.web.site import Site, Transaction


def server(site: Site) -> AuthorizationServer:
    """The one object that every document about the authorization server is made of."""
    return AuthorizationServer(site.addresses.issuer, features(site))


def routes(site: Site) -> list[Route]:
    """The issuer's documents, each at every address where clients look for it."""
    issuer, described = site.addresses.issuer, responses.represent(server(site).document())

    async def document(request: Request) -> Response:
        return responses.metadata(request, described)

    async def jwks(request: Request) -> Response:
        async def work(tx: Transaction) -> list[SigningKey]:
            return await tx.list_signing_keys()

        published = keys.publish(await site.store.read(work), site.clock())
        return responses.metadata(request, responses.represent(published))

    return _table(
        [
            (uris.insert_well_known(issuer, OAUTH_SERVER), document),
            (uris.insert_well_known(issuer, OPENID_CONFIGURATION), document),
            (uris.append_well_known(issuer, OPENID_CONFIGURATION), document),
            (uris.append_well_known(issuer, OAUTH_SERVER), document),
            (site.addresses.endpoint("jwks.json"), jwks),
        ]
    )


def resource_routes(site: Site) -> list[Route]:
    """The documents of MCP URLs. At the root only where the host is one deployment's: a client takes what it finds
    there for its own server's."""

    async def resource(request: Request) -> Response:
        return await _protected_resource(site, request)

    mcp = site.addresses.mcp_template
    root = [(f"{uris.origin(mcp)}/.well-known/{PROTECTED_RESOURCE}", resource)] if site.addresses.host_each else []
    return _table(
        [
            (uris.insert_well_known(mcp, PROTECTED_RESOURCE), resource),
            (uris.append_well_known(mcp, PROTECTED_RESOURCE), resource),
            *root,
        ]
    )


def _table(rows: list[tuple[str, Endpoint]]) -> list[Route]:
    by_path = {urlsplit(url).path: endpoint for url, endpoint in rows}
    return [route for path, endpoint in by_path.items() for route in api(path, endpoint, "GET")]


async def _protected_resource(site: Site, request: Request) -> Response:
    slug: str = request.path_params["slug"]

    async def work(tx: Transaction) -> Deployment | None:
        return await tx.find_deployment_by_slug(slug)

    deployment = await site.store.read(work)
    # A server elsewhere serves its metadata itself: RFC 9728 §3.3 has clients compare it with where they found it.
    # A public one protects nothing: a client that was shown this would sign in for nothing.
    if deployment is None or deployment.resource is not None or deployment.auth.public:
        return responses.Json({"error": "not_found", "error_description": "There is no MCP server of that name."}, 404)
    described = ProtectedResource(
        resource=site.addresses.mcp_url(slug),
        authorization_server=deployment.authorization_server(site.addresses),
        scopes=tuple(sorted(deployment.scope)) if deployment.auth.oauth else (),
        name=deployment.name,
    )
    return responses.metadata(request, responses.represent(described.document()))
