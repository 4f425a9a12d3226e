"""Around every answer but the gateway's: request id, security headers, and the last resort when something broke."""

from collections.abc import Awaitable, Callable
from time import perf_counter

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from consentry import metrics
from consentry.spec import cors
from consentry.spec.errors import AWAY_SECONDS, AwayError, ErrorCode, error_uri
from consentry.web import responses, showing
from consentry.web.management import problems
from consentry.web.management import routes as management
from consentry.web.pages import words
from consentry.web.reading import IncompleteError, TooLargeError
from consentry.web.site import Site

log = structlog.get_logger(__name__)

Answer = Callable[[Request], Awaitable[Response]]

# A client that was given another address than an MCP URL comes first of all by POST, and shows what it is told.
NO_ADDRESS = "There is nothing at this address. An MCP client is given the MCP URL of a deployment: see its page."
NO_METHOD = "This method is not allowed here. An MCP client is given the MCP URL of a deployment: see its page."

# Below a path the host is shared, and its subdomains are for others to decide.
HSTS_SHARED = b"max-age=31536000"
HSTS = HSTS_SHARED + b"; includeSubDomains"


class Edge:
    """The outermost layer, and an ASGI application. `new_request_id` names each request."""

    def __init__(self, answer: Answer, site: Site, new_request_id: Callable[[], str]) -> None:
        self._answer = answer
        self._site = site
        self._always = [(b"x-content-type-options", b"nosniff")]
        if site.addresses.secure:
            self._always.append((b"strict-transport-security", HSTS_SHARED if site.addresses.prefix else HSTS))
        self._new_request_id = new_request_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = self._new_request_id()
        scope.setdefault("state", {})["request_id"] = request_id
        began = perf_counter()
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except Exception as error:
            response = recovered(self._site, request, error)
        response.raw_headers += [(b"x-request-id", request_id.encode()), *self._always]
        try:
            await response(scope, receive, send)
        except Exception:
            log.exception("the request failed", request_id=request_id, path=scope["path"])
            raise  # half an answer must not be taken for a whole one
        finally:
            metrics.request_answered(_route(scope), response.status_code, perf_counter() - began)


def _route(scope: Scope) -> str:
    """The pattern of the path, of which there are few."""
    found = scope.get("route")
    return found.path if isinstance(found, Route) else "none"


def recovered(site: Site, request: Request, error: Exception) -> Response:
    """What is answered where an endpoint had nothing to say."""
    match error:
        case HTTPException() if problems.covers(request.url.path, site.addresses):
            known = showing.request_id(request)
            return management.unrouted(site.addresses, error.status_code, error.headers or {}, known)
        case HTTPException():
            return no_route(site, request, error)
        case TooLargeError():
            return too_large(site, request)
        case IncompleteError():
            return incomplete(site, request)
        case AwayError():
            return away(site, request, error)
        case _:
            log.error(
                "the request failed", exc_info=error, request_id=showing.request_id(request), path=request.url.path
            )
            return broken(site, request)


def no_route(site: Site, request: Request, error: HTTPException) -> Response:
    """404 and 405, for a person or for a program."""
    if wants_page(request):
        wording = words.METHOD_NOT_ALLOWED if error.status_code == 405 else words.NOT_FOUND
        response = showing.stop(request, site, wording, link=("Front page", site.way("")))
    else:
        said = NO_METHOD if error.status_code == 405 else NO_ADDRESS
        response = told(error.status_code, "invalid_request", said, request, site.troubleshooting_url)
    response.headers.update(error.headers or {})
    return response


def misdirected(request: Request, page: str | None) -> Response:
    """421, RFC 9110 §15.5.20: the request names a host that is none of ours."""
    said = "This server has no such host: use the URL as it was given, and have a proxy in front pass on Host."
    return told(421, "invalid_request", said, request, page)


def too_large(site: Site, request: Request) -> Response:
    """413."""
    if wants_page(request):
        return showing.stop(request, site, words.TOO_LARGE)
    return told(413, "invalid_request", "The request body is too large.", request, site.troubleshooting_url)


def incomplete(site: Site, request: Request) -> Response:
    """400: half a body is none."""
    said = "The request body did not come whole: send it again."
    return told(400, "invalid_request", said, request, site.troubleshooting_url)


def away(site: Site, request: Request, error: AwayError) -> Response:
    """503: the store is away; RFC 9110 §15.6.4."""
    log.error("the store is away", request_id=showing.request_id(request), path=request.url.path, reason=str(error))
    if wants_page(request):
        response = showing.stop(request, site, words.UNAVAILABLE)
    else:
        said = f"This server cannot reach what it keeps: try again in {AWAY_SECONDS} seconds."
        response = told(503, "temporarily_unavailable", said, request, site.troubleshooting_url)
    response.headers["Retry-After"] = str(AWAY_SECONDS)
    return response


def broken(site: Site, request: Request) -> Response:
    """500: a bug, or a broken world."""
    if problems.covers(request.url.path, site.addresses):
        known = showing.request_id(request)
        return problems.render(problems.broken(known), site.addresses, known)
    if wants_page(request):
        return showing.stop(request, site, words.SERVER_ERROR)
    said = f"Something broke here; quote request {showing.request_id(request)}."
    return told(500, "server_error", said, request, site.troubleshooting_url)


def told(status: int, error: ErrorCode, description: str, request: Request, page: str | None) -> Response:
    """JSON that a script of any origin may read, with what a person quotes when asking for help."""
    known = {"request_id": showing.request_id(request)}
    body = {"error": error, "error_description": description, **error_uri(page, error), **known}
    return JSONResponse(body, status, responses.NO_STORE | dict(cors.EXPOSED))


def wants_page(request: Request) -> bool:
    """Whether a person is waiting."""
    return "text/html" in request.headers.get("accept", "")
