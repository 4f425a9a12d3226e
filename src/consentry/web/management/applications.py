"""/api/v1/applications, usable, deployments/{slug}/applications and toll: what is connected, folded, and to what."""

from consentry.grants import connections, entry, removal
from consentry.grants.connections import Application
from consentry.web.management import paging, problems
from consentry.web.management.calling import Answered, Call, deployment_of
from consentry.web.management.granted import (
    ApplicationList,
    ApplicationShown,
    TollShown,
    UsableList,
    UsableShown,
    UserList,
    UserShown,
)
from consentry.web.management.grants import shown
from consentry.web.management.problems import Problem
from consentry.web.site import Transaction


async def list_(call: Call) -> Answered | Problem:
    """GET /api/v1/applications."""

    async def work(tx: Transaction) -> Answered | Problem:
        page = paging.cut(await _own(tx, call), _place, call.asked)
        if isinstance(page, Problem):
            return page
        return Answered(ApplicationList(items=[_application(call, one) for one in page[0]], next=page[1]))

    return await call.site.store.read(work)


async def end(call: Call) -> Answered | Problem:
    """DELETE /api/v1/applications/{application_id}: at once, all of its connections."""
    named = call.named("application_id")

    async def work(tx: Transaction) -> Answered | Problem:
        found = next((one for one in await _own(tx, call) if one.id == named), None)
        if found is None:
            return Problem(problems.NOT_FOUND, "No such application is connected: list them to see which are.")
        chosen = frozenset(one.grant.id for one in found.connections)
        await connections.end_those(tx, call.account.id, chosen, "ended by the account", call.network, call.now)
        return Answered()

    return await call.write(work)


async def of_deployment(call: Call) -> Answered | Problem:
    """GET .../applications."""

    async def work(tx: Transaction) -> Answered | Problem:
        one = await deployment_of(tx, call)
        if isinstance(one, Problem):
            return one
        found = [each for each in await connections.of_deployment(tx, one, call.now) if not each.personal]
        page = paging.cut(connections.fold(found), _place, call.asked)
        return page if isinstance(page, Problem) else Answered(UserList(items=[*map(_user, page[0])], next=page[1]))

    return await call.site.store.read(work)


async def toll(call: Call) -> Answered | Problem:
    """GET .../toll."""

    async def work(tx: Transaction) -> Answered | Problem:
        one = await deployment_of(tx, call)
        if isinstance(one, Problem):
            return one
        found = await removal.toll_of_deployment(tx, one, call.now)
        return Answered(TollShown(connections=found.grants, keys=found.keys, clients=found.clients))

    return await call.site.store.read(work)


async def usable(call: Call) -> Answered | Problem:
    """GET /api/v1/usable."""

    async def work(tx: Transaction) -> Answered | Problem:
        page = paging.cut(await entry.usable(tx, call.account), lambda one: (one.slug,), call.asked)
        if isinstance(page, Problem):
            return page
        addresses = call.site.addresses
        items = [
            UsableShown(slug=one.slug, name=one.name, mcp_url=one.resource_at(addresses), scopes=sorted(one.scopes))
            for one in page[0]
        ]
        return Answered(UsableList(items=items, next=page[1]))

    return await call.site.store.read(work)


async def _own(tx: Transaction, call: Call) -> list[Application]:
    found = await connections.of_account(tx, call.account.id, call.now)
    return connections.fold([one for one in found if not one.personal])


def _place(one: Application) -> tuple[int, str]:
    return -one.connections[0].grant.created_at, one.id


def _application(call: Call, one: Application) -> ApplicationShown:
    return ApplicationShown(
        id=one.id,
        name=one.name,
        whereabouts=one.connections[0].whereabouts,
        last_used_at=one.last_used_at,
        connections=[shown(call, each.grant, each.client, each.deployment) for each in one.connections],
    )


def _user(one: Application) -> UserShown:
    return UserShown(
        name=one.name,
        whereabouts=one.connections[0].whereabouts,
        connections=len(one.connections),
        last_used_at=one.last_used_at,
    )
