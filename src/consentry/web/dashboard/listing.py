"""/dashboard: the deployments that a person manages, how they are, and those that they may use besides."""

from dataclasses import dataclass

from starlette.responses import Response

from consentry.accounts.model import Account
from consentry.deployments import authority, health
from consentry.deployments.health import Seen
from consentry.deployments.model import Deployment
from consentry.grants import entry
from consentry.grants.use import UNUSED, Use
from consentry.web.dashboard.visiting import Visit
from consentry.web.pages import words
from consentry.web.pages.deployment_views import DeploymentLine, Deployments, Health
from consentry.web.site import Transaction

NOTES = {"deleted": "The deployment is deleted. What was connected to it ended at once."}


@dataclass(frozen=True, slots=True)
class _Found:
    """What the page is made of; the owners of others' deployments by their id."""

    managed: list[Deployment]
    others: list[Deployment]
    owners: dict[str, Account | None]
    health: dict[str, Seen]
    use: dict[str, Use]


async def show(visit: Visit) -> Response:
    """GET /dashboard."""
    person = visit.person
    owner_id = authority.owner_seen(person)

    async def work(tx: Transaction) -> _Found:
        found = await tx.list_deployments()
        managed = [one for one in found if authority.may_manage(person, one)]
        others = [one for one in await entry.usable(tx, visit.account) if one not in managed]
        foreign = {one.owner_id for one in managed} - {person.account_id}
        owners = {owner_id: await tx.find_account(owner_id) for owner_id in foreign}
        return _Found(managed, others, owners, await tx.list_health(owner_id), await tx.count_use(owner_id, visit.now))

    found = await visit.site.store.read(work)
    view = Deployments(
        managed=tuple(
            _line(visit, one, found.health.get(one.id), found.use.get(one.id, UNUSED), found.owners.get(one.owner_id))
            for one in found.managed
        ),
        usable=tuple((one.name, one.resource_at(visit.site.addresses)) for one in found.others),
        new_url=visit.path("new") if visit.may_place else None,
        note=next((note for name, note in NOTES.items() if name in visit.request.query_params), None),
    )
    return visit.show(view)


def _line(visit: Visit, one: Deployment, seen: Seen | None, use: Use, owner: Account | None) -> DeploymentLine:
    return DeploymentLine(
        name=one.name,
        slug=one.slug,
        href=visit.path(f"deployments/{one.slug}"),
        health=health_of(one, seen, visit.now),
        connections=use.connections,
        last_call_words=words.ago(use.last_call_at, visit.now),
        owner_email=owner.email if owner else None,
    )


def health_of(one: Deployment, seen: Seen | None, now: int) -> Health:
    """How it is, as far as anybody has looked, in words."""
    state = health.state(one, seen)
    if state == "paused":
        return Health(state, "Paused", "Calls are refused until somebody resumes it.")
    if state == "elsewhere":
        return Health(state, "Elsewhere", "Its server runs somewhere else and verifies tokens itself.")
    if seen is None:
        return Health(state, "Not tested yet", "Nobody has tested the connection to its MCP server yet.")
    when = words.ago(seen.at, now)
    if seen.fault is not None:
        return Health(state, "Does not answer", seen.fault, when)
    count = len(seen.tools)
    tools = "1 tool" if count == 1 else f"{count} tools"
    named = f"{seen.server_name} ({seen.protocol_version}) answered, with {tools}."
    return Health(state, f"Answers, {tools}", named, when)
