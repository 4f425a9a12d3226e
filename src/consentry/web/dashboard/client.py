"""/dashboard/deployments/{slug}/clients/{client_id}: what to give to an application, its secrets, its end."""

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from consentry.clients import presets, reach
from consentry.clients import secret as secrets
from consentry.clients.model import Client
from consentry.grants import removal
from consentry.grants.model import Grant
from consentry.spec import periods
from consentry.spec.errors import Refusal
from consentry.tokens import Secret
from consentry.web.dashboard.visiting import Visit
from consentry.web.pages.connect_views import ClientPage
from consentry.web.pages.setup_words import snippet, steps
from consentry.web.site import Transaction

NOTES = {
    "created": "The client is there. Give its values to the application.",
    "ended": "The older secret is ended: only the newest one works.",
}
OVERLAPS = ("24h", "1h", "7d", "0")

Answer = Callable[[Visit, Client], Awaitable[Response]]


def of_this(answer: Answer) -> Callable[[Visit], Awaitable[Response]]:
    """The client that the address names, if it was made for this very deployment and for an application."""

    async def find(visit: Visit) -> Response:
        client_id = visit.request.path_params["client_id"]
        if not client_id.isalnum() and not client_id.replace("_", "").isalnum():
            return visit.nothing()
        found = await visit.site.store.read(lambda tx: tx.find_client(client_id))
        if found is None or found.deployment_id != visit.deployment.id or found.resource_server:
            return visit.nothing()
        return await answer(visit, found)

    return find


async def page(visit: Visit, client: Client, *, secret: Secret | None = None, status: int = 200) -> Response:
    """The page; with a secret, the once that it is known."""

    async def work(tx: Transaction) -> list[Grant]:
        return await tx.list_grants(client_id=client.id)

    grants = await visit.site.store.read(work)
    addresses, one = visit.site.addresses, visit.deployment
    mcp_url, preset = one.resource_at(addresses), presets.recognised(client.name, client.redirect_uris)
    found = reach.of(preset, mcp_url) if preset else reach.Reach(True)
    older = client.previous_secret_until if len(client.secret_digests(visit.now)) > 1 else None
    confidential = client.secret_digest is not None
    view = ClientPage(
        name=client.name,
        client_id=client.id,
        deployment_name=one.name,
        mcp_url=mcp_url,
        authorization_url=addresses.endpoint("authorize"),
        token_url=addresses.endpoint("token"),
        redirect_uris=client.redirect_uris,
        steps=steps(preset, confidential=confidential),
        reachable=found.reachable,
        reach_words=found.sentence,
        confidential=confidential,
        here=visit.at(f"clients/{client.id}"),
        back=visit.at(),
        secret=secret.reveal() if secret else None,
        older_until=older,
        connections=sum(grant.live(visit.now) for grant in grants),
        note=next((note for name, note in NOTES.items() if name in visit.request.query_params), None),
        snippet=snippet(preset, one.slug, mcp_url, client.id, confidential=confidential),
    )
    return visit.show(view, status)


@of_this
async def show(visit: Visit, client: Client) -> Response:
    """GET."""
    return await page(visit, client)


@of_this
async def rotate(visit: Visit, client: Client) -> Response:
    """POST: a new secret, shown this once; the one before works for a while."""
    chosen = visit.given.get("overlap")
    overlap = periods.seconds(chosen or "") if chosen in OVERLAPS else None

    async def work(tx: Transaction) -> tuple[Secret | Refusal, Client | None]:
        made = await secrets.rotate(tx, client, overlap or 0, visit.site.entropy, visit.now)
        return made, await tx.find_client(client.id)

    made, after = await visit.site.store.write(work)
    if isinstance(made, Refusal) or after is None:
        return await page(visit, client, status=409)
    return await page(visit, after, secret=made)


@of_this
async def end_older(visit: Visit, client: Client) -> Response:
    """POST: the secret before works no longer."""
    await visit.site.store.write(lambda tx: secrets.end_previous(tx, client, visit.now))
    return visit.go(f"{visit.at(f'clients/{client.id}')}?ended=1")


@of_this
async def delete(visit: Visit, client: Client) -> Response:
    """POST: the client goes, and what it was let into ends."""

    async def work(tx: Transaction) -> int:
        return await removal.remove_client(tx, client, "deleted by the operator", visit.now)

    await visit.site.store.write(work)
    return visit.go(f"{visit.at()}?client-deleted=1")
