"""/api/v1/api-keys: the account's own keys, made, shown once and revoked; beside them those that applications hold."""

from consentry.grants import api_key, connections, entry
from consentry.grants.api_key import Wanted
from consentry.grants.connections import Connection
from consentry.grants.model import NEVER
from consentry.spec.errors import Refusal
from consentry.web.management import paging, problems
from consentry.web.management.calling import Answered, Call
from consentry.web.management.granted import KeyList, KeyMade, KeyShown, NewKey
from consentry.web.management.grants import end, own
from consentry.web.management.problems import Problem
from consentry.web.site import Transaction

_NOT_USABLE = "You may use no deployment of that slug: `usable` lists those that you may."


async def list_(call: Call) -> Answered | Problem:
    """GET /api/v1/api-keys."""

    async def work(tx: Transaction) -> Answered | Problem:
        found = [one for one in await connections.of_account(tx, call.account.id, call.now) if one.key is not None]
        page = paging.cut(found, lambda one: (-one.grant.created_at, one.grant.id), call.asked)
        if isinstance(page, Problem):
            return page
        return Answered(KeyList(items=[_shown(one) for one in page[0]], next=page[1]))

    return await call.site.store.read(work)


async def create(call: Call) -> Answered | Problem:
    """POST /api/v1/api-keys."""
    given, site = call.given(NewKey), call.site
    scope = " ".join(given.scopes) if given.scopes is not None else None

    async def work(tx: Transaction) -> Answered | Problem:
        deployment = await entry.find_usable(tx, given.deployment, call.account)
        if deployment is None:
            return Problem(problems.UNFIT, _NOT_USABLE, "/deployment")
        resource = deployment.resource_at(site.addresses)
        wanted = Wanted(call.account, deployment, resource, scope, given.label or "", given.expires_in or None)
        made = await api_key.create(tx, wanted, site.entropy, call.now)
        if isinstance(made, Refusal):
            return Problem(problems.UNFIT, made.description)
        grant = made.grant
        shown = KeyMade(
            id=grant.id,
            key=made.secret.reveal(),
            label=api_key.label(grant),
            scopes=sorted(grant.permissions.scope),
            expires_at=None if grant.expires_at == NEVER else grant.expires_at,
        )
        return Answered(shown, f"grants/{grant.id}")

    return await call.write(work)


async def revoke(call: Call) -> Answered | Problem:
    """DELETE /api/v1/api-keys/{grant_id}: at once; an application that holds it is disconnected."""

    async def work(tx: Transaction) -> Problem | None:
        grant = await own(tx, call)
        if isinstance(grant, Problem):
            return grant
        held = {one.grant.id for one in await tx.list_api_keys(account_id=call.account.id)}
        if grant.client_id != api_key.PERSONAL_KEY and grant.id not in held:
            return Problem(problems.NOT_FOUND, "That is no API key: list them to see which there are.")
        return None

    return await call.site.store.read(work) or await end(call)


def _shown(one: Connection) -> KeyShown:
    grant = one.grant
    ends_at = min(grant.expires_at, one.key.token.expires_at) if one.key else grant.expires_at
    return KeyShown(
        id=grant.id,
        label=api_key.label(grant),
        application=None if one.personal else one.name,
        deployment=one.deployment.slug if one.deployment else None,
        scopes=sorted(grant.permissions.scope),
        created_at=grant.created_at,
        last_used_at=grant.last_used_at,
        expires_at=None if ends_at == NEVER else ends_at,
    )
