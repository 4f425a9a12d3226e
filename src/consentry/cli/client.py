"""consentry client."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from consentry.cli import creating, opening
from consentry.cli.confirming import Yes, confirm
from consentry.cli.finding import ClientId, client_of, deployment_of
from consentry.cli.grouping import group
from consentry.cli.later import Later
from consentry.cli.opening import Config, Json
from consentry.cli.output import say, show_facts, show_json, show_table, warn, when
from consentry.clients import approval, preregister, reach
from consentry.clients.model import OPERATOR_GRANT_TYPES, Client, Refresh
from consentry.clients.presets import Preset
from consentry.clients.register import Registered
from consentry.deployments.model import Deployment
from consentry.grants import removal
from consentry.installation import Installation
from consentry.store.sql import Transaction

app = group(
    "Clients: the applications that ask.",
    Later("rotate-secret", "credentials:rotate_secret", "Give a client a new secret."),
    Later("end-secret", "credentials:end_secret", "End the older of a client's two secrets."),
)

REFRESH = "A new refresh token each time, or one that stays."


@dataclass(frozen=True, slots=True)
class Shown:
    """A client, the one deployment it is for (if so), and where it sends people and codes."""

    client: Client
    deployment: str | None = None
    addresses: tuple[tuple[str, str], ...] = ()


@app.command()
def create(  # noqa: PLR0913 - as many as a client has sides
    *,
    deployment: Annotated[
        str | None, typer.Option(metavar="SLUG", help="The one deployment it is for. Default: all.")
    ] = None,
    preset: Annotated[Preset | None, typer.Option(help="The redirect URIs and name of a known application.")] = None,
    redirect_uri: Annotated[
        list[str] | None, typer.Option(metavar="URI", help="Where it takes people back to. May be repeated.")
    ] = None,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="What people read when it asks.")] = None,
    confidential: Annotated[bool, typer.Option("--confidential", help="It can keep a secret, and gets one.")] = False,
    jwks: Annotated[
        Path | None, typer.Option(metavar="FILE", help="It signs instead (private_key_jwt): its public keys.")
    ] = None,
    jwks_uri: Annotated[str | None, typer.Option(metavar="URL", help="The same: where its public keys are.")] = None,
    grant: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GRANT_TYPE",
            help=f"What it may do: {', '.join(OPERATOR_GRANT_TYPES)}. May be repeated. Default: what people "
            "approve, refreshed.",
        ),
    ] = None,
    refresh: Annotated[Refresh | None, typer.Option(help=f"{REFRESH} Default: as the settings say.")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Make a client by hand. For an application that cannot register itself."""
    said = preregister.Said(
        preset=preset,
        name=name or "",
        redirect_uris=tuple(redirect_uri or ()),
        confidential=confidential,
        grant_types=tuple(grant or ()),
        keys=creating.keys(jwks, jwks_uri),
        refresh=refresh,
    )
    wanted = preregister.wanted(said)
    creating.check(wanted, deployment)

    async def work(tx: Transaction, here: Installation) -> tuple[Registered, Shown]:
        only = await deployment_of(tx, deployment) if deployment else None
        made = await creating.create(tx, here, wanted, only)
        return made, _shown(here, made.client, only)

    made, shown = opening.write(config, work)
    secret = made.secret.reveal() if made.secret else None
    mcp_url = next((url for name, url in shown.addresses if name == "mcp_url"), None)
    if preset is not None and mcp_url is not None and (sentence := reach.of(preset, mcp_url).sentence):
        warn(f"Note: {sentence}")
    if as_json:
        show_json(_json(shown) | ({"client_secret": secret} if secret else {}))
        return
    _show(shown, [("Client secret", secret)] if secret else [], config)
    if secret:
        say("The secret is shown this once and kept nowhere: copy it now.")


@app.command()
def update(
    client_id: ClientId,
    *,
    refresh: Annotated[Refresh, typer.Option(help=REFRESH, show_default=False)],
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Change how a client refreshes. What is connected stays as it is; new connections follow."""

    async def work(tx: Transaction, here: Installation) -> Shown:
        await preregister.set_refresh(tx, await client_of(tx, client_id), refresh, here.clock())
        client = await client_of(tx, client_id)
        only = await tx.find_deployment(client.deployment_id) if client.deployment_id else None
        return _shown(here, client, only)

    shown = opening.write(config, work)
    if refresh == "reuse" and shown.client.public:
        warn(creating.PUBLIC_REUSE)
    if as_json:
        show_json(_json(shown))
    else:
        _show(shown, [], config)


@app.command("list")
def list_(*, config: Config = None, as_json: Json = False) -> None:
    """Every client, oldest first."""

    async def work(tx: Transaction, here: Installation) -> list[Shown]:
        by_id = {one.id: one for one in await tx.list_deployments()}
        return [_shown(here, one, by_id.get(one.deployment_id or "")) for one in await tx.list_clients()]

    found = opening.read(config, work)
    if as_json:
        show_json([_json(one) for one in found])
        return
    rows = [
        (one.client.id, one.client.name or "unnamed", _origin(one.client), one.deployment or "all", _state(one.client))
        for one in found
    ]
    empty = "There is no client yet. Most register themselves; `consentry client create` makes one by hand."
    show_table(("CLIENT ID", "NAME", "MADE BY", "DEPLOYMENT", "STATE"), rows, empty)


@app.command()
def show(client_id: ClientId, *, config: Config = None, as_json: Json = False) -> None:
    """One client. Its secret, if it has one, is not kept and cannot be shown."""

    async def work(tx: Transaction, here: Installation) -> Shown:
        client = await client_of(tx, client_id)
        only = await tx.find_deployment(client.deployment_id) if client.deployment_id else None
        return _shown(here, client, only)

    shown = opening.read(config, work)
    if as_json:
        show_json(_json(shown))
    else:
        _show(shown, [], config)


@app.command()
def approve(client_id: ClientId, *, config: Config = None, as_json: Json = False) -> None:
    """Let a client in that registered itself and waits for that (registration = approval)."""

    async def work(tx: Transaction, here: Installation) -> tuple[Client, bool]:
        client = await client_of(tx, client_id)
        return client, await approval.approve(tx, client, here.clock())

    client, approved = opening.write(config, work)
    if as_json:
        show_json({"client_id": client_id, "approved": True, "waited": approved})
        return
    what = f"{client.name or 'unnamed'}, which leads to {', '.join(client.redirect_uris)}"
    say(
        f"The client {client_id} is approved: {what}." if approved else f"The client {client_id} did not wait for that."
    )


@app.command()
def delete(client_id: ClientId, *, yes: Yes = False, config: Config = None, as_json: Json = False) -> None:
    """Remove a client. What it was let into ends at once."""
    confirm(f"The client {client_id} goes for good, with all that it was let into.", yes=yes, as_json=as_json)

    async def work(tx: Transaction, here: Installation) -> int:
        return await removal.remove_client(tx, await client_of(tx, client_id), "deleted by the operator", here.clock())

    ended = opening.write(config, work)
    if as_json:
        show_json({"client_id": client_id, "deleted": True, "grants_ended": ended})
    else:
        say(f"The client {client_id} is deleted. Grants ended: {ended}.")


def _shown(here: Installation, client: Client, only: Deployment | None) -> Shown:
    if only is None:
        return Shown(client)
    addresses = (
        ("mcp_url", only.resource_at(here.addresses)),
        ("authorization_url", here.addresses.endpoint("authorize")),
        ("token_url", here.addresses.endpoint("token")),
    )
    return Shown(client, only.slug, addresses)


def _origin(client: Client) -> str:
    match client.source:
        case "operator":
            return "operator"
        case "document":
            return "its document"
        case "registration":
            return "itself"
        case "deployment":
            return "operator, as resource server"


def _state(client: Client) -> str:
    return "pending" if client.pending else f"shared by {client.registrations}" if client.shared else ""


def _show(shown: Shown, secret: list[tuple[str, str]], config: Path | None) -> None:
    client = shown.client
    if shown.addresses:
        opening.note_addresses(config)
    words = {"mcp_url": "MCP URL", "authorization_url": "Authorization URL", "token_url": "Token URL"}
    show_facts(
        [
            ("Client ID", client.id),
            *secret,
            ("Name", client.name or "unnamed"),
            *((words[name], url) for name, url in shown.addresses),
            ("Redirect URIs", client.redirect_uris),
            ("May", client.grant_types),
            ("Kind", "public" if client.public else f"confidential ({client.auth_method})"),
            ("Made by", f"{_origin(client)}, {when(client.created_at)}"),
            ("Deployment", shown.deployment or "all"),
            *([("State", "pending: `consentry client approve` lets it in")] if client.pending else []),
            *([("Registered", f"{client.registrations} times in the same words")] if client.shared else []),
        ]
    )


def _json(shown: Shown) -> dict[str, object]:
    client = shown.client
    return {
        "client_id": client.id,
        "client_name": client.name,
        "redirect_uris": list(client.redirect_uris),
        "grant_types": list(client.grant_types),
        "token_endpoint_auth_method": client.auth_method,
        "source": client.source,
        "deployment": shown.deployment,
        "pending": client.pending,
        "registrations": client.registrations,
        "created_at": client.created_at,
        **dict(shown.addresses),
        **({"refresh": client.refresh} if client.refresh else {}),
    }
