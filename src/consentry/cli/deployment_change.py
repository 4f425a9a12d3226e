"""consentry deployment create, update."""

import time
from dataclasses import replace
from typing import Annotated

import typer

from consentry.accounts.model import Account
from consentry.cli import auth_options, deployment_shown, opening
from consentry.cli.auth_options import unfit
from consentry.cli.deployment_options import Options
from consentry.cli.deployment_shown import Shown, derive
from consentry.cli.deployment_trial import refuse_private, warn_of
from consentry.cli.finding import Slug, account_of, deployment_of
from consentry.cli.opening import Config, Json
from consentry.cli.output import Failure, warn
from consentry.cli.spread import spread
from consentry.deployments import asking, establishing
from consentry.deployments.asking import Unfit
from consentry.grants import narrowing
from consentry.installation import Installation
from consentry.spec.errors import Refusal
from consentry.store.sql import Transaction

Resource = Annotated[
    str | None,
    typer.Option(metavar="URL", help="In place of an upstream: the MCP URL of a server that verifies tokens itself."),
]


@spread
def create(
    slug: Slug, *, options: Options, resource: Resource = None, config: Config = None, as_json: Json = False
) -> None:
    """Put an MCP server behind the gateway. Or, with --resource, let one elsewhere take our tokens."""
    upstream, owner = options.upstream, options.owner
    if (upstream is None) == (resource is None):
        raise typer.BadParameter("say where the MCP server is: --upstream, or --resource for one that is elsewhere")
    if owner is None:
        raise typer.BadParameter("say whose it is: --owner with the address of an account")
    said = replace(options.said(), name=options.name or None, resource=resource)

    async def work(tx: Transaction, here: Installation) -> Shown:
        wanted = asking.wanted(said, slug, here.sealer, here.clock(), guarded=bool(options.public_upstream))
        if isinstance(wanted, Unfit):
            raise unfit(wanted)
        if fault := establishing.fault(wanted, here.addresses):
            raise Failure(fault)
        account = await _owner(tx, owner)
        made = await establishing.establish(tx, wanted, account.id, here.addresses, here.entropy, here.clock())
        if isinstance(made, Refusal):
            raise Failure(_unmade(made, slug))
        return await derive(tx, here, made)

    if upstream is not None and options.public_upstream:
        refuse_private(upstream, config)
    shown = opening.write(config, work)
    deployment_shown.show(shown, config, as_json)
    auth_options.warn_of(shown.deployment.auth, time.time())
    if upstream is not None:
        warn_of(shown.deployment, config)


@spread
def update(slug: Slug, *, options: Options, config: Config = None, as_json: Json = False) -> None:
    """Change a deployment. Connected applications stay connected, but for those of people whom it lets in no more;
    another token format comes with their next token."""
    if not options.anything:
        raise typer.BadParameter(
            "say what to change, as with --upstream, --name, --access or --scope: --help lists it all"
        )
    upstream, public = options.upstream, options.public_upstream
    # What the operator names by command line may be anywhere, unless they say otherwise.
    guarded = False if upstream is not None and public is None else public
    said = options.said()

    async def work(tx: Transaction, here: Installation) -> tuple[Shown, int]:
        found = await deployment_of(tx, slug)
        owner_id = (await _owner(tx, options.owner)).id if options.owner is not None else None
        change = asking.change(found, said, here.sealer, here.clock(), guarded=guarded, owner_id=owner_id)
        if isinstance(change, Unfit):
            raise unfit(change)
        if fault := establishing.change_fault(found, change, here.addresses):
            raise Failure(fault)
        ended = await narrowing.change(tx, found, change, here.clock())
        return await derive(tx, here, await deployment_of(tx, slug)), ended

    if upstream is not None and public:
        refuse_private(upstream, config)
    shown, ended = opening.write(config, work)
    deployment_shown.show(shown, config, as_json)
    if options.proves:
        auth_options.warn_of(shown.deployment.auth, time.time())
    if ended:
        warn(f"Connected applications of people whom it lets in no more, ended: {ended}.")
    if upstream is not None:
        warn_of(shown.deployment, config)


async def _owner(tx: Transaction, email: str) -> Account:
    account = await account_of(tx, email)
    if account.disabled_at is not None:
        raise Failure(f"{account.email} is disabled and could let nobody in: `consentry account enable {email}`.")
    return account


def _unmade(refusal: Refusal, slug: str) -> str:
    ways = {
        "deployment:slug": f"choose another slug, or `consentry deployment update {slug}`",
        "deployment:resource": "`consentry deployment list` shows which",
    }
    way = ways.get(refusal.reason)
    return f"{refusal.description.removesuffix('.')}: {way}." if way else refusal.description
