"""/api/v1/deployments/{slug}/clients: clients made by hand, as by "Set Up OAuth"."""

from collections.abc import Awaitable, Callable

from consentry.clients import preregister
from consentry.clients import secret as secrets
from consentry.clients.model import Client
from consentry.clients.register import Registered
from consentry.deployments.model import Deployment
from consentry.grants import preregistration, removal
from consentry.spec.errors import Refusal
from consentry.tokens import Secret
from consentry.web.management import paging, problems
from consentry.web.management.calling import Answered, Call, deployment_of
from consentry.web.management.connecting import ClientList, ClientMade, ClientShown, NewClient, Rotation
from consentry.web.management.problems import Problem
from consentry.web.site import Transaction

_NO_REDIRECT = "Say where the application takes people back to: name a preset, or redirect_uris."


async def list_(call: Call) -> Answered | Problem:
    """GET."""

    async def work(tx: Transaction) -> Answered | Problem:
        one = await deployment_of(tx, call)
        if isinstance(one, Problem):
            return one
        found = [client for client in await tx.list_clients_of(one.id) if _shown_here(client, one)]
        page = paging.cut(found, lambda client: (-client.created_at, client.id), call.asked)
        if isinstance(page, Problem):
            return page
        return Answered(ClientList(items=[_shown(call, client, one) for client in page[0]], next=page[1]))

    return await call.site.store.read(work)


async def create(call: Call) -> Answered | Problem:
    """POST."""
    given, site = call.given(NewClient), call.site
    wanted = preregister.known(
        given.preset, given.name or "", tuple(given.redirect_uris or ()), confidential=bool(given.confidential)
    )

    async def work(tx: Transaction) -> Answered | Problem:
        one = await deployment_of(tx, call)
        if isinstance(one, Problem):
            return one
        if preregistration.misfit(wanted, for_one_deployment=True) is not None:
            return Problem(problems.UNFIT, _NO_REDIRECT, "/redirect_uris")
        made = await preregistration.register(
            tx, wanted, one, site.registration, site.addresses, site.entropy, call.now
        )
        if isinstance(made, Refusal):
            return Problem(problems.UNFIT, made.description)
        return Answered(_made(call, made, one), f"deployments/{one.slug}/clients/{made.client.id}")

    return await site.store.write(work)


async def show(call: Call) -> Answered | Problem:
    """GET of one."""

    async def work(tx: Transaction, one: Deployment, client: Client) -> Answered | Problem:
        return Answered(_shown(call, client, one))

    return await call.site.store.read(lambda tx: _with(tx, call, work))


async def rotate(call: Call) -> Answered | Problem:
    """POST: another secret."""
    overlap = call.given(Rotation).overlap

    async def work(tx: Transaction, one: Deployment, client: Client) -> Answered | Problem:
        made = await secrets.rotate(tx, client, overlap, call.site.entropy, call.now)
        after = await tx.find_client(client.id)
        if isinstance(made, Refusal) or after is None:
            return Problem(problems.CONFLICT, made.description if isinstance(made, Refusal) else "It is gone.")
        return Answered(_made(call, Registered(after, made), one))

    return await call.site.store.write(lambda tx: _with(tx, call, work))


async def delete(call: Call) -> Answered | Problem:
    """DELETE: the client goes, and what it was let into ends."""

    async def work(tx: Transaction, _one: Deployment, client: Client) -> Answered | Problem:
        await removal.remove_client(tx, client, "deleted by the operator", call.now)
        return Answered()

    return await call.site.store.write(lambda tx: _with(tx, call, work))


async def _with(
    tx: Transaction,
    call: Call,
    work: Callable[[Transaction, Deployment, Client], Awaitable[Answered | Problem]],
) -> Answered | Problem:
    """The client that the address names, if it was made for this very deployment and for an application."""
    one = await deployment_of(tx, call)
    if isinstance(one, Problem):
        return one
    named = call.named("client_id")
    client = await tx.find_client(named) if named.isprintable() else None
    if client is None or not _shown_here(client, one):
        return Problem(problems.NOT_FOUND, f"{one.slug} has no such client: list them to see which there are.")
    return await work(tx, one, client)


def _shown_here(client: Client, one: Deployment) -> bool:
    return client.deployment_id == one.id and not client.resource_server


def _made(call: Call, made: Registered, one: Deployment) -> ClientMade:
    secret: Secret | None = made.secret
    return ClientMade(
        client=_shown(call, made.client, one),
        client_secret=secret.reveal() if secret else None,
        mcp_url=one.resource_at(call.site.addresses),
        authorization_url=call.site.addresses.endpoint("authorize"),
        token_url=call.site.addresses.endpoint("token"),
    )


def _shown(call: Call, client: Client, one: Deployment) -> ClientShown:
    return ClientShown(
        id=client.id,
        name=client.name,
        deployment=one.slug,
        redirect_uris=list(client.redirect_uris),
        confidential=not client.public,
        created_at=client.created_at,
        previous_secret_until=client.previous_secret_until if len(client.secret_digests(call.now)) > 1 else None,
    )
