"""consentry deployment."""

from consentry.cli import deployment_shown, opening
from consentry.cli.confirming import Yes, confirm
from consentry.cli.deployment_shown import Shown, as_json_of, derive
from consentry.cli.finding import Slug, deployment_of
from consentry.cli.grouping import group
from consentry.cli.later import Later
from consentry.cli.opening import Config, Json
from consentry.cli.output import say, show_json, show_table
from consentry.grants import removal
from consentry.installation import Installation
from consentry.store.sql import Transaction

app = group(
    "Deployments: the MCP servers behind the gateway.",
    Later("create", "deployment_change:create", "Put an MCP server behind the gateway."),
    Later("list", "deployment:list_", "Every deployment."),
    Later("show", "deployment:show", "One deployment."),
    Later("update", "deployment_change:update", "Change a deployment."),
    Later("delete", "deployment:delete", "Remove a deployment."),
    Later("test", "deployment_trial:run", "Connect to its MCP server."),
    Later("pause", "pausing:pause", "Refuse a deployment's calls until it is resumed."),
    Later("resume", "pausing:resume", "Let a paused deployment's calls pass again."),
    Later("invite", "guests:invite", "Invite people to a deployment."),
    Later("uninvite", "guests:uninvite", "Take invitations back."),
    Later("credentials", "credentials:deployment_credentials", "Print credentials for introspection."),
)


def list_(*, config: Config = None, as_json: Json = False) -> None:
    """Every deployment."""

    async def work(tx: Transaction, here: Installation) -> list[Shown]:
        return [await derive(tx, here, one) for one in await tx.list_deployments()]

    found = opening.read(config, work)
    if as_json:
        show_json([as_json_of(one) for one in found])
        return
    if found:
        opening.note_addresses(config)
    rows = [(one.deployment.slug, one.mcp_url, one.deployment.upstream_url or "elsewhere", one.owner) for one in found]
    empty = "There is no deployment yet: `consentry deployment create SLUG --upstream URL --owner EMAIL` makes one."
    show_table(("SLUG", "MCP URL", "UPSTREAM", "OWNER"), rows, empty)


def show(slug: Slug, *, config: Config = None, as_json: Json = False) -> None:
    """One deployment."""

    async def work(tx: Transaction, here: Installation) -> Shown:
        return await derive(tx, here, await deployment_of(tx, slug))

    deployment_shown.show(opening.read(config, work), config, as_json)


def delete(slug: Slug, *, yes: Yes = False, config: Config = None, as_json: Json = False) -> None:
    """Remove a deployment. Applications lose it at once; clients made for it alone go as well."""
    confirm(f"The deployment {slug} goes for good, and applications lose it.", yes=yes, as_json=as_json)

    async def work(tx: Transaction, here: Installation) -> int:
        return await removal.remove_deployment(tx, await deployment_of(tx, slug), here.clock())

    ended = opening.write(config, work)
    if as_json:
        show_json({"slug": slug, "deleted": True, "grants_ended": ended})
    else:
        say(f"The deployment {slug} is deleted. Connected applications ended: {ended}.")
