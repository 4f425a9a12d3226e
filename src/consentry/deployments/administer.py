"""What an owner does with deployments: make, change, remove. Ending grants is above this room."""

from dataclasses import dataclass
from typing import Protocol

from consentry.audit import Event, EventName, EventTransaction
from consentry.deployments.model import AccessPolicy, Deployment, slug_fault
from consentry.spec import uris
from consentry.tokens import Entropy, identifier

LONGEST_NAME = 100
LONGEST_UPSTREAM_URL = 2000


class AdministerTransaction(EventTransaction, Protocol):
    """What these acts need of a transaction."""

    async def add_deployment(self, deployment: Deployment) -> bool: ...

    async def update_deployment(
        self, deployment_id: str, name: str, upstream_url: str, access: AccessPolicy, owner_id: str
    ) -> bool: ...

    async def remove_deployment(self, deployment_id: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different; None leaves a thing as it is."""

    name: str | None = None
    upstream_url: str | None = None
    access: AccessPolicy | None = None
    owner_id: str | None = None


def fault(slug: str, name: str, upstream_url: str) -> str | None:
    """Why there can be no such deployment, in words."""
    return slug_fault(slug) or change_fault(Change(name, upstream_url))


def change_fault(change: Change) -> str | None:
    """Why a deployment cannot be changed so, in words."""
    if change.name is not None and not (0 < len(change.name.strip()) <= LONGEST_NAME and change.name.isprintable()):
        return f"A name is one line of 1 to {LONGEST_NAME} characters."
    return _upstream_fault(change.upstream_url) if change.upstream_url is not None else None


def make(
    slug: str, name: str, upstream_url: str, owner_id: str, access: AccessPolicy, *, entropy: Entropy, now: int
) -> Deployment:
    """A new deployment, of what `fault` found nothing in. Touches nothing."""
    return Deployment(
        id=identifier("deployment", entropy),
        slug=slug,
        name=name.strip(),
        upstream_url=upstream_url,
        owner_id=owner_id,
        access=access,
        created_at=now,
    )


async def create(tx: AdministerTransaction, deployment: Deployment) -> bool:
    """Keeps a deployment that was made; False where its slug is taken."""
    added = await tx.add_deployment(deployment)
    if added:
        await tx.add_event(_event("deployment:deployment:created", deployment, deployment.created_at))
    return added


async def change(tx: AdministerTransaction, deployment: Deployment, wanted: Change, now: int) -> None:
    """Changes what is to be different, in which `change_fault` found nothing. Grants stay as they are."""
    name = deployment.name if wanted.name is None else wanted.name.strip()
    upstream_url = deployment.upstream_url if wanted.upstream_url is None else wanted.upstream_url
    access = wanted.access or deployment.access
    owner_id = wanted.owner_id or deployment.owner_id
    pairs = {
        "name": (deployment.name, name),
        "upstream_url": (deployment.upstream_url, upstream_url),
        "access": (deployment.access, access),
        "owner": (deployment.owner_id, owner_id),
    }
    changed = [what for what, (before, after) in pairs.items() if before != after]
    if changed:
        await tx.update_deployment(deployment.id, name, upstream_url, access, owner_id)
        await tx.add_event(_event("deployment:deployment:changed", deployment, now, ", ".join(changed)))


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


def _event(name: EventName, deployment: Deployment, now: int, reason: str = "") -> Event:
    return Event(name, now, deployment_id=deployment.id, reason=reason)
