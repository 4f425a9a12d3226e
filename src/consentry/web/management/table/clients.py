"""Operations on clients."""

from consentry.web.management import clients, connecting, problems
from consentry.web.management.operation import Operation
from consentry.web.management.paging import Paged
from consentry.web.management.table.deployments import ONE

_CLIENTS = f"{ONE}/clients"
_CLIENT = f"{_CLIENTS}/{{client_id}}"
OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        _CLIENTS,
        "clients:read",
        clients.list_,
        "listClients",
        "The clients that were made for a deployment, newest first",
        connecting.ClientList,
        query=Paged,
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
)
