"""/api/v1/clients: every client of this installation, for operators: those that wait are let in or turned away."""

from consentry.clients import approval
from consentry.clients.model import Client
from consentry.grants import removal
from consentry.web.management import paging, problems
from consentry.web.management.calling import Answered, Call
from consentry.web.management.clients import shown
from consentry.web.management.connecting import ClientList, ClientSearch, ClientShown
from consentry.web.management.problems import Problem
from consentry.web.site import Transaction


async def list_(call: Call) -> Answered | Problem:
    """GET."""
    waiting, most = call.searched(ClientSearch).waiting, call.asked.limit
    after = call.asked.moment()
    if isinstance(after, Problem):
        return after

    async def work(tx: Transaction) -> Answered:
        found = await tx.find_clients(after, most + 1, pending=waiting)
        page, slugs = found[:most], {one.id: one.slug for one in await tx.list_deployments()}
        items = [shown(client, slugs.get(client.deployment_id or ""), call.now) for client in page]
        left = paging.cursor((page[-1].created_at, page[-1].id)) if len(found) > most else None
        return Answered(ClientList(items=items, next=left))

    return await call.site.store.read(work)


async def show(call: Call) -> Answered | Problem:
    """GET of one."""

    async def work(tx: Transaction) -> Answered | Problem:
        client = await _named(tx, call)
        return client if isinstance(client, Problem) else Answered(await _whole(tx, call, client))

    return await call.site.store.read(work)


async def approve(call: Call) -> Answered | Problem:
    """POST: from now on people may be asked."""

    async def work(tx: Transaction) -> Answered | Problem:
        client = await _named(tx, call)
        if isinstance(client, Problem):
            return client
        if not await approval.approve(tx, client, call.now):
            return Problem(problems.CONFLICT, f"{client.id} does not wait for that: it is let in already.")
        return Answered()

    return await call.write(work)


async def delete(call: Call) -> Answered | Problem:
    """DELETE: one that waits is turned away so; what any other was let into ends."""

    async def work(tx: Transaction) -> Answered | Problem:
        client = await _named(tx, call)
        if isinstance(client, Problem):
            return client
        await removal.remove_client(tx, client, "deleted by the operator", call.now)
        return Answered()

    return await call.write(work)


async def _whole(tx: Transaction, call: Call, client: Client) -> ClientShown:
    only = await tx.find_deployment(client.deployment_id) if client.deployment_id else None
    return shown(client, only.slug if only else None, call.now)


async def _named(tx: Transaction, call: Call) -> Client | Problem:
    named = call.named("client_id")
    client = await tx.find_client(named) if named.isprintable() else None
    return client or Problem(problems.NOT_FOUND, "There is no such client: list them to see which there are.")
