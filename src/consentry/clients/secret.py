"""A new secret for a client: the one before lives on for a while, so that nothing stands still (product rule P5)."""

from typing import Protocol

from consentry.audit import Event
from consentry.clients.model import Client, ClientTransaction
from consentry.clients.register import Registered
from consentry.spec.errors import Refusal
from consentry.tokens import Digest, Entropy, Kind, Secret, identifier, mint


class SecretTransaction(ClientTransaction, Protocol):
    """What these acts need of a transaction."""

    async def list_clients_of(self, deployment_id: str) -> list[Client]: ...

    async def rotate_secret(self, client: Client, fresh: Digest, previous_until: int) -> bool:
        """One conditional statement: false where another took this client's secret away meanwhile."""
        ...

    async def end_previous_secret(self, client_id: str, now: int) -> bool:
        """False where there is none that still works."""
        ...


async def rotate(tx: SecretTransaction, client: Client, overlap: int, entropy: Entropy, now: int) -> Secret | Refusal:
    """A new secret, known here alone; the present one works for `overlap` seconds more, the one before it no longer."""
    if client.secret_digest is None:
        return Refusal("invalid_client", f"{client.id} has no secret: {_proves(client)}.", "secret:none")
    secret = mint(Kind.CLIENT_SECRET, entropy)
    if not await tx.rotate_secret(client, secret.digest(), now + overlap):
        return Refusal("invalid_client", f"Another exchanged the secret of {client.id} just now.", "secret:raced")
    detail: dict[str, str | int] = {"overlap": overlap}
    await tx.add_event(
        Event("client:secret:rotated", now, client_id=client.id, deployment_id=client.deployment_id, detail=detail)
    )
    return secret


async def end_previous(tx: SecretTransaction, client: Client, now: int) -> bool:
    """The secret before works no longer; False where there was none."""
    ended = await tx.end_previous_secret(client.id, now)
    if ended:
        await tx.add_event(Event("client:secret:ended", now, client_id=client.id, deployment_id=client.deployment_id))
    return ended


async def of_resource_server(
    tx: SecretTransaction, deployment_id: str, name: str, overlap: int, entropy: Entropy, now: int
) -> Registered | Refusal:
    """A deployment's own credentials (RFC 7662 §2.1): made at first, with a new secret whenever they are asked for."""
    for client in await tx.list_clients_of(deployment_id):
        if client.resource_server:
            secret = await rotate(tx, client, overlap, entropy, now)
            return secret if isinstance(secret, Refusal) else Registered(client, secret)
    secret = mint(Kind.CLIENT_SECRET, entropy)
    made = Client(
        id=identifier("resource", entropy),
        name=name,
        redirect_uris=(),
        grant_types=(),
        auth_method="client_secret_basic",
        source="deployment",
        created_at=now,
        secret_digest=secret.digest(),
        metadata={},
        deployment_id=deployment_id,
    )
    await tx.add_client(made)
    await tx.add_event(Event("client:client:created", now, client_id=made.id, deployment_id=deployment_id))
    return Registered(made, secret)


def _proves(client: Client) -> str:
    return "it is public" if client.public else "it signs with its own keys"
