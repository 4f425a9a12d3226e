"""A deployment comes to be, is changed, is paused: one place for all who ask, be it pages, programs or commands."""

from dataclasses import replace
from typing import Protocol

from consentry.addresses import Addresses
from consentry.audit import Event
from consentry.deployments import administer, authentication
from consentry.deployments.administer import AdministerTransaction, Change, Wanted
from consentry.deployments.model import Deployment
from consentry.formats import Format, TokenFormat
from consentry.spec.errors import Refusal
from consentry.tokens import Entropy


class EstablishTransaction(AdministerTransaction, Protocol):
    """What these acts need of a transaction."""

    async def find_deployment_by_slug(self, slug: str) -> Deployment | None: ...

    async def pause_deployment(self, deployment_id: str, paused_at: int | None) -> bool:
        """One conditional statement: False where it was so already."""
        ...


def fault(wanted: Wanted, addresses: Addresses) -> str | None:
    """Why there can be no such deployment here, in words."""
    unfit = administer.fault(wanted) or addresses.slug_fault(wanted.slug)
    unfit = unfit or authentication.itself_fault(wanted.auth, addresses.issuer)
    return unfit or itself_fault(wanted.upstream_url or wanted.resource or "", addresses)


def change_fault(deployment: Deployment, wanted: Change, addresses: Addresses) -> str | None:
    """Why this deployment cannot be changed so, in words."""
    unfit = administer.misfit(deployment, wanted) or administer.change_fault(wanted)
    if wanted.auth is not None:
        unfit = unfit or authentication.itself_fault(wanted.auth, addresses.issuer)
    return unfit or itself_fault(wanted.upstream_url or "", addresses)


def itself_fault(url: str, addresses: Addresses) -> str | None:
    """Why the gateway cannot call that, in words."""
    if not addresses.is_mcp_url(url):
        return None
    way = "name the MCP server's own URL, where it listens behind this one"
    return f"{url} is an MCP URL of this very gateway, which would call itself: {way}."


async def establish(
    tx: EstablishTransaction, wanted: Wanted, owner_id: str, addresses: Addresses, entropy: Entropy, now: int
) -> Deployment | Refusal:
    """A new deployment, kept; or why there is none."""
    if unfit := fault(wanted, addresses):
        return Refusal("invalid_request", unfit, "deployment:unfit")
    made = administer.make(wanted, owner_id, entropy, now)
    if await administer.create(tx, made):
        return made
    if await tx.find_deployment_by_slug(wanted.slug) is None:
        return Refusal(
            "invalid_request", f"There is a deployment for {wanted.resource} already.", "deployment:resource"
        )
    return Refusal(
        "invalid_request", f"There is a deployment {wanted.slug} already. Choose another slug.", "deployment:slug"
    )


async def pause(tx: EstablishTransaction, deployment: Deployment, now: int) -> bool:
    """Its calls are refused from now on, and what is connected stays so; False where it was paused already."""
    paused = await tx.pause_deployment(deployment.id, now)
    if paused:
        await tx.add_event(Event("deployment:deployment:paused", now, deployment_id=deployment.id))
    return paused


async def resume(tx: EstablishTransaction, deployment: Deployment, now: int) -> bool:
    """Its calls pass again; False where they did."""
    resumed = await tx.pause_deployment(deployment.id, None)
    if resumed:
        await tx.add_event(Event("deployment:deployment:resumed", now, deployment_id=deployment.id))
    return resumed


def reshaped(before: Format, kind: TokenFormat | None, prefix: str | None, key_ttl: int | None) -> Format:
    """The format as it is to be; None leaves a thing as it is. Another one than API keys drops what only they have."""
    kept = before if kind is None or kind == before.kind else Format(kind)
    return replace(kept, key_prefix=prefix or kept.key_prefix, key_ttl=kept.key_ttl if key_ttl is None else key_ttl)
