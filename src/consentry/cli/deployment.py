"""consentry deployment."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import anyio
import typer

from consentry import probe
from consentry.accounts.model import Account
from consentry.cli import opening
from consentry.cli.finding import account_of, deployment_of
from consentry.cli.opening import Config, Json, group
from consentry.cli.output import Failure, say, show_facts, show_json, show_table, warn
from consentry.deployments import administer
from consentry.deployments.administer import Change
from consentry.deployments.model import AccessPolicy, Deployment
from consentry.grants import removal
from consentry.installation import Installation
from consentry.store.sql import Transaction

app = group("Deployments: the MCP servers behind the gateway.")

# `create` and `update` only warn of an upstream that is not there yet, so they do not wait for long.
WARN_WITHIN_SECONDS = 5.0

Slug = Annotated[str, typer.Argument(metavar="SLUG", help="Its name in its MCP URL.", show_default=False)]
ACCESS = "Who may let applications in: its owner alone, or any verified account."


@dataclass(frozen=True, slots=True)
class Shown:
    """A deployment with what is derived of it."""

    deployment: Deployment
    owner: str
    mcp_url: str
    resource_metadata_url: str


@app.command()
def create(
    slug: Slug,
    *,
    upstream: Annotated[str, typer.Option(metavar="URL", help="The MCP server's own URL.", show_default=False)],
    owner: Annotated[str, typer.Option(metavar="EMAIL", help="Whose it is.", show_default=False)],
    name: Annotated[
        str, typer.Option(metavar="NAME", help="What people read. Default: the slug.", show_default=False)
    ] = "",
    access: Annotated[AccessPolicy, typer.Option(help=ACCESS)] = "owner",
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Put an MCP server behind the gateway."""
    if fault := administer.fault(slug, name or slug, upstream):
        raise Failure(fault)

    async def work(tx: Transaction, here: Installation) -> Shown:
        _refuse_ourselves(here, upstream)
        if fault := here.addresses.slug_fault(slug):
            raise Failure(fault)
        account = await _owner(tx, owner)
        made = administer.make(slug, name or slug, upstream, account.id, access, entropy=here.entropy, now=here.clock())
        if await administer.create(tx, made):
            return await _shown(tx, here, made)
        way = f"choose another slug, or `consentry deployment update {slug}`"
        raise Failure(f"There is a deployment {slug} already: {way}.")

    _show(opening.write(config, work), config, as_json)
    _warn(upstream)


@app.command("list")
def list_(*, config: Config = None, as_json: Json = False) -> None:
    """Every deployment."""

    async def work(tx: Transaction, here: Installation) -> list[Shown]:
        return [await _shown(tx, here, one) for one in await tx.list_deployments()]

    found = opening.read(config, work)
    if as_json:
        show_json([_json(one) for one in found])
        return
    if found:
        opening.note_addresses(config)
    rows = [(one.deployment.slug, one.mcp_url, one.deployment.upstream_url, one.owner) for one in found]
    empty = "There is no deployment yet: `consentry deployment create SLUG --upstream URL --owner EMAIL` makes one."
    show_table(("SLUG", "MCP URL", "UPSTREAM", "OWNER"), rows, empty)


@app.command()
def show(slug: Slug, *, config: Config = None, as_json: Json = False) -> None:
    """One deployment."""

    async def work(tx: Transaction, here: Installation) -> Shown:
        return await _shown(tx, here, await deployment_of(tx, slug))

    _show(opening.read(config, work), config, as_json)


@app.command()
def update(
    slug: Slug,
    *,
    upstream: Annotated[str | None, typer.Option(metavar="URL", help="The MCP server's own URL.")] = None,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="What people read.")] = None,
    access: Annotated[AccessPolicy | None, typer.Option(help=ACCESS)] = None,
    owner: Annotated[str | None, typer.Option(metavar="EMAIL", help="Whose it is from now on.")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Change a deployment. Connected applications stay connected."""
    wanted = Change(name, upstream, access)
    if wanted == Change() and owner is None:
        raise typer.BadParameter("say what to change: --upstream, --name, --access or --owner")
    if fault := administer.change_fault(wanted):
        raise Failure(fault)

    async def work(tx: Transaction, here: Installation) -> Shown:
        if upstream is not None:
            _refuse_ourselves(here, upstream)
        owner_id = (await _owner(tx, owner)).id if owner is not None else None
        change = replace(wanted, owner_id=owner_id)
        await administer.change(tx, await deployment_of(tx, slug), change, here.clock())
        return await _shown(tx, here, await deployment_of(tx, slug))

    _show(opening.write(config, work), config, as_json)
    if upstream is not None:
        _warn(upstream)


@app.command()
def delete(slug: Slug, *, config: Config = None, as_json: Json = False) -> None:
    """Remove a deployment. Applications lose it at once; clients made for it alone go as well."""

    async def work(tx: Transaction, here: Installation) -> int:
        return await removal.remove_deployment(tx, await deployment_of(tx, slug), here.clock())

    ended = opening.write(config, work)
    if as_json:
        show_json({"slug": slug, "deleted": True, "grants_ended": ended})
    else:
        say(f"The deployment {slug} is deleted. Connected applications ended: {ended}.")


@app.command("test")
def try_(slug: Slug, *, config: Config = None, as_json: Json = False) -> None:
    """Connect to its MCP server. As a client would; lists the tools, or says what is wrong."""

    async def work(tx: Transaction, _here: Installation) -> Deployment:
        return await deployment_of(tx, slug)

    deployment = opening.read(config, work)
    match anyio.run(probe.check, deployment.upstream_url):
        case probe.Unreachable(sentence):
            raise Failure(sentence)
        case probe.Found(server_name, protocol_version, tools):
            names = [tool.name for tool in tools]
            if as_json:
                facts = {"server_name": server_name, "protocol_version": protocol_version, "tools": names}
                show_json({"slug": slug, "upstream_url": deployment.upstream_url, **facts})
            else:
                facts_shown = [("Server", server_name), ("MCP revision", protocol_version), ("Tools", names)]
                show_facts([("Upstream", deployment.upstream_url), *facts_shown])


def _refuse_ourselves(here: Installation, upstream: str) -> None:
    if here.addresses.is_mcp_url(upstream):
        way = "name the MCP server's own URL, where it listens behind this one"
        raise Failure(f"{upstream} is an MCP URL of this very gateway, which would call itself: {way}.")


async def _owner(tx: Transaction, email: str) -> Account:
    account = await account_of(tx, email)
    if account.disabled_at is not None:
        raise Failure(f"{account.email} is disabled and could let nobody in: `consentry account enable {email}`.")
    return account


async def _shown(tx: Transaction, here: Installation, deployment: Deployment) -> Shown:
    owner = await tx.find_account(deployment.owner_id)
    slug, addresses = deployment.slug, here.addresses
    email = owner.email if owner else ""
    return Shown(deployment, email, addresses.mcp_url(slug), addresses.resource_metadata_url(slug))


def _warn(upstream: str) -> None:
    async def check() -> probe.Found | probe.Unreachable:
        return await probe.check(upstream, seconds=WARN_WITHIN_SECONDS)

    outcome = anyio.run(check)
    if isinstance(outcome, probe.Unreachable):
        warn(f"Warning: {outcome.sentence} The deployment is kept all the same.")


def _show(shown: Shown, config: Path | None, as_json: bool) -> None:
    if as_json:
        show_json(_json(shown))
        return
    opening.note_addresses(config)
    show_facts(
        [
            ("Slug", shown.deployment.slug),
            ("Name", shown.deployment.name),
            ("MCP URL", shown.mcp_url),
            ("Metadata URL", shown.resource_metadata_url),
            ("Upstream", shown.deployment.upstream_url),
            ("Owner", shown.owner),
            ("Access", shown.deployment.access),
        ]
    )


def _json(shown: Shown) -> dict[str, object]:
    return {
        "slug": shown.deployment.slug,
        "name": shown.deployment.name,
        "mcp_url": shown.mcp_url,
        "resource_metadata_url": shown.resource_metadata_url,
        "upstream_url": shown.deployment.upstream_url,
        "owner": shown.owner,
        "access": shown.deployment.access,
        "created_at": shown.deployment.created_at,
        "id": shown.deployment.id,
    }
