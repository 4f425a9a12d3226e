"""/dashboard/deployments/{slug}: one deployment, its health and use; test, pause, resume."""

from dataclasses import dataclass

from starlette.responses import Response

from consentry.accounts.model import Account, email_fault, email_key
from consentry.clients.model import Client
from consentry.deployments import establishing
from consentry.deployments.health import Seen
from consentry.grants import connections, narrowing
from consentry.grants.connections import COMPUTER, Application, Connection
from consentry.grants.use import UNUSED, Use
from consentry.web.dashboard.listing import health_of
from consentry.web.dashboard.visiting import Visit
from consentry.web.pages import words
from consentry.web.pages.deployment_views import ApplicationLine, ClientLine, DeploymentPage
from consentry.web.site import Transaction

NOTES = {
    "created": "The deployment is there. Connect an application to it next.",
    "changed": "The changes are kept. What is connected stays so, but for people whom it lets in no more.",
    "paused": "The deployment is paused: calls are refused, and nothing is disconnected.",
    "resumed": "The deployment is back: calls pass again.",
    "invited": "They are invited. Send them the MCP URL: nothing is mailed from here.",
    "no-address": "Nobody was invited: that is no email address. Write it as name@example.com.",
    "uninvited": "The invitation is taken back. What they had connected ended at once.",
    "client-deleted": "The client is deleted. What it was let into ended at once.",
}


@dataclass(frozen=True, slots=True)
class _Found:
    """What the page is made of."""

    owner: Account | None
    seen: Seen | None
    use: Use
    clients: list[Client]
    invited: list[str]
    connected: list[Connection]


async def show(visit: Visit) -> Response:
    """GET: all about it."""
    one = visit.deployment

    async def work(tx: Transaction) -> _Found:
        use = await tx.count_use(one.owner_id, visit.now)
        return _Found(
            await tx.find_account(one.owner_id),
            await tx.find_health(one.id),
            use.get(one.id, UNUSED),
            await tx.list_clients_of(one.id),
            await tx.list_invited(one.id),
            await connections.of_deployment(tx, one, visit.now),
        )

    return visit.show(_page(visit, await visit.site.store.read(work)))


def _page(visit: Visit, found: _Found) -> DeploymentPage:
    one, owner, seen, use = visit.deployment, found.owner, found.seen, found.use
    return DeploymentPage(
        name=one.name,
        slug=one.slug,
        here=visit.at(),
        back=visit.path(),
        mcp_url=one.resource_at(visit.site.addresses),
        upstream_url=one.upstream_url,
        owner_email=owner.email if owner else "",
        access_words=words.access(one),
        applications=tuple(
            _application(visit, folded)
            for folded in connections.fold([each for each in found.connected if not each.personal])
        ),
        keys=sum(each.personal for each in found.connected),
        invites=one.access == "invited",
        invited=tuple(found.invited),
        auth_words=words.authentication(one.auth),
        format_words=words.token_format(one.format),
        scopes=tuple((name, ", ".join(tools)) for name, tools in one.scope_map.entries),
        guarded=visit.site.guards(one),
        health=health_of(one, seen, visit.now),
        tools=seen.tools if seen and seen.well else (),
        connections=use.connections,
        last_call_words=words.ago(use.last_call_at, visit.now),
        created_at=one.created_at,
        paused=one.paused_at is not None,
        clients=tuple(
            ClientLine(client.name, client.id, visit.at(f"clients/{client.id}"), not client.public)
            for client in found.clients
            if not client.resource_server
        ),
        tested="tested" in visit.request.query_params,
        note=next((note for name, note in NOTES.items() if name in visit.request.query_params), None),
    )


def _application(visit: Visit, folded: Application) -> ApplicationLine:
    first = folded.connections[0]
    places = {COMPUTER: "on a person's own computer", "device": "on a device", first.grant.subject: "acts for itself"}
    where = places.get(first.whereabouts, first.whereabouts)
    last = words.last_used(folded.last_used_at, visit.now)
    return ApplicationLine(folded.name, where, len(folded.connections), last)


async def test(visit: Visit) -> Response:
    """POST: looks at its MCP server, and keeps what was found."""
    one = visit.deployment
    if one.upstream_url is None:
        return visit.go(visit.at())
    seen = await visit.site.look(one)
    await visit.site.store.write(lambda tx: tx.keep_health(one.id, seen))
    return visit.go(f"{visit.at()}?tested=1")


async def pause(visit: Visit) -> Response:
    """POST."""
    await visit.site.store.write(lambda tx: establishing.pause(tx, visit.deployment, visit.now))
    return visit.go(f"{visit.at()}?paused=1")


async def resume(visit: Visit) -> Response:
    """POST."""
    await visit.site.store.write(lambda tx: establishing.resume(tx, visit.deployment, visit.now))
    return visit.go(f"{visit.at()}?resumed=1")


async def invite(visit: Visit) -> Response:
    """POST: opens it to an address."""
    email = (visit.given.get("email") or "").strip()
    if email_fault(email) is not None:
        return visit.go(f"{visit.at()}?no-address=1")
    await visit.site.store.write(lambda tx: narrowing.invite(tx, visit.deployment, email_key(email), email, visit.now))
    return visit.go(f"{visit.at()}?invited=1")


async def uninvite(visit: Visit) -> Response:
    """POST: takes an invitation back."""
    key = email_key(visit.given.get("email") or "")
    await visit.site.store.write(lambda tx: narrowing.uninvite(tx, visit.deployment, key, visit.now))
    return visit.go(f"{visit.at()}?uninvited=1")
