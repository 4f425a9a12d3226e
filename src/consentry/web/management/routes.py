"""Every operation of the API, in one table: requests are routed by it, and the document is made of it."""

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consentry.spec import cors
from consentry.web import showing
from consentry.web.api import Answering
from consentry.web.management import (
    account,
    clients,
    connecting,
    deployments,
    document,
    grants,
    guests,
    keys,
    problems,
    reference,
    shapes,
)
from consentry.web.management.calling import Demand, enter
from consentry.web.management.operation import Operation
from consentry.web.management.problems import Problem
from consentry.web.site import Site

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


_ONE = "deployments/{slug}"
_GUESTS = f"{_ONE}/guests"
_CLIENTS = f"{_ONE}/clients"
_CLIENT = f"{_CLIENTS}/{{client_id}}"
_GRANT = "grants/{grant_id}"
OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET", "account", "account:read", account.show, "showAccount", "For whom the token acts", shapes.AccountShown
    ),
    Operation(
        "GET",
        "deployments",
        "deployments:read",
        deployments.list_,
        "listDeployments",
        "The deployments that you manage, by slug; an operator's are all",
        shapes.DeploymentList,
        paged=True,
    ),
    Operation(
        "POST",
        "deployments",
        "deployments:write",
        deployments.create,
        "createDeployment",
        "Make a deployment; its owner is you",
        shapes.DeploymentShown,
        shapes.NewDeployment,
        201,
        problems=(problems.FORBIDDEN, problems.CONFLICT, problems.UNFIT),
    ),
    Operation(
        "GET",
        _ONE,
        "deployments:read",
        deployments.show,
        "showDeployment",
        "One deployment, with its health and use",
        shapes.DeploymentShown,
    ),
    Operation(
        "PATCH",
        _ONE,
        "deployments:write",
        deployments.change,
        "changeDeployment",
        "Change a deployment. Applications of people whom it lets in no more end at once",
        shapes.DeploymentShown,
        shapes.DeploymentChange,
        problems=(problems.FORBIDDEN, problems.UNFIT),
    ),
    Operation(
        "DELETE",
        _ONE,
        "deployments:write",
        deployments.delete,
        "deleteDeployment",
        "Remove a deployment. What is connected to it ends at once, and clients made for it alone go as well",
        None,
        status=204,
    ),
    Operation(
        "POST",
        f"{_ONE}/test",
        "deployments:write",
        deployments.test,
        "testDeployment",
        "Connect to its MCP server as a client would, and say what was found or what is wrong",
        shapes.Health,
        problems=(problems.UNFIT,),
    ),
    Operation(
        "GET",
        _GUESTS,
        "deployments:read",
        guests.list_,
        "listGuests",
        "The people whom the access policy invited lets in",
        connecting.GuestList,
        paged=True,
    ),
    Operation(
        "PUT",
        f"{_GUESTS}/{{email}}",
        "deployments:write",
        guests.invite,
        "invite",
        "Invite an address; it counts under the access policy invited. Nothing is mailed",
        None,
        status=204,
        problems=(problems.UNFIT,),
    ),
    Operation(
        "DELETE",
        f"{_GUESTS}/{{email}}",
        "deployments:write",
        guests.uninvite,
        "uninvite",
        "Take an invitation back. What they had connected ends at once",
        None,
        status=204,
    ),
    Operation(
        "GET",
        _CLIENTS,
        "clients:read",
        clients.list_,
        "listClients",
        "The clients that were made for a deployment, newest first",
        connecting.ClientList,
        paged=True,
    ),
    Operation(
        "POST",
        _CLIENTS,
        "clients:write",
        clients.create,
        "createClient",
        "Make a client, as by Set Up OAuth. A secret is shown this once",
        connecting.ClientMade,
        connecting.NewClient,
        201,
        problems=(problems.UNFIT,),
    ),
    Operation("GET", _CLIENT, "clients:read", clients.show, "showClient", "One client", connecting.ClientShown),
    Operation(
        "POST",
        f"{_CLIENT}/rotate-secret",
        "clients:write",
        clients.rotate,
        "rotateClientSecret",
        "Give a client another secret, shown this once",
        connecting.ClientMade,
        connecting.Rotation,
        problems=(problems.CONFLICT,),
    ),
    Operation(
        "DELETE",
        _CLIENT,
        "clients:write",
        clients.delete,
        "deleteClient",
        "Delete a client. What it was let into ends at once",
        None,
        status=204,
    ),
    Operation(
        "GET",
        "api-keys",
        "keys:read",
        keys.list_,
        "listApiKeys",
        "Your API keys, and those that applications got instead of tokens",
        connecting.KeyList,
        paged=True,
    ),
    Operation(
        "POST",
        "api-keys",
        "keys:write",
        keys.create,
        "createApiKey",
        "Make an API key for yourself. It is shown this once",
        connecting.KeyMade,
        connecting.NewKey,
        201,
        problems=(problems.UNFIT,),
    ),
    Operation(
        "DELETE",
        "api-keys/{grant_id}",
        "keys:write",
        keys.revoke,
        "revokeApiKey",
        "Revoke an API key at once. An application that holds it is disconnected",
        None,
        status=204,
    ),
    Operation(
        "GET",
        "grants",
        "grants:read",
        grants.list_,
        "listGrants",
        "The applications that are connected to your account, newest first",
        connecting.GrantList,
        paged=True,
    ),
    Operation(
        "GET",
        _GRANT,
        "grants:read",
        grants.show,
        "showGrant",
        "A connected application, and what happened to it",
        connecting.GrantStory,
    ),
    Operation(
        "DELETE",
        _GRANT,
        "grants:write",
        grants.end,
        "endGrant",
        "Disconnect an application at once. One that has ended stays so",
        None,
        status=204,
    ),
)


def routes(site: Site) -> list[Route]:
    """The table as routes. What is at no address of it is told in the same manner."""
    paths = dict.fromkeys(operation.path for operation in OPERATIONS)
    found = [_route(site, path, tuple(one for one in OPERATIONS if one.path == path)) for path in paths]
    own = [
        Route(
            site.addresses.path(problems.ROOT), Answering(partial(reference.show, site, OPERATIONS)), methods=["GET"]
        ),
        Route(
            site.addresses.path(f"{problems.ROOT}/openapi.json"),
            Answering(partial(document.show, site, OPERATIONS)),
            methods=["GET"],
        ),
    ]
    rest = Route(
        site.addresses.path(f"{problems.ROOT}/{{rest:path}}"), Answering(partial(_nothing, site)), methods=METHODS
    )
    return [*own, *found, rest]


def _route(site: Site, path: str, operations: tuple[Operation, ...]) -> Route:
    offered = tuple(one.method for one in operations)
    answers: dict[str, Callable[[Request], Awaitable[Response]]] = {
        one.method: partial(enter, site, Demand(one.scope, one.takes, one.paged), one.answer, one.status)
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

    return Route(site.addresses.path(f"{problems.ROOT}/{path}"), Answering(answer), methods=METHODS)


async def _nothing(site: Site, request: Request) -> Response:
    sentence = f"There is nothing at this address: {site.addresses.endpoint(problems.ROOT)} lists what there is."
    return _readable(
        problems.render(Problem(problems.NOT_FOUND, sentence), site.addresses, showing.request_id(request))
    )


def _readable(response: Response) -> Response:
    """By any origin: no cookie opens the API."""
    response.headers.update(dict(cors.EXPOSED))
    return response
