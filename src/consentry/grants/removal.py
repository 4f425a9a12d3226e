"""What goes takes its grants with it: an account that is disabled, a client or a deployment that is removed.

It goes first, and its codes with it: a grant that is being bought meanwhile is either refused or seen here.
"""

from dataclasses import dataclass
from typing import Protocol

from consentry.accounts import administer as accounts
from consentry.accounts import inviting, letters
from consentry.accounts.letters import Letter, LetterTransaction
from consentry.accounts.model import Account
from consentry.accounts.terms import AccountTerms
from consentry.clients import manage
from consentry.clients import removal as clients
from consentry.clients.manage import Held
from consentry.clients.model import Client
from consentry.clients.registration import GoneBecause
from consentry.clients.registration import RemovalTransaction as ClientRemovalTransaction
from consentry.deployments import administer as deployments
from consentry.deployments.model import Deployment
from consentry.grants.api_key import PERSONAL_KEY
from consentry.grants.model import EndReason, Grant, GrantTransaction
from consentry.grants.revoke import end


class RemovalTransaction(
    GrantTransaction,
    accounts.AdministerTransaction,
    ClientRemovalTransaction,
    deployments.AdministerTransaction,
    Protocol,
):
    """What these acts need of a transaction."""

    async def list_clients_of(self, deployment_id: str) -> list[Client]: ...

    async def list_deployments(self) -> list[Deployment]: ...

    async def list_grants(
        self, *, account_id: str | None = None, client_id: str | None = None, deployment_id: str | None = None
    ) -> list[Grant]: ...


class LeavingTransaction(
    RemovalTransaction, accounts.DeletionTransaction, LetterTransaction, inviting.ForgettingTransaction, Protocol
):
    """What deleting an account needs of a transaction."""


@dataclass(frozen=True, slots=True)
class Toll:
    """What ends with a thing that is removed: connections of applications, people's own keys, clients made for it."""

    grants: int
    keys: int
    clients: int


class WithdrawalTransaction(GrantTransaction, manage.ManageTransaction, Protocol):
    """What a client needs of a transaction in order to leave."""

    async def list_grants(self, *, account_id: str | None = None, client_id: str | None = None) -> list[Grant]: ...


async def disable_account(tx: RemovalTransaction, account: Account, now: int) -> int:
    """Closes an account; how many grants ended with it."""
    await accounts.disable(tx, account, now)
    return await _end_all(tx, await tx.list_grants(account_id=account.id), "account disabled", now)


@dataclass(frozen=True, slots=True)
class AccountToll:
    """What ends with an account: its own connections and keys, its deployments by name, what others have there."""

    connections: int
    deployments: tuple[str, ...]
    connections_of_others: int


async def toll_of_account(tx: RemovalTransaction, account: Account, now: int) -> AccountToll:
    """What deleting it would end, as things are now."""
    own = [grant for grant in await tx.list_grants(account_id=account.id) if grant.live(now)]
    deployments = [one for one in await tx.list_deployments() if one.owner_id == account.id]
    others = 0
    for one in deployments:
        grants = await tx.list_grants(deployment_id=one.id)
        others += sum(grant.account_id != account.id and grant.live(now) for grant in grants)
    return AccountToll(len(own), tuple(one.name for one in deployments), others)


async def delete_account(tx: LeavingTransaction, account: Account, terms: AccountTerms, now: int) -> int:
    """Erases an account and what it owns; how many grants ended with it. What is left is an id without a person
    (ADR 33); its owner is told at the address that it had."""
    if not await accounts.delete(tx, account, now):
        return 0
    await inviting.forget(tx, account.email, terms, now)
    ended = await _end_all(tx, await tx.list_grants(account_id=account.id), "account deleted", now)
    for deployment in await tx.list_deployments():
        if deployment.owner_id == account.id:
            ended += await remove_deployment(tx, deployment, now)
    await letters.write(tx, Letter("account_deleted", account.email, {}), None, terms, now)
    return ended


async def remove_client(tx: RemovalTransaction, client: Client, because: GoneBecause, now: int) -> int:
    """Removes a client; how many grants ended with it."""
    await clients.remove(tx, client, because, now)
    return await _end_all(tx, await tx.list_grants(client_id=client.id), "client deleted", now)


async def withdraw_client(tx: WithdrawalTransaction, held: Held, network: str | None, now: int) -> None:
    """The client deletes itself (RFC 7592 §2.3), and its grants end; of a shared one only this registration goes."""
    if await clients.remove(tx, held.client, "deleted by itself", now):
        await _end_all(tx, await tx.list_grants(client_id=held.client.id), "client deleted", now)
    else:
        await manage.leave(tx, held, network, now)


async def remove_deployment(tx: RemovalTransaction, deployment: Deployment, now: int) -> int:
    """Removes a deployment, and the clients that were made for it alone; how many grants ended with it."""
    for client in await tx.list_clients_of(deployment.id):
        await clients.remove(tx, client, "deployment deleted", now)
    await deployments.remove(tx, deployment, now)
    return await _end_all(tx, await tx.list_grants(deployment_id=deployment.id), "deployment deleted", now)


async def toll_of_deployment(tx: RemovalTransaction, deployment: Deployment, now: int) -> Toll:
    """What removing it would end, as things are now."""
    live = [grant for grant in await tx.list_grants(deployment_id=deployment.id) if grant.live(now)]
    keys = sum(grant.client_id == PERSONAL_KEY for grant in live)
    return Toll(len(live) - keys, keys, len(await tx.list_clients_of(deployment.id)))


async def _end_all(tx: GrantTransaction, grants: list[Grant], because: EndReason, now: int) -> int:
    return sum([await end(tx, grant, because, None, now) for grant in grants if grant.live(now)])
