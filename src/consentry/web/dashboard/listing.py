"""/dashboard: the deployments that a person manages, how they are, and those that they may use besides."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from consentry.accounts.model import Account
from consentry.deployments import authority, health
from consentry.deployments.health import Seen
from consentry.deployments.model import Deployment
from consentry.grants import entry
from consentry.grants.use import UNUSED, Use
from consentry.spec import params
from consentry.spec.errors import Refusal
from consentry.tallies import Sum
from consentry.web import counted, showing
from consentry.web.dashboard.visiting import Visit
from consentry.web.pages import chart, words
from consentry.web.pages.chart import Bar
from consentry.web.pages.deployment_views import DeploymentLine, Deployments, Health
from consentry.web.site import Transaction

NOTES = {"deleted": "The deployment is deleted. What was connected to it ended at once."}


LINES_A_PAGE = 50
LONG = 10  # lines from which on a list is easier searched than read


@dataclass(frozen=True, slots=True)
class _Found:
    """What the page is made of; the owners of others' deployments by their id. `count` are all that are managed."""

    managed: list[Deployment]
    others: list[Deployment]
    owners: dict[str, Account | None]
    health: dict[str, Seen]
    use: dict[str, Use]
    day: dict[str, Sequence[Sum]]
    count: int


async def show(visit: Visit) -> Response:
    """GET /dashboard: a page of them, by slug."""
    person = visit.person
    owner_id = authority.owner_seen(person)
    given = params.parse(visit.request.url.query)
    if isinstance(given, Refusal):
        return showing.stop(visit.request, visit.site, words.MALFORMED_REQUEST, link=("Deployments", visit.path()))
    search, after = (given.get("search") or "").strip(), given.get("after") or ""

    async def work(tx: Transaction) -> _Found:
        every = [one for one in await tx.list_deployments() if authority.may_manage(person, one)]
        managed = sorted((one for one in every if _has(one, search) and one.slug > after), key=lambda one: one.slug)
        usable = await entry.usable(tx, visit.account)
        others = [one for one in usable if not authority.may_manage(person, one) and _has(one, search)]
        foreign = {one.owner_id for one in managed[:LINES_A_PAGE]} - {person.account_id}
        owners = {owner_id: await tx.find_account(owner_id) for owner_id in foreign}
        health, use = await tx.list_health(owner_id), await tx.count_use(owner_id, visit.now)
        day = {one.id: await counted.last_day(tx, one, visit.now) for one in managed[:LINES_A_PAGE]}
        return _Found(managed, others, owners, health, use, day, len(every))

    found = await visit.site.store.read(work)
    shown, here = found.managed[:LINES_A_PAGE], visit.path()
    asked = {"search": search} if search else {}
    more = urlencode(asked | {"after": shown[-1].slug}) if len(found.managed) > len(shown) else None
    view = Deployments(
        managed=tuple(_line(visit, one, found) for one in shown),
        usable=tuple((one.name, one.resource_at(visit.site.addresses)) for one in found.others[:LINES_A_PAGE]),
        new_url=visit.path("new") if visit.may_place else None,
        note=next((note for name, note in NOTES.items() if name in visit.request.query_params), None),
        here=here,
        search=search,
        long=bool(search) or found.count > LONG or len(found.others) > LONG,
        first=f"{here}{f'?{urlencode(asked)}' if asked else ''}" if after else None,
        more=f"{here}?{more}" if more else None,
        unlisted=max(len(found.others) - LINES_A_PAGE, 0),
    )
    return visit.show(view)


def _has(one: Deployment, search: str) -> bool:
    return search.casefold() in one.slug or search.casefold() in one.name.casefold()


def _line(visit: Visit, one: Deployment, found: _Found) -> DeploymentLine:
    use, owner = found.use.get(one.id, UNUSED), found.owners.get(one.owner_id)
    day = [Bar(hour.calls, hour.errors) for hour in found.day[one.id]]
    calls = sum(bar.whole for bar in day)
    return DeploymentLine(
        name=one.name,
        slug=one.slug,
        href=visit.path(f"deployments/{one.slug}"),
        health=health_of(one, found.health.get(one.id), visit.now),
        connections=use.connections,
        last_call_words=words.ago(use.last_call_at, visit.now),
        owner_email=owner.email if owner else None,
        calls=calls,
        errors=sum(bar.part for bar in day),
        drawn=chart.bars(day, "Calls by the hour") if calls else "",
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
