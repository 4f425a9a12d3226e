"""An endpoint for programs: open to every origin (no cookie opens it), with or without a last slash, no redirect."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consentry.spec import cors
from consentry.web.responses import NO_STORE

Endpoint = Callable[[Request], Awaitable[Response]]
_EXPOSED = [(name.lower().encode(), value.encode()) for name, value in cors.EXPOSED]


def api(path: str, endpoint: Endpoint, *methods: str) -> list[Route]:
    """Routes of one endpoint, with its preflight; another method gets 405 in JSON."""
    offered = ("OPTIONS", *methods)

    async def answer(request: Request) -> Response:
        if request.method == "OPTIONS":
            requested = request.headers.get("access-control-request-headers", "")
            return Response(status_code=204, headers=dict(cors.preflight(requested, methods)))
        asked = "GET" if request.method == "HEAD" else request.method
        response = await endpoint(request) if asked in methods else _not_allowed(offered)
        response.raw_headers += _EXPOSED
        return response

    every = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    # A redirect from /register/ to /register turns POST into GET in real clients (protocol rule B23).
    return [Route(spelling, answer, methods=every) for spelling in (path, path + "/")]


def _not_allowed(offered: tuple[str, ...]) -> Response:
    body = {"error": "invalid_request", "error_description": f"Use {' or '.join(offered[1:])} here."}
    return JSONResponse(body, 405, NO_STORE | {"Allow": ", ".join(offered)})
