"""GET and POST /userinfo: OpenID Connect Core §5.3. The token comes in the header alone (OAuth 2.1 §5.2.1)."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from consentry import formats
from consentry.grants import userinfo
from consentry.grants.userinfo import Claims
from consentry.spec.challenge import Challenge
from consentry.spec.errors import error_uri
from consentry.web import responses
from consentry.web.site import Site, Transaction

HOW = "Send the access token in the header: Authorization: Bearer TOKEN."


async def answer(site: Site, request: Request) -> Response:
    presented = _bearer(request)
    if isinstance(presented, Challenge):
        return _challenged(site, presented)
    access = await formats.identify(presented, site.signer)

    async def work(tx: Transaction) -> Claims | Challenge:
        return await userinfo.find(tx, access, site.clock())

    outcome = await site.store.read(work)
    if isinstance(outcome, Challenge):
        return _challenged(site, outcome)
    return JSONResponse(outcome, headers=responses.NO_STORE)


def _bearer(request: Request) -> str | Challenge:
    given = request.headers.getlist("authorization")
    scheme, _, token = given[0].strip().partition(" ") if given else ("", "", "")
    token = token.strip()
    bears = scheme.lower() == "bearer" and token != ""
    # RFC 6750 §2: not more than one method; a comma is two headers that were joined on the way.
    if len(given) > 1 or (bears and ("access_token" in request.query_params or "," in token)):
        return userinfo.challenge("invalid_request", "The access token is given more than once.")
    return token if bears else userinfo.challenge(None, HOW)


def _challenged(site: Site, challenge: Challenge) -> Response:
    headers = responses.NO_STORE | {"WWW-Authenticate": challenge.render(site.troubleshooting_url)}
    error = challenge.error or "invalid_token"
    body = {"error": error, "error_description": challenge.description, **error_uri(site.troubleshooting_url, error)}
    return JSONResponse(body, challenge.status, headers)
