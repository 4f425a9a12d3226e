"""An MCP URL opened in a browser: the challenge that clients get, told to a person."""

from starlette.requests import Request
from starlette.responses import Response

from consentry.deployments.model import Deployment
from consentry.spec.challenge import Challenge
from consentry.web import showing
from consentry.web.pages import words
from consentry.web.site import Site, Transaction


async def show(site: Site, request: Request) -> Response:
    """Still a 401 that names the metadata: a client that asks for HTML is a client all the same. Of a public deployment
    it is none, for there is nothing to sign in for."""
    slug: str = request.path_params["slug"]

    async def work(tx: Transaction) -> Deployment | None:
        return await tx.find_deployment_by_slug(slug)

    deployment = await site.store.read(work)
    if deployment is None:
        return showing.stop(request, site, words.NOT_FOUND)
    detail = (("MCP URL", deployment.resource_at(site.addresses)),)
    if deployment.resource is not None:
        return showing.stop(request, site, words.ELSEWHERE, detail=detail)
    if deployment.auth.public:
        return showing.stop(request, site, words.PUBLIC_MCP_URL_IN_A_BROWSER, detail=detail)
    link = ("Your connected applications", site.way("account"))
    response = showing.stop(request, site, words.MCP_URL_IN_A_BROWSER, detail=detail, link=link)
    # A scope of ours says nothing to another issuer.
    scope = deployment.scope if deployment.auth.oauth else frozenset[str]()
    challenge = Challenge(site.addresses.resource_metadata_url(slug), scope)
    response.headers["WWW-Authenticate"] = challenge.render()
    return response
