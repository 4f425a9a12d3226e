"""Who may come in, asked of the store at consent. The gateway asks the same of every call (ADR 24)."""

from typing import Protocol

from consentry.accounts.model import Account
from consentry.deployments import access
from consentry.deployments.admission import Person
from consentry.deployments.model import Deployment, slug_fault
from consentry.spec.errors import Refusal


class InvitationTransaction(Protocol):
    """What a look at the policy needs of a transaction."""

    async def is_invited(self, deployment_id: str, email_key: str) -> bool: ...


class EntryTransaction(InvitationTransaction, Protocol):
    """What looking for deployments needs besides."""

    async def find_deployment_by_slug(self, slug: str) -> Deployment | None: ...

    async def list_deployments(self) -> list[Deployment]: ...


async def check(tx: InvitationTransaction, deployment: Deployment, account: Account) -> Refusal | None:
    """Whether this account may let an application use the deployment."""
    invited = deployment.access == "invited" and await tx.is_invited(deployment.id, account.email_key)
    verified = account.verified_at is not None
    return access.check(deployment, Person(account.id, account.email, account.email_key, verified, invited))


async def usable(tx: EntryTransaction, account: Account) -> list[Deployment]:
    """Whatever this account may let an application use, by slug."""
    found = sorted(await tx.list_deployments(), key=lambda one: one.slug)
    return [one for one in found if await check(tx, one, account) is None]


async def find_usable(tx: EntryTransaction, slug: str, account: Account) -> Deployment | None:
    """The one with that slug. One that this account may not use looks like none at all."""
    found = None if slug_fault(slug) else await tx.find_deployment_by_slug(slug)
    return found if found is not None and await check(tx, found, account) is None else None
