"""The table of operations as routes; what is at no address of it is told in the same manner."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consentry.addresses import Addresses
from consentry.spec import cors
from consentry.web import showing
from consentry.web.management import document, problems, reference
from consentry.web.management.calling import Demand, enter
from consentry.web.management.operation import Operation
from consentry.web.management.problems import Problem
from consentry.web.management.table import OPERATIONS
from consentry.web.site import Site

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def routes(site: Site) -> list[Route]:
    """All below the API."""
    paths = dict.fromkeys(operation.path for operation in OPERATIONS)
    found = [_route(site, path, tuple(one for one in OPERATIONS if one.path == path)) for path in paths]
    own = [
        Route(site.addresses.path(problems.ROOT), partial(reference.show, site, OPERATIONS), methods=["GET"]),
        Route(
            site.addresses.path(f"{problems.ROOT}/openapi.json"),
            partial(document.show, site, OPERATIONS),
            methods=["GET"],
        ),
    ]
    rest = Route(site.addresses.path(f"{problems.ROOT}/{{rest:path}}"), partial(_nothing, site), methods=METHODS)
    return [*own, *found, rest]


def _route(site: Site, path: str, operations: tuple[Operation, ...]) -> Route:
    offered = tuple(one.method for one in operations)
    answers: dict[str, Callable[[Request], Awaitable[Response]]] = {
        one.method: partial(enter, site, Demand(one.scope, one.takes, one.query, one.operates), one.answer, one.status)
        for one in operations
    }

    async def answer(request: Request) -> Response:
        if request.method == "OPTIONS":
            requested = request.headers.get("access-control-request-headers", "")
            return Response(status_code=204, headers=dict(cors.preflight(requested, offered)))
        wanted = answers.get("GET" if request.method == "HEAD" else request.method)
        if wanted is None:
            allow = {"Allow": ", ".join(("OPTIONS", *offered))}
            problem = Problem(problems.METHOD_NOT_ALLOWED, f"Use {' or '.join(offered)} here.", headers=allow)
            return _readable(problems.render(problem, site.addresses, showing.request_id(request)))
        return _readable(await wanted(request))

    return Route(site.addresses.path(f"{problems.ROOT}/{path}"), answer, methods=METHODS)


async def _nothing(site: Site, request: Request) -> Response:
    return _readable(nowhere(site.addresses, showing.request_id(request)))


def nowhere(addresses: Addresses, request_id: str) -> Response:
    """404: no operation has that address."""
    sentence = f"There is nothing at this address: {addresses.endpoint(problems.ROOT)} lists what there is."
    return problems.render(Problem(problems.NOT_FOUND, sentence), addresses, request_id)


def unrouted(addresses: Addresses, status: int, headers: Mapping[str, str], request_id: str) -> Response:
    """A method that no route below the API takes, told as all the rest."""
    if status != problems.METHOD_NOT_ALLOWED.status:
        return _readable(nowhere(addresses, request_id))
    problem = Problem(problems.METHOD_NOT_ALLOWED, "No address of the API has this method.", headers=dict(headers))
    return _readable(problems.render(problem, addresses, request_id))


def _readable(response: Response) -> Response:
    """By any origin: no cookie opens the API."""
    response.headers.update(dict(cors.EXPOSED))
    return response
