"""/api/v1/grants: what is connected to the account itself, an operator's too; one's own to see and to end."""

from consentry.clients.model import Client
from consentry.deployments.model import Deployment
from consentry.grants import api_key, connections, story
from consentry.grants.model import NEVER, Grant
from consentry.web.management import paging, problems
from consentry.web.management.calling import Answered, Call
from consentry.web.management.granted import GrantList, GrantShown, GrantStory, Happening
from consentry.web.management.problems import Problem
from consentry.web.site import Transaction


async def list_(call: Call) -> Answered | Problem:
    """GET /api/v1/grants: those that live. A person's own API keys are listed by themselves."""

    async def work(tx: Transaction) -> Answered | Problem:
        found = [one for one in await connections.of_account(tx, call.account.id, call.now) if not one.personal]
        page = paging.cut(found, lambda one: (-one.grant.created_at, one.grant.id), call.asked)
        if isinstance(page, Problem):
            return page
        items = [shown(call, one.grant, one.client, one.deployment) for one in page[0]]
        return Answered(GrantList(items=items, next=page[1]))

    return await call.site.store.read(work)


async def show(call: Call) -> Answered | Problem:
    """GET /api/v1/grants/{grant_id}."""

    async def work(tx: Transaction) -> Answered | Problem:
        grant = await own(tx, call)
        if isinstance(grant, Problem):
            return grant
        client = await tx.find_client(grant.client_id)
        deployment = await tx.find_deployment(grant.permissions.deployment_id)
        told = [
            Happening(at=one.at, words=story.words(one), suspicious=one.suspicious, network=one.network)
            for one in await tx.list_events(grant_id=grant.id)
        ]
        return Answered(GrantStory(grant=shown(call, grant, client, deployment), story=told))

    return await call.site.store.read(work)


async def end(call: Call) -> Answered | Problem:
    """DELETE /api/v1/grants/{grant_id}: at once. One that has ended stays so."""

    async def work(tx: Transaction) -> Answered | Problem:
        grant = await own(tx, call)
        if isinstance(grant, Problem):
            return grant
        chosen = frozenset({grant.id})
        await connections.end_those(tx, call.account.id, chosen, "ended by the account", call.network, call.now)
        return Answered()

    return await call.write(work)


async def own(tx: Transaction, call: Call) -> Grant | Problem:
    """The grant that the address names, if it is this account's."""
    named = call.named("grant_id")
    found = await tx.find_grant(named) if named.isprintable() else None
    if found is None or found.account_id != call.account.id:
        return Problem(problems.NOT_FOUND, "There is no such thing among yours: list them to see which there are.")
    return found


def shown(call: Call, grant: Grant, client: Client | None, deployment: Deployment | None) -> GrantShown:
    """A grant with what it joins."""
    personal = grant.client_id == api_key.PERSONAL_KEY
    return GrantShown(
        id=grant.id,
        application=api_key.label(grant) if personal else client.name if client else "",
        client_id=grant.client_id,
        deployment=deployment.slug if deployment else None,
        scopes=sorted(grant.permissions.scope),
        live=grant.live(call.now),
        created_at=grant.created_at,
        last_used_at=grant.last_used_at,
        expires_at=None if grant.expires_at == NEVER else grant.expires_at,
        ended_because=grant.ended_because,
        network=grant.network,
        browser=grant.browser,
    )
