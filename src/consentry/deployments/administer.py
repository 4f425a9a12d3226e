"""What an owner does with deployments: make, change, remove. Ending grants is above this room."""

from dataclasses import dataclass, replace
from typing import Protocol

from consentry.audit import Event, EventName, EventTransaction
from consentry.deployments import scope_map, upstream_headers
from consentry.deployments.admission import AccessPolicy, domain_fault
from consentry.deployments.authentication import OAUTH, Authentication
from consentry.deployments.model import Deployment, slug_fault
from consentry.deployments.scope_map import WHOLE, ScopeMap
from consentry.formats import OPAQUE, Format
from consentry.spec import uris
from consentry.tokens import Entropy, identifier, key_prefix_fault

LONGEST_NAME = 100
LONGEST_UPSTREAM_URL = 2000
LONGEST_KEY_TTL = 10 * 365 * 86_400
_NOT_HERE = "Its lists of tools do not pass here, so none can be left out: hide_tools is for servers with an upstream."
# What an event calls a change, and the member that it is a change of.
_CHANGEABLE = {
    "name": "name",
    "upstream_url": "upstream_url",
    "access": "access",
    "owner": "owner_id",
    "token_format": "format",
    "email_domain": "email_domain",
    "scopes": "scope_map",
    "hide_tools": "hide_tools",
    "upstream_headers": "sealed_headers",
    "identity": "identity",
    "guarded": "guarded",
    "auth": "auth",
}


class AdministerTransaction(EventTransaction, Protocol):
    """What these acts need of a transaction."""

    async def add_deployment(self, deployment: Deployment) -> bool: ...

    async def update_deployment(self, deployment: Deployment) -> bool: ...

    async def remove_deployment(self, deployment_id: str) -> bool: ...

    async def invite(self, deployment_id: str, email_key: str, email: str, now: int) -> bool: ...

    async def uninvite(self, deployment_id: str, email_key: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """A deployment to be made: with an upstream, or with the resource of a server elsewhere."""

    slug: str
    name: str
    upstream_url: str | None = None
    resource: str | None = None
    access: AccessPolicy = "owner"
    format: Format = OPAQUE
    email_domain: str | None = None
    scope_map: ScopeMap = WHOLE
    hide_tools: bool = False
    sealed_headers: bytes | None = None
    identity: bool = False
    guarded: bool = False
    auth: Authentication = OAUTH


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different; None leaves a thing as it is. `sealed_headers` are all of them, empty for none."""

    name: str | None = None
    upstream_url: str | None = None
    access: AccessPolicy | None = None
    owner_id: str | None = None
    format: Format | None = None
    email_domain: str | None = None
    scope_map: ScopeMap | None = None
    hide_tools: bool | None = None
    sealed_headers: bytes | None = None
    identity: bool | None = None
    guarded: bool | None = None
    auth: Authentication | None = None


def fault(wanted: Wanted) -> str | None:
    """Why there can be no such deployment, in words."""
    if (wanted.upstream_url is None) == (wanted.resource is None):
        return "Name either the upstream that the gateway calls, or the resource of a server elsewhere."
    unfit = _resource_fault(wanted.resource) if wanted.resource is not None else None
    if wanted.resource is not None and wanted.hide_tools:
        return _NOT_HERE
    shape = Change(wanted.name, wanted.upstream_url, format=wanted.format, scope_map=wanted.scope_map)
    return (
        slug_fault(wanted.slug) or unfit or change_fault(shape) or _admission_fault(wanted.access, wanted.email_domain)
    )


def change_fault(change: Change) -> str | None:
    """Why a deployment cannot be changed so, in words."""
    if change.name is not None and not (0 < len(change.name.strip()) <= LONGEST_NAME and change.name.isprintable()):
        return f"A name is one line of 1 to {LONGEST_NAME} characters."
    unfit = _upstream_fault(change.upstream_url) if change.upstream_url is not None else None
    unfit = unfit or (_format_fault(change.format) if change.format is not None else None)
    return unfit or (scope_map.fault(change.scope_map) if change.scope_map is not None else None)


def misfit(deployment: Deployment, change: Change) -> str | None:
    """Why this deployment cannot be changed so, in words."""
    if change.upstream_url is not None and deployment.resource is not None:
        return (
            f"{deployment.slug} is a server elsewhere ({deployment.resource}): make another deployment for an upstream."
        )
    if change.hide_tools and deployment.resource is not None:
        return _NOT_HERE
    if change.sealed_headers and deployment.resource is not None:
        return f"{deployment.slug} has no upstream, so there is nobody to send headers to."
    access = change.access or deployment.access
    return _admission_fault(access, change.email_domain or (deployment.email_domain if access == "domain" else None))


def make(wanted: Wanted, owner_id: str, entropy: Entropy, now: int) -> Deployment:
    """A new deployment, of what `fault` found nothing in. Touches nothing."""
    return Deployment(
        id=identifier("deployment", entropy),
        slug=wanted.slug,
        name=wanted.name.strip(),
        upstream_url=wanted.upstream_url,
        owner_id=owner_id,
        access=wanted.access,
        created_at=now,
        resource=wanted.resource,
        format=wanted.format,
        email_domain=wanted.email_domain,
        scope_map=wanted.scope_map,
        hide_tools=wanted.hide_tools,
        sealed_headers=wanted.sealed_headers,
        identity=wanted.identity,
        guarded=wanted.guarded,
        auth=wanted.auth,
    )


async def create(tx: AdministerTransaction, deployment: Deployment) -> bool:
    """Keeps a deployment that was made; False where its slug or its resource is taken."""
    added = await tx.add_deployment(deployment)
    if added:
        await tx.add_event(_event("deployment:deployment:created", deployment, deployment.created_at))
    return added


def changed(deployment: Deployment, wanted: Change) -> Deployment:
    """As it will be. Touches nothing."""
    access = wanted.access or deployment.access
    return replace(
        deployment,
        name=deployment.name if wanted.name is None else wanted.name.strip(),
        upstream_url=deployment.upstream_url if wanted.upstream_url is None else wanted.upstream_url,
        access=access,
        owner_id=wanted.owner_id or deployment.owner_id,
        format=wanted.format or deployment.format,
        email_domain=(wanted.email_domain or deployment.email_domain) if access == "domain" else None,
        scope_map=wanted.scope_map or deployment.scope_map,
        hide_tools=deployment.hide_tools if wanted.hide_tools is None else wanted.hide_tools,
        sealed_headers=_headers(deployment, wanted),
        identity=deployment.identity if wanted.identity is None else wanted.identity,
        guarded=deployment.guarded if wanted.guarded is None else wanted.guarded,
        auth=wanted.auth or deployment.auth,
    )


async def change(tx: AdministerTransaction, deployment: Deployment, wanted: Change, now: int) -> Deployment:
    """Changes what is to be different, in which `change_fault` and `misfit` found nothing; gives it as it then is.
    Grants stay as they are: ending those of people whom it lets in no more is above this room."""
    after = changed(deployment, wanted)
    different = [what for what, name in _CHANGEABLE.items() if getattr(deployment, name) != getattr(after, name)]
    if different:
        await tx.update_deployment(after)
        await tx.add_event(_event("deployment:deployment:changed", deployment, now, ", ".join(different)))
    return after


async def invite(
    tx: AdministerTransaction, deployment: Deployment, key: str, email: str, account_id: str | None, now: int
) -> bool:
    """Opens it to an address, whose account may have no id yet; False where it was invited already."""
    invited = await tx.invite(deployment.id, key, email, now)
    if invited:
        await tx.add_event(replace(_event("deployment:guest:invited", deployment, now), account_id=account_id))
    return invited


async def uninvite(
    tx: AdministerTransaction, deployment: Deployment, key: str, account_id: str | None, now: int
) -> bool:
    """Takes an invitation back; False where there was none."""
    uninvited = await tx.uninvite(deployment.id, key)
    if uninvited:
        await tx.add_event(replace(_event("deployment:guest:uninvited", deployment, now), account_id=account_id))
    return uninvited


async def remove(tx: AdministerTransaction, deployment: Deployment, now: int) -> bool:
    """Takes the deployment away; False where another was faster."""
    removed = await tx.remove_deployment(deployment.id)
    if removed:
        await tx.add_event(_event("deployment:deployment:removed", deployment, now, deployment.slug))
    return removed


def _upstream_fault(url: str) -> str | None:
    parts = uris.split(url)
    if (
        parts is None
        or parts.scheme not in {"http", "https"}
        or not parts.hostname
        or "#" in url
        or len(url) > LONGEST_UPSTREAM_URL
    ):
        return f"{url} will not do as upstream: write the MCP server's whole URL, as in http://127.0.0.1:9000/mcp."
    if parts.username is not None or parts.password is not None:
        return "The upstream's URL holds a user name or password: it would be shown. Leave them out."
    return None


def _resource_fault(url: str) -> str | None:
    """RFC 8707 §2: an absolute URI without fragment, and better without query; and clients want https."""
    parts = uris.split(url)
    way = "write the server's own MCP URL, as in https://mcp.example.org/mcp"
    if parts is None or not parts.hostname or "#" in url or "?" in url or len(url) > LONGEST_UPSTREAM_URL:
        return f"{url} will not do as resource: {way}."
    if parts.username is not None or parts.password is not None:
        return "The resource's URL holds a user name or password: it would be shown. Leave them out."
    if parts.scheme != "https" and not uris.is_loopback(parts):
        return f"{url} will not do as resource: only https will, except on loopback; {way}."
    return None


def _headers(deployment: Deployment, wanted: Change) -> bytes | None:
    """Those of another origin would not open for this one: they go, rather than wait for it to come back."""
    if wanted.sealed_headers is not None:
        return wanted.sealed_headers or None
    before, after = deployment.upstream_url or "", wanted.upstream_url or deployment.upstream_url or ""
    return deployment.sealed_headers if upstream_headers.same_origin(before, after) else None


def _admission_fault(access: AccessPolicy, domain: str | None) -> str | None:
    if access == "domain":
        return domain_fault(domain) if domain else "Say whose addresses are let in: name the domain, as in example.com."
    return "Only the access policy domain has a domain: set it as well." if domain else None


def _format_fault(format_: Format) -> str | None:
    if format_.kind != "api_key":
        if format_.key_prefix is None and format_.key_ttl is None:
            return None
        return "Only API keys have a prefix and a life of their own: set the token format to api_key as well."
    if format_.key_ttl is not None and not 0 <= format_.key_ttl <= LONGEST_KEY_TTL:
        return "API keys live for at most ten years, or without end."
    return key_prefix_fault(format_.key_prefix) if format_.key_prefix is not None else None


def _event(name: EventName, deployment: Deployment, now: int, reason: str = "") -> Event:
    return Event(name, now, deployment_id=deployment.id, reason=reason)
