"""Everything that is kept about an account, for its owner to take away: no secret is in it, nor could be."""

from dataclasses import asdict
from typing import Any, Protocol

from consentry.accounts.model import Account, Session
from consentry.accounts.personal_tokens import PersonalToken
from consentry.audit import Event
from consentry.clients.model import Client
from consentry.deployments.model import Deployment
from consentry.grants.model import NEVER, Grant

MOST_EVENTS = 10_000

Json = dict[str, Any]


class TakeoutTransaction(Protocol):
    """What looking it all up needs of a transaction."""

    async def list_sessions(self, account_id: str, now: int) -> list[Session]: ...

    async def count_recovery_codes(self, account_id: str) -> int: ...

    async def list_personal_tokens(self, account_id: str | None = None) -> list[PersonalToken]: ...

    async def list_grants(self, *, account_id: str | None = None) -> list[Grant]: ...

    async def list_deployments(self) -> list[Deployment]: ...

    async def list_invited(self, deployment_id: str) -> list[str]: ...

    async def find_client(self, client_id: str) -> Client | None: ...

    async def list_account_events(self, account_id: str, most: int) -> list[Event]: ...


async def take_out(tx: TakeoutTransaction, account: Account, now: int) -> Json:
    """As JSON; times in epoch seconds."""
    deployments = {one.id: one for one in await tx.list_deployments()}
    return {
        "exported_at": now,
        "account": {
            "id": account.id,
            "email": account.email,
            "name": account.name,
            "operator": account.operator,
            "created_at": account.created_at,
            "verified_at": account.verified_at,
            "disabled_at": account.disabled_at,
        },
        "second_factor": {
            "since": account.second_factor_at,
            "recovery_codes_left": await tx.count_recovery_codes(account.id),
        },
        "sessions": [
            {"since": one.created_at, "until": one.expires_at, "network": one.network, "browser": one.browser}
            for one in await tx.list_sessions(account.id, now)
        ],
        "access_tokens": [
            {
                "id": one.id,
                "label": one.label,
                "scopes": sorted(one.scopes),
                "created_at": one.created_at,
                "last_used_at": one.last_used_at,
                "expires_at": one.expires_at,
            }
            for one in await tx.list_personal_tokens(account.id)
        ],
        "connections": [
            await _connection(tx, grant, deployments.get(grant.permissions.deployment_id))
            for grant in await tx.list_grants(account_id=account.id)
        ],
        "deployments": [await _deployment(tx, one) for one in deployments.values() if one.owner_id == account.id],
        "events": [_event(event) for event in await tx.list_account_events(account.id, MOST_EVENTS)],
    }


async def _connection(tx: TakeoutTransaction, grant: Grant, deployment: Deployment | None) -> Json:
    client = await tx.find_client(grant.client_id)
    return {
        "id": grant.id,
        "client_id": grant.client_id,
        "client_name": client.name if client else None,
        "label": grant.label,
        "deployment": deployment.slug if deployment else None,
        "resource": grant.permissions.resource,
        "scope": sorted(grant.permissions.scope),
        "redirect_uri": grant.redirect_uri,
        "network": grant.network,
        "browser": grant.browser,
        "created_at": grant.created_at,
        "last_used_at": grant.last_used_at,
        "expires_at": None if grant.expires_at == NEVER else grant.expires_at,
        "ended_at": grant.ended_at,
        "ended_because": grant.ended_because,
    }


async def _deployment(tx: TakeoutTransaction, deployment: Deployment) -> Json:
    return {
        "id": deployment.id,
        "slug": deployment.slug,
        "name": deployment.name,
        "upstream_url": deployment.upstream_url,
        "resource": deployment.resource,
        "access": deployment.access,
        "invited": await tx.list_invited(deployment.id),
        "created_at": deployment.created_at,
    }


def _event(event: Event) -> Json:
    return {
        name: value for name, value in asdict(event).items() if name != "account_id" and value not in (None, "", {})
    }
