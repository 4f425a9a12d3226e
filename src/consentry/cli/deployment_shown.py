"""A deployment, shown: for people and as JSON."""

import json
from dataclasses import dataclass
from pathlib import Path

from consentry.cli import auth_options, opening, upstream_options
from consentry.cli.output import say, show_facts, show_json, when
from consentry.deployments.model import Deployment
from consentry.formats import ENDLESS, Format
from consentry.installation import Installation
from consentry.spec import uris
from consentry.spec.metadata import PROTECTED_RESOURCE, ProtectedResource
from consentry.store.sql import Transaction
from consentry.tokens import DEFAULT_KEY_PREFIX


@dataclass(frozen=True, slots=True)
class Shown:
    """A deployment with what is derived of it. `metadata` is what a server elsewhere is to serve at that address;
    `anywhere` is whether the settings let every upstream be at a private one."""

    deployment: Deployment
    owner: str
    mcp_url: str
    resource_metadata_url: str
    metadata: dict[str, object] | None = None
    invited: tuple[str, ...] = ()
    headers: tuple[str, ...] | None = ()
    older_way: tuple[int, int | None] = (0, None)
    anywhere: bool = False


async def derive(tx: Transaction, here: Installation, deployment: Deployment) -> Shown:
    """What a deployment is shown with."""
    owner = await tx.find_account(deployment.owner_id)
    email, url = owner.email if owner else "", deployment.resource_at(here.addresses)
    invited = tuple(await tx.list_invited(deployment.id))
    uses = await tx.count_issuer_uses(deployment.id)
    if deployment.resource is None:
        place = here.addresses.resource_metadata_url(deployment.slug)
        names, anywhere = upstream_options.names(here, deployment), here.settings.allow_private_upstreams
        return Shown(deployment, email, url, place, None, invited, names, uses, anywhere)
    server = deployment.authorization_server(here.addresses)
    described = ProtectedResource(url, server, tuple(sorted(deployment.scope)), deployment.name)
    place = uris.insert_well_known(url, PROTECTED_RESOURCE)
    return Shown(deployment, email, url, place, {**described.document()}, invited, older_way=uses)


def show(shown: Shown, config: Path | None, as_json: bool) -> None:
    """One deployment."""
    if as_json:
        show_json(as_json_of(shown))
        return
    opening.note_addresses(config)
    show_facts(
        [
            ("Slug", shown.deployment.slug),
            ("Name", shown.deployment.name),
            ("MCP URL", shown.mcp_url),
            ("Metadata URL", shown.resource_metadata_url),
            ("Upstream", shown.deployment.upstream_url or "none: the server is elsewhere, and verifies tokens itself"),
            *([("Upstream headers", _header_words(shown.headers))] if shown.headers != () else []),
            *([("Identity token", f"for {audience}")] if (audience := shown.deployment.identity_audience) else []),
            *([("Upstream's address", _address_words(shown.anywhere))] if shown.deployment.guarded else []),
            ("Owner", shown.owner),
            ("Authentication", auth_options.words(shown.deployment.auth)),
            *([("Still by JWT", _use_words(*shown.older_way))] if shown.deployment.auth.jwt else []),
            ("Access", _access_words(shown.deployment)),
            *([("Invited", shown.invited)] if shown.invited else []),
            ("Token format", _format_words(shown.deployment.format)),
            ("Scopes", "; ".join(f"{name}={','.join(of)}" for name, of in shown.deployment.scope_map.entries)),
            *([("State", "paused: its calls are refused")] if shown.deployment.paused_at is not None else []),
            ("Lists of tools", "without what may not be called" if shown.deployment.hide_tools else "whole"),
        ]
    )
    if shown.metadata is not None:
        say(f"The server is to answer at its metadata URL with {json.dumps(shown.metadata)}")
    if shown.deployment.ends_late:
        say(
            "A JWT that the server verifies by itself is seen as ended only when it expires: ask /introspect to see it "
            "at once, or choose a short access_token_ttl."
        )


def _address_words(anywhere: bool) -> str:
    return "any, as long as allow_private_upstreams is on; then only a public one" if anywhere else "only a public one"


def _header_words(names: tuple[str, ...] | None) -> list[str]:
    if names is None:
        return ["cannot be opened: set them anew, or give back the secret_key that sealed them"]
    return [f"{name}: ********" for name in names]


def _use_words(callers: int, last: int | None) -> str:
    return f"{callers} in the last 90 days, the last one {when(last)}" if callers else "nobody in the last 90 days"


def _access_words(deployment: Deployment) -> str:
    return f"addresses of {deployment.email_domain}" if deployment.access == "domain" else deployment.access


def _format_words(shape: Format) -> str:
    if shape.kind != "api_key":
        return shape.kind
    life = {None: "that expire like any access token", ENDLESS: "that do not expire"}
    ends = life.get(shape.key_ttl, f"that expire after {shape.key_ttl} s")
    return f"api_key, {shape.key_prefix or DEFAULT_KEY_PREFIX}… {ends}"


def as_json_of(shown: Shown) -> dict[str, object]:
    """As one JSON object."""
    return {
        "slug": shown.deployment.slug,
        "name": shown.deployment.name,
        "mcp_url": shown.mcp_url,
        "resource_metadata_url": shown.resource_metadata_url,
        "upstream_url": shown.deployment.upstream_url,
        "upstream_headers": list(shown.headers) if shown.headers is not None else None,
        "identity_audience": shown.deployment.identity_audience,
        "public_upstream": shown.deployment.guarded,
        "owner": shown.owner,
        **auth_options.as_json(shown.deployment.auth),
        "jwt_callers": shown.older_way[0],
        "jwt_last_used_at": shown.older_way[1],
        "access": shown.deployment.access,
        "domain": shown.deployment.email_domain,
        "invited": list(shown.invited),
        "resource": shown.deployment.resource,
        "resource_metadata": shown.metadata,
        "token_format": shown.deployment.format.kind,
        "key_prefix": shown.deployment.format.key_prefix,
        "key_ttl": shown.deployment.format.key_ttl,
        "scopes": {name: list(of) for name, of in shown.deployment.scope_map.entries},
        "hide_tools": shown.deployment.hide_tools,
        "paused_at": shown.deployment.paused_at,
        "created_at": shown.deployment.created_at,
        "id": shown.deployment.id,
    }
