"""Opening a deployment to others, or to fewer: whoever is kept out from then on is out at once (ADR 24)."""

from typing import Protocol

from consentry.accounts.model import Account
from consentry.deployments import administer
from consentry.deployments.administer import Change
from consentry.deployments.model import Deployment
from consentry.grants import entry
from consentry.grants.entry import InvitationTransaction
from consentry.grants.model import Grant, GrantTransaction
from consentry.grants.revoke import end


class NarrowingTransaction(GrantTransaction, administer.AdministerTransaction, InvitationTransaction, Protocol):
    """What this needs of a transaction."""

    async def find_account(self, account_id: str) -> Account | None: ...

    async def find_account_by_email(self, email_key: str) -> Account | None: ...

    async def list_grants(
        self, *, account_id: str | None = None, client_id: str | None = None, deployment_id: str | None = None
    ) -> list[Grant]: ...

    async def void_codes(self, deployment_id: str, now: int) -> None:
        """Codes that were made for the deployment until now buy nothing, wherever they are kept."""
        ...


async def change(tx: NarrowingTransaction, deployment: Deployment, wanted: Change, now: int) -> int:
    """Changes a deployment; how many grants ended because it lets in fewer people now."""
    after = await administer.change(tx, deployment, wanted, now)
    if after.access == "verified" or after.admission == deployment.admission:
        return 0
    return await _end_excluded(tx, after, now)


async def invite(tx: NarrowingTransaction, deployment: Deployment, key: str, email: str, now: int) -> bool:
    """Opens it to an address, which counts under the policy `invited`; False where it was invited already."""
    account = await tx.find_account_by_email(key)
    return await administer.invite(tx, deployment, key, email, account.id if account else None, now)


async def uninvite(tx: NarrowingTransaction, deployment: Deployment, key: str, now: int) -> int | None:
    """Takes an invitation back; how many grants ended with it, None where there was none."""
    account = await tx.find_account_by_email(key)
    if not await administer.uninvite(tx, deployment, key, account.id if account else None, now):
        return None
    return await _end_excluded(tx, deployment, now) if deployment.access == "invited" else 0


async def _end_excluded(tx: NarrowingTransaction, deployment: Deployment, now: int) -> int:
    """Codes go first: one that is spent meanwhile is either refused, or its grant is seen here.

    A client that acts for itself was let in by the operator, and stays.
    """
    await tx.void_codes(deployment.id, now)
    grants = [one for one in await tx.list_grants(deployment_id=deployment.id) if one.live(now) and not one.subject]
    excluded = {one for one in {grant.account_id for grant in grants} if await _excluded(tx, deployment, one)}
    return sum([await end(tx, one, "no longer let in", None, now) for one in grants if one.account_id in excluded])


async def _excluded(tx: NarrowingTransaction, deployment: Deployment, account_id: str) -> bool:
    account = await tx.find_account(account_id)
    return account is None or await entry.check(tx, deployment, account) is not None
