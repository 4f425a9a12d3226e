"""consentry deployment."""

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import typer

from consentry import probe
from consentry.accounts.model import Account
from consentry.app import reaching
from consentry.cli import auth_options, deployment_shown, durations, opening, upstream_options
from consentry.cli.auth_options import Auth, Given, JwtAudience, JwtIssuer, JwtJwksUrl, JwtSecret, Sunset
from consentry.cli.deployment_shown import Shown, as_json_of, derive
from consentry.cli.finding import account_of, deployment_of
from consentry.cli.opening import Config, Json, group
from consentry.cli.output import Failure, say, show_facts, show_json, show_table, warn
from consentry.cli.upstream_options import UpstreamHeaders, WhetherIdentity, WhetherPublic
from consentry.deployments import administer, establishing, scope_map
from consentry.deployments.administer import Change, Wanted
from consentry.deployments.admission import AccessPolicy, domain_key
from consentry.deployments.authentication import OAUTH
from consentry.deployments.model import Deployment
from consentry.deployments.scope_map import WHOLE
from consentry.deployments.upstream_headers import Fields
from consentry.formats import Format, TokenFormat
from consentry.grants import narrowing, removal
from consentry.installation import Installation
from consentry.looking import seen
from consentry.spec.errors import Refusal
from consentry.store.sql import Transaction

app = group("Deployments: the MCP servers behind the gateway.")

# `create` and `update` only warn of an upstream that is not there yet, so they do not wait for long.
WARN_WITHIN_SECONDS = 5.0

Slug = Annotated[str, typer.Argument(metavar="SLUG", help="Its name in its MCP URL.", show_default=False)]
Upstream = Annotated[str | None, typer.Option(metavar="URL", help="The MCP server's own URL.", show_default=False)]
Resource = Annotated[
    str | None,
    typer.Option(metavar="URL", help="In place of an upstream: the MCP URL of a server that verifies tokens itself."),
]
NewName = Annotated[str, typer.Option(metavar="NAME", help="What people read. Default: the slug.", show_default=False)]
TokenFormatOption = Annotated[
    TokenFormat | None,
    typer.Option(
        "--token-format",
        help="What access tokens are: opaque text, JWTs (RFC 9068) for servers that verify by themselves, or API keys. "
        "A server that verifies a JWT by itself sees that it was ended only when it expires.",
        show_default="opaque for a new one",
    ),
]
KeyPrefix = Annotated[
    str | None,
    typer.Option(metavar="PREFIX", help="What API keys begin with, as in rmt_.", show_default="cy_ak_ for a new one"),
]
KeyExpiresIn = Annotated[
    str | None,
    typer.Option(
        metavar="DURATION",
        help="Life of an application's API key, as in 30d, or never: then there is no refresh token either.",
        show_default="that of any access token for a new one",
    ),
]
ACCESS = (
    "Who may let applications in: its owner alone; invited people (deployment invite); verified addresses of one "
    "domain (--domain); or any verified account."
)
Domain = Annotated[
    str | None,
    typer.Option(
        metavar="DOMAIN", help="With --access domain: whose addresses, as in example.com.", show_default=False
    ),
]
ScopeMapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--scope",
        metavar="NAME=TOOLS",
        help="A scope and the tools that it opens: names and patterns with commas between, as in read=@read,search_*; "
        "@read, @write and @destructive go by what a tool says of itself, and one that says nothing is destructive. "
        "Once for each scope, the smallest first: it is what an application gets that asks for none.",
        show_default="mcp=* for a new one",
    ),
]
HIDE = "Leave out of its lists of tools what an application may not call."


@app.command()
def create(  # noqa: PLR0913 - one for each option
    slug: Slug,
    *,
    upstream: Upstream = None,
    resource: Resource = None,
    owner: Annotated[str, typer.Option(metavar="EMAIL", help="Whose it is.", show_default=False)],
    name: NewName = "",
    access: Annotated[AccessPolicy, typer.Option(help=ACCESS)] = "owner",
    domain: Domain = None,
    token_format: TokenFormatOption = None,
    key_prefix: KeyPrefix = None,
    key_expires_in: KeyExpiresIn = None,
    scope: ScopeMapOption = None,
    hide_tools: Annotated[bool, typer.Option("--hide-tools", help=HIDE)] = False,
    auth: Auth = None,
    jwt_issuer: JwtIssuer = None,
    jwt_audience: JwtAudience = None,
    jwt_jwks_url: JwtJwksUrl = None,
    jwt_secret: JwtSecret = False,
    sunset: Sunset = None,
    upstream_header: UpstreamHeaders = None,
    identity: Annotated[bool, typer.Option("--identity", help=upstream_options.IDENTITY)] = False,
    public_upstream: Annotated[bool, typer.Option("--public-upstream", help=upstream_options.PUBLIC)] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Put an MCP server behind the gateway. Or, with --resource, let one elsewhere take our tokens."""
    if (upstream is None) == (resource is None):
        raise typer.BadParameter("say where the MCP server is: --upstream, or --resource for one that is elsewhere")
    shape = _format(Format(), token_format, key_prefix, key_expires_in)
    scopes = scope_map.parse(scope) if scope else WHOLE
    headers = upstream_options.parse(upstream_header, fresh=True)
    if headers and upstream is None:
        raise Failure("A server elsewhere has no upstream to send headers to: leave --upstream-header out.")
    basis = Wanted(slug, name or slug, upstream, resource, access, shape, _domain(domain), scopes, hide_tools)
    wanted = replace(basis, identity=identity, guarded=public_upstream)
    given = Given(auth, jwt_issuer, jwt_audience, jwt_jwks_url, auth_options.read_secret(jwt_secret), sunset)
    if fault := administer.fault(wanted):
        raise Failure(fault)

    async def work(tx: Transaction, here: Installation) -> Shown:
        account = await _owner(tx, owner)
        sealed = upstream_options.seal(here, headers or (), upstream or "") or None
        whole = replace(wanted, sealed_headers=sealed, auth=auth_options.revise(OAUTH, given, here))
        made = await establishing.establish(tx, whole, account.id, here.addresses, here.entropy, here.clock())
        if isinstance(made, Refusal):
            raise Failure(_unmade(made, slug))
        return await derive(tx, here, made)

    if upstream is not None and public_upstream:
        _refuse_private(upstream, config)
    shown = opening.write(config, work)
    deployment_shown.show(shown, config, as_json)
    auth_options.warn_of(shown.deployment.auth, time.time())
    if upstream is not None:
        _warn(shown.deployment, config)


@app.command("list")
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


@app.command()
def show(slug: Slug, *, config: Config = None, as_json: Json = False) -> None:
    """One deployment."""

    async def work(tx: Transaction, here: Installation) -> Shown:
        return await derive(tx, here, await deployment_of(tx, slug))

    deployment_shown.show(opening.read(config, work), config, as_json)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an update says; of some of it, what it comes to depends on what is there."""

    change: Change = field(default_factory=Change)
    owner: str | None = None
    headers: Fields | None = None
    shaping: tuple[TokenFormat | None, str | None, str | None] = (None, None, None)
    proof: Given = field(default_factory=Given)


@app.command()
def update(  # noqa: PLR0913 - one for each option
    slug: Slug,
    *,
    upstream: Upstream = None,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="What people read.")] = None,
    access: Annotated[AccessPolicy | None, typer.Option(help=ACCESS)] = None,
    domain: Domain = None,
    owner: Annotated[str | None, typer.Option(metavar="EMAIL", help="Whose it is from now on.")] = None,
    token_format: TokenFormatOption = None,
    key_prefix: KeyPrefix = None,
    key_expires_in: KeyExpiresIn = None,
    scope: ScopeMapOption = None,
    hide_tools: Annotated[bool | None, typer.Option("--hide-tools/--show-tools", help=HIDE, show_default=False)] = None,
    auth: Auth = None,
    jwt_issuer: JwtIssuer = None,
    jwt_audience: JwtAudience = None,
    jwt_jwks_url: JwtJwksUrl = None,
    jwt_secret: JwtSecret = False,
    sunset: Sunset = None,
    upstream_header: UpstreamHeaders = None,
    identity: WhetherIdentity = None,
    public_upstream: WhetherPublic = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Change a deployment. Connected applications stay connected, but for those of people whom it lets in no more;
    another token format comes with their next token."""
    scopes = scope_map.parse(scope) if scope else None
    headers = upstream_options.parse(upstream_header)
    # What the operator names by command line may be anywhere, unless they say otherwise.
    guarded = False if upstream is not None and public_upstream is None else public_upstream
    basis = Change(name, upstream, access, email_domain=_domain(domain), scope_map=scopes, hide_tools=hide_tools)
    wanted = replace(basis, identity=identity, guarded=guarded)
    given = Given(auth, jwt_issuer, jwt_audience, jwt_jwks_url, auth_options.read_secret(jwt_secret), sunset)
    asked = _Asked(wanted, owner, headers, (token_format, key_prefix, key_expires_in), given)
    if asked == _Asked():
        raise typer.BadParameter(
            "say what to change: --upstream, --name, --access, --domain, --owner, --token-format, --key-prefix,"
            " --key-expires-in, --scope, --hide-tools, --auth, --upstream-header, --identity, --public-upstream"
        )
    if fault := administer.change_fault(wanted):
        raise Failure(fault)

    async def work(tx: Transaction, here: Installation) -> tuple[Shown, int]:
        found = await deployment_of(tx, slug)
        ended = await _change(tx, here, found, asked)
        return await derive(tx, here, await deployment_of(tx, slug)), ended

    if upstream is not None and public_upstream:
        _refuse_private(upstream, config)
    shown, ended = opening.write(config, work)
    deployment_shown.show(shown, config, as_json)
    if given.anything:
        auth_options.warn_of(shown.deployment.auth, time.time())
    if ended:
        warn(f"Connected applications of people whom it lets in no more, ended: {ended}.")
    if upstream is not None:
        _warn(shown.deployment, config)


async def _change(tx: Transaction, here: Installation, found: Deployment, asked: _Asked) -> int:
    owner_id = (await _owner(tx, asked.owner)).id if asked.owner is not None else None
    url = asked.change.upstream_url or found.upstream_url or ""
    change = replace(
        asked.change,
        owner_id=owner_id,
        format=_format(found.format, *asked.shaping),
        sealed_headers=None if asked.headers is None else upstream_options.seal(here, asked.headers, url, found),
        auth=auth_options.revise(found.auth, asked.proof, here) if asked.proof.anything else None,
    )
    if unfit := establishing.change_fault(found, change, here.addresses):
        raise Failure(unfit)
    return await narrowing.change(tx, found, change, here.clock())


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
    if deployment.upstream_url is None:
        raise Failure(
            f"{slug} has no upstream to connect to: its server at {deployment.resource} is not behind this gateway."
        )
    found = _look(deployment, config, probe.ANSWER_WITHIN_SECONDS)

    async def keep(tx: Transaction, here: Installation) -> bool:
        return await tx.keep_health(deployment.id, seen(found, here.clock()))

    opening.write(config, keep)
    match found:
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


def _domain(text: str | None) -> str | None:
    return domain_key(text) if text is not None else None


def _format(before: Format, kind: TokenFormat | None, prefix: str | None, expires_in: str | None) -> Format:
    """The format as it is to be. Another one than API keys drops what only they have."""
    ttl = durations.seconds(expires_in, never=True) if expires_in is not None else None
    return establishing.reshaped(before, kind, prefix, ttl)


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


def _refuse_private(upstream: str, config: Path | None) -> None:
    async def within(here: Installation) -> str | None:
        return await reaching(here).fault(upstream)

    if fault := opening.run(config, within):
        raise Failure(fault)


def _look(deployment: Deployment, config: Path | None, seconds: float) -> probe.Found | probe.Unreachable:
    async def within(here: Installation) -> probe.Found | probe.Unreachable:
        return await reaching(here).look(deployment, seconds)

    return opening.run(config, within)


def _warn(deployment: Deployment, config: Path | None) -> None:
    outcome = _look(deployment, config, WARN_WITHIN_SECONDS)
    if isinstance(outcome, probe.Unreachable):
        warn(f"Warning: {outcome.sentence} The deployment is kept all the same.")
