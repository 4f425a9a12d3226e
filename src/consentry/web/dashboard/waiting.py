"""/dashboard/waiting: applications that registered themselves and wait for an operator (registration = approval)."""

from starlette.responses import Response

from consentry.clients import approval
from consentry.clients.model import Client
from consentry.grants import removal
from consentry.spec import uris
from consentry.web.dashboard.visiting import Visit
from consentry.web.pages.connect_views import Waiting, WaitingLine
from consentry.web.site import Transaction

NOTES = {
    "approved": "The application is approved. Whoever tried to connect it can do so now.",
    "refused": "The application is turned away; its client ID is good for nothing.",
}


async def show(visit: Visit) -> Response:
    """GET."""

    async def work(tx: Transaction) -> list[Client]:
        return await tx.list_waiting_clients()

    view = Waiting(
        clients=tuple(_line(client) for client in await visit.site.store.read(work)),
        approve_action=visit.path("waiting/approve"),
        refuse_action=visit.path("waiting/refuse"),
        note=next((note for name, note in NOTES.items() if name in visit.request.query_params), None),
    )
    return visit.show(view)


async def approve(visit: Visit) -> Response:
    """POST."""

    async def work(tx: Transaction) -> bool:
        client = await _named(visit, tx)
        return client is not None and await approval.approve(tx, client, visit.now)

    done = await visit.site.store.write(work)
    return visit.go(f"{visit.path('waiting')}{'?approved=1' if done else ''}")


async def refuse(visit: Visit) -> Response:
    """POST: removes it. One that does not wait any more is left alone."""

    async def work(tx: Transaction) -> bool:
        client = await _named(visit, tx)
        if client is not None:
            await removal.remove_client(tx, client, "deleted by the operator", visit.now)
        return client is not None

    done = await visit.site.store.write(work)
    return visit.go(f"{visit.path('waiting')}{'?refused=1' if done else ''}")


async def _named(visit: Visit, tx: Transaction) -> Client | None:
    client = await tx.find_client(visit.given.get("client_id") or "")
    return client if client is not None and client.pending else None


def _line(client: Client) -> WaitingLine:
    hosts = tuple(dict.fromkeys(uris.shown_host(uri) for uri in client.redirect_uris))
    return WaitingLine(client.id, client.name, hosts or ("a device, by a code",), client.created_at, not client.public)
