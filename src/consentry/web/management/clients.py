"""/api/v1/deployments/{slug}/clients: clients made by hand, as by "Set Up OAuth"."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from consentry.clients import preregister
from consentry.clients import secret as secrets
from consentry.clients.model import OPERATOR_GRANT_TYPES, Client
from consentry.clients.register import Registered
from consentry.deployments.model import Deployment
from consentry.grants import preregistration, removal
from consentry.spec.errors import Refusal
from consentry.tokens import Secret
from consentry.web.management import paging, problems
from consentry.web.management.calling import Answered, Call, deployment_of
from consentry.web.management.connecting import (
    ClientChange,
    ClientList,
    ClientMade,
    ClientShown,
    CredentialsMade,
    NewClient,
    Rotation,
)
from consentry.web.management.problems import Problem
from consentry.web.site import Transaction

_MISUSED: dict[preregistration.Misfit, tuple[str, str]] = {
    "unknown grant": ("/grant_types", f"The grant types are {', '.join(OPERATOR_GRANT_TYPES)}."),
    "no redirect": (
        "/redirect_uris",
        "Say where the application takes people back to: name a preset, or redirect_uris.",
    ),
    "idle redirect": (
        "/redirect_uris",
        "A client that takes people nowhere has no redirect_uris: add authorization_code to grant_types.",
    ),
    "nothing to refresh": ("/grant_types", "There is nothing to refresh: add authorization_code to grant_types."),
    "unproven": (
        "/grant_types",
        "A client that acts for itself has to prove who it is: make it confidential, or give it jwks or jwks_uri.",
    ),
    "two proofs": ("/confidential", "It signs or it has a secret: confidential does not go with jwks or jwks_uri."),
}


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
        return Answered(ClientList(items=[shown(client, one.slug, call.now) for client in page[0]], next=page[1]))

    return await call.site.store.read(work)


async def create(call: Call) -> Answered | Problem:
    """POST."""
    given, site = call.given(NewClient), call.site
    wanted = preregister.wanted(_said(given))

    async def work(tx: Transaction) -> Answered | Problem:
        one = await deployment_of(tx, call)
        if isinstance(one, Problem):
            return one
        if misfit := preregistration.misfit(wanted, for_one_deployment=True):
            member, sentence = _MISUSED[misfit]
            return Problem(problems.UNFIT, sentence, member)
        made = await preregistration.register(
            tx, wanted, one, site.registration, site.addresses, site.entropy, call.now
        )
        if isinstance(made, Refusal):
            return Problem(problems.UNFIT, made.description)
        return Answered(_made(call, made, one), f"deployments/{one.slug}/clients/{made.client.id}")

    return await call.write(work)


async def show(call: Call) -> Answered | Problem:
    """GET of one."""

    async def work(tx: Transaction, one: Deployment, client: Client) -> Answered | Problem:
        return Answered(shown(client, one.slug, call.now))

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

    return await call.write(lambda tx: _with(tx, call, work))


async def end_previous(call: Call) -> Answered | Problem:
    """DELETE of the secret before: only the newest works."""

    async def work(tx: Transaction, _one: Deployment, client: Client) -> Answered | Problem:
        if not await secrets.end_previous(tx, client, call.now):
            return Problem(problems.NOT_FOUND, "There is no secret before that still works.")
        return Answered()

    return await call.write(lambda tx: _with(tx, call, work))


async def change(call: Call) -> Answered | Problem:
    """PATCH."""
    refresh = call.given(ClientChange).refresh

    async def work(tx: Transaction, one: Deployment, client: Client) -> Answered | Problem:
        await preregister.set_refresh(tx, client, refresh, call.now)
        return Answered(shown(replace(client, refresh=refresh), one.slug, call.now))

    return await call.write(lambda tx: _with(tx, call, work))


async def credentials(call: Call) -> Answered | Problem:
    """POST: what a deployment's own server asks /introspect with, a new secret each time."""
    overlap = call.given(Rotation).overlap

    async def work(tx: Transaction) -> Answered | Problem:
        one = await deployment_of(tx, call)
        if isinstance(one, Problem):
            return one
        name = f"Resource server of {one.slug}"
        made = await secrets.of_resource_server(tx, one.id, name, overlap, call.site.entropy, call.now)
        if isinstance(made, Refusal):
            return Problem(problems.CONFLICT, made.description)
        secret, url = made.secret.reveal() if made.secret else "", call.site.addresses.endpoint("introspect")
        return Answered(CredentialsMade(client_id=made.client.id, client_secret=secret, introspection_url=url))

    return await call.write(work)


async def delete(call: Call) -> Answered | Problem:
    """DELETE: the client goes, and what it was let into ends."""

    async def work(tx: Transaction, _one: Deployment, client: Client) -> Answered | Problem:
        await removal.remove_client(tx, client, "deleted by the operator", call.now)
        return Answered()

    return await call.write(lambda tx: _with(tx, call, work))


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
        client=shown(made.client, one.slug, call.now),
        client_secret=secret.reveal() if secret else None,
        mcp_url=one.resource_at(call.site.addresses),
        authorization_url=call.site.addresses.endpoint("authorize"),
        token_url=call.site.addresses.endpoint("token"),
    )


def shown(client: Client, slug: str | None, now: int) -> ClientShown:
    """`slug` is of the one deployment that it is for."""
    return ClientShown(
        id=client.id,
        name=client.name,
        deployment=slug,
        source=client.source,
        redirect_uris=list(client.redirect_uris),
        grant_types=list(client.grant_types),
        auth_method=client.auth_method,
        confidential=not client.public,
        waiting=client.pending,
        refresh=client.refresh,
        created_at=client.created_at,
        previous_secret_until=client.previous_secret_until if len(client.secret_digests(now)) > 1 else None,
    )


def _said(given: NewClient) -> preregister.Said:
    keys = {name: value for name, value in (("jwks", given.jwks), ("jwks_uri", given.jwks_uri)) if value is not None}
    return preregister.Said(
        given.preset,
        given.name or "",
        tuple(given.redirect_uris or ()),
        bool(given.older),
        bool(given.confidential),
        tuple(given.grant_types or ()),
        keys,
        given.refresh,
    )
