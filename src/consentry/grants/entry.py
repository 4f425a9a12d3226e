"""Who may come in, asked of the store at consent. The gateway asks the same of every call (ADR 24)."""

from typing import Protocol

from consentry.accounts.model import Account
from consentry.deployments import access
from consentry.deployments.admission import Person
from consentry.deployments.model import Deployment
from consentry.spec.errors import Refusal


class InvitationTransaction(Protocol):
    """What a look at the policy needs of a transaction."""

    async def is_invited(self, deployment_id: str, email_key: str) -> bool: ...


async def check(tx: InvitationTransaction, deployment: Deployment, account: Account) -> Refusal | None:
    """Whether this account may let an application use the deployment."""
    invited = deployment.access == "invited" and await tx.is_invited(deployment.id, account.email_key)
    verified = account.verified_at is not None
    return access.check(deployment, Person(account.id, account.email, account.email_key, verified, invited))
