"""Discovery: RFC 8414 §3, OpenID Connect Discovery §4, RFC 9728 §3, RFC 7517 §5."""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consentry import keys
from consentry.addresses import Addresses
from consentry.clients.model import AUTH_METHODS
from consentry.deployments.model import WHOLE_SCOPE, Deployment
from consentry.grants.token import GRANTS
from consentry.keys import SigningKey
from consentry.spec import scopes, uris
from consentry.spec.metadata import (
    OAUTH_SERVER,
    OPENID_CONFIGURATION,
    PROTECTED_RESOURCE,
    AuthorizationServer,
    ProtectedResource,
)
from consentry.web import responses
from consentry.web.api import api
from consentry.web.site import Site, Transaction


def describe(addresses: Addresses) -> AuthorizationServer:
    """The one object that every document about the authorization server is made of."""
    return AuthorizationServer(
        issuer=addresses.issuer,
        authorization_endpoint=addresses.endpoint("authorize"),
        token_endpoint=addresses.endpoint("token"),
        registration_endpoint=addresses.endpoint("register"),
        revocation_endpoint=addresses.endpoint("revoke"),
        jwks_uri=addresses.endpoint("jwks.json"),
        # Clients that see offline_access here ask for it, and show the person that they will stay connected.
        scopes=(WHOLE_SCOPE, scopes.OFFLINE_ACCESS),
        grant_types=tuple(GRANTS),
        auth_methods=AUTH_METHODS,
        signing_algs=(keys.ALGORITHM,),
    )


def routes(site: Site) -> list[Route]:
    issuer = site.addresses.issuer
    server = describe(site.addresses)

    async def oauth(request: Request) -> Response:
        return responses.metadata(request, server.oauth())

    async def openid(request: Request) -> Response:
        return responses.metadata(request, server.openid())

    async def jwks(request: Request) -> Response:
        async def work(tx: Transaction) -> list[SigningKey]:
            return await tx.list_signing_keys()

        return responses.metadata(request, keys.publish(await site.store.read(work), site.clock()))

    async def resource(request: Request) -> Response:
        return await _protected_resource(site, request)

    mcp = site.addresses.mcp_template
    table = [
        (uris.insert_well_known(issuer, OAUTH_SERVER), oauth),
        (uris.insert_well_known(issuer, OPENID_CONFIGURATION), openid),
        (uris.append_well_known(issuer, OPENID_CONFIGURATION), openid),
        (uris.append_well_known(issuer, OAUTH_SERVER), oauth),
        (site.addresses.endpoint("jwks.json"), jwks),
        (uris.insert_well_known(mcp, PROTECTED_RESOURCE), resource),
        (uris.append_well_known(mcp, PROTECTED_RESOURCE), resource),
    ]
    by_path = {urlsplit(url).path: endpoint for url, endpoint in table}
    return [route for path, endpoint in by_path.items() for route in api(path, endpoint, "GET")]


async def _protected_resource(site: Site, request: Request) -> Response:
    slug: str = request.path_params["slug"]

    async def work(tx: Transaction) -> Deployment | None:
        return await tx.find_deployment_by_slug(slug)

    deployment = await site.store.read(work)
    if deployment is None:
        return JSONResponse({"error": "not_found", "error_description": "There is no MCP server of that name."}, 404)
    described = ProtectedResource(
        resource=site.addresses.mcp_url(slug),
        authorization_server=site.addresses.issuer,
        scopes=tuple(sorted(deployment.scope)),
        name=deployment.name,
    )
    return responses.metadata(request, described.document())
