"""consentry deployment create, update."""

import time
from dataclasses import replace
from typing import Annotated

import typer

from consentry.accounts.model import Account
from consentry.cli import auth_options, deployment_shown, durations, opening, upstream_options
from consentry.cli.deployment_options import Options, Slug
from consentry.cli.deployment_shown import Shown, derive
from consentry.cli.deployment_trial import refuse_private, warn_of
from consentry.cli.finding import account_of, deployment_of
from consentry.cli.opening import Config, Json
from consentry.cli.output import Failure, warn
from consentry.cli.spread import spread
from consentry.deployments import administer, establishing, scope_map
from consentry.deployments.administer import Change, Wanted
from consentry.deployments.authentication import OAUTH
from consentry.deployments.model import Deployment
from consentry.deployments.scope_map import WHOLE
from consentry.deployments.upstream_headers import Fields
from consentry.formats import Format
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
    headers = upstream_options.parse(options.upstream_header, fresh=True)
    if headers and upstream is None:
        raise Failure("A server elsewhere has no upstream to send headers to: leave --upstream-header out.")
    basis = Wanted(
        slug,
        options.name or slug,
        upstream,
        resource,
        options.access or "owner",
        _format(Format(), options),
        options.email_domain,
        scope_map.parse(options.scope) if options.scope else WHOLE,
        bool(options.hide_tools),
    )
    wanted = replace(basis, identity=bool(options.identity), guarded=bool(options.public_upstream))
    proof = options.proof()
    if fault := administer.fault(wanted):
        raise Failure(fault)

    async def work(tx: Transaction, here: Installation) -> Shown:
        account = await _owner(tx, owner)
        sealed = upstream_options.seal(here, headers or (), upstream or "") or None
        whole = replace(wanted, sealed_headers=sealed, auth=auth_options.revise(OAUTH, proof, here))
        made = await establishing.establish(tx, whole, account.id, here.addresses, here.entropy, here.clock())
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
    headers = upstream_options.parse(options.upstream_header)
    change = Change(
        options.name,
        upstream,
        options.access,
        email_domain=options.email_domain,
        scope_map=scope_map.parse(options.scope) if options.scope else None,
        hide_tools=options.hide_tools,
        identity=options.identity,
        # What the operator names by command line may be anywhere, unless they say otherwise.
        guarded=False if upstream is not None and public is None else public,
    )
    proof = options.proof()
    if fault := administer.change_fault(change):
        raise Failure(fault)

    async def work(tx: Transaction, here: Installation) -> tuple[Shown, int]:
        found = await deployment_of(tx, slug)
        whole = replace(
            change,
            owner_id=(await _owner(tx, options.owner)).id if options.owner is not None else None,
            format=_format(found.format, options),
            sealed_headers=_sealed(here, headers, found, options),
            auth=auth_options.revise(found.auth, proof, here) if proof.anything else None,
        )
        if unfit := establishing.change_fault(found, whole, here.addresses):
            raise Failure(unfit)
        ended = await narrowing.change(tx, found, whole, here.clock())
        return await derive(tx, here, await deployment_of(tx, slug)), ended

    if upstream is not None and public:
        refuse_private(upstream, config)
    shown, ended = opening.write(config, work)
    deployment_shown.show(shown, config, as_json)
    if proof.anything:
        auth_options.warn_of(shown.deployment.auth, time.time())
    if ended:
        warn(f"Connected applications of people whom it lets in no more, ended: {ended}.")
    if upstream is not None:
        warn_of(shown.deployment, config)


def _sealed(here: Installation, headers: Fields | None, found: Deployment, options: Options) -> bytes | None:
    url = options.upstream or found.upstream_url or ""
    return None if headers is None else upstream_options.seal(here, headers, url, found)


def _format(before: Format, options: Options) -> Format:
    """The format as it is to be. Another one than API keys drops what only they have."""
    expires_in = options.key_expires_in
    ttl = durations.seconds(expires_in, never=True) if expires_in is not None else None
    return establishing.reshaped(before, options.token_format, options.key_prefix, ttl)


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
