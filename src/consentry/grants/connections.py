"""What is connected: live grants with what they join, folded by application; listed for pages and programs."""

from collections import defaultdict
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from consentry.clients import cimd
from consentry.clients.model import Client
from consentry.deployments.model import Deployment
from consentry.grants import api_key
from consentry.grants.model import EndReason, Grant, GrantTransaction, HeldAccessToken
from consentry.grants.revoke import end
from consentry.spec import uris

COMPUTER = "computer"  # where loopback redirect URIs lead: whichever program listens there


class ConnectionTransaction(GrantTransaction, Protocol):
    """What listing needs of a transaction."""

    async def find_client(self, client_id: str) -> Client | None: ...

    async def find_deployment(self, deployment_id: str) -> Deployment | None: ...

    async def list_api_keys(self, *, account_id: str | None = None) -> list[HeldAccessToken]: ...

    async def list_grants(
        self, *, account_id: str | None = None, client_id: str | None = None, deployment_id: str | None = None
    ) -> list[Grant]: ...


@dataclass(frozen=True, slots=True)
class Connection:
    """A live grant with its client and its deployment, where they are still there, and the API key it stands for."""

    grant: Grant
    client: Client | None
    deployment: Deployment | None
    key: HeldAccessToken | None = None

    @property
    def personal(self) -> bool:
        """Whether it is nothing but a key that a person made for themselves."""
        return self.grant.client_id == api_key.PERSONAL_KEY

    @property
    def name(self) -> str:
        """As the application calls itself; a personal key as its maker does."""
        if self.personal:
            return api_key.label(self.grant)
        return self.client.name if self.client else ""

    @property
    def whereabouts(self) -> str:
        """What is known of where it is, in one word: its document's host, the host that people were sent to."""
        host = cimd.host(self.grant.client_id)
        if host is not None:
            return host
        parts = uris.split(self.grant.redirect_uri) if self.grant.redirect_uri else None
        if parts is None:
            return self.grant.client_id if self.grant.subject else "device"
        return COMPUTER if uris.is_loopback(parts) else uris.shown_host(self.grant.redirect_uri)


@dataclass(frozen=True, slots=True)
class Application:
    """Connections that a person takes for one application: the same name, at the same place."""

    connections: tuple[Connection, ...]

    @property
    def name(self) -> str:
        return self.connections[0].name

    @property
    def id(self) -> str:
        """The same for as long as its name and its place are."""
        first = self.connections[0]
        return sha256("\0".join((first.name, first.whereabouts)).encode()).hexdigest()[:24]

    @property
    def last_used_at(self) -> int | None:
        return max((one.grant.last_used_at for one in self.connections if one.grant.last_used_at), default=None)


async def of_account(tx: ConnectionTransaction, account_id: str, now: int) -> list[Connection]:
    """The live ones, newest first."""
    return [one for one in await every(tx, account_id) if one.grant.live(now)]


async def every(tx: ConnectionTransaction, account_id: str | None) -> list[Connection]:
    """Those that ended, too, newest first; of one account, or of all."""
    # A grant has one key, and for a moment after a refresh the one before: the newest comes first.
    keys: dict[str, HeldAccessToken] = {}
    for held in await tx.list_api_keys(account_id=account_id):
        keys.setdefault(held.grant.id, held)
    grants = await tx.list_grants(account_id=account_id)
    clients = {one: await tx.find_client(one) for one in {grant.client_id for grant in grants}}
    named = {grant.permissions.deployment_id for grant in grants}
    deployments = {one: await tx.find_deployment(one) for one in named}
    return [
        Connection(grant, clients[grant.client_id], deployments[grant.permissions.deployment_id], keys.get(grant.id))
        for grant in grants
    ]


async def of_grant(tx: ConnectionTransaction, grant: Grant) -> Connection:
    """One grant, with what it joins."""
    keys = await tx.list_api_keys(account_id=grant.account_id)
    return Connection(
        grant,
        await tx.find_client(grant.client_id),
        await tx.find_deployment(grant.permissions.deployment_id),
        next((held for held in keys if held.grant.id == grant.id), None),
    )


async def of_deployment(tx: ConnectionTransaction, deployment: Deployment, now: int) -> list[Connection]:
    """The live ones of everybody, newest first; whose they are, is for whoever holds them to know."""
    grants = await tx.list_grants(deployment_id=deployment.id)
    return [Connection(grant, await tx.find_client(grant.client_id), deployment) for grant in grants if grant.live(now)]


def fold(connections: list[Connection]) -> list[Application]:
    """By application, the most recently connected first; many registrations of one application are one."""
    folded: dict[tuple[str, str], list[Connection]] = defaultdict(list)
    for one in connections:
        folded[(one.name, one.whereabouts)].append(one)
    return [Application(tuple(together)) for together in folded.values()]


async def end_those(
    tx: GrantTransaction, account_id: str, grant_ids: frozenset[str], because: EndReason, network: str | None, now: int
) -> int:
    """Ends these of an account's own grants; how many there were to end. Another's is left alone without a word."""
    ended = 0
    for grant_id in sorted(grant_ids):
        grant = await tx.find_grant(grant_id)
        if grant is not None and grant.account_id == account_id:
            ended += await end(tx, grant, because, network, now)
    return ended
