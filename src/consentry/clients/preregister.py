"""Pre-registration: a client that the operator makes by hand (MCP authorization, Client Registration Approaches)."""

from dataclasses import replace

from consentry.audit import Event
from consentry.clients import register
from consentry.clients.model import ClientTransaction
from consentry.clients.policy import RegistrationPolicy
from consentry.clients.register import Registered
from consentry.spec.errors import Refusal
from consentry.tokens import Entropy


def make(
    name: str,
    redirect_uris: tuple[str, ...],
    policy: RegistrationPolicy,
    *,
    confidential: bool,
    deployment_id: str | None,
    entropy: Entropy,
    now: int,
) -> Registered | Refusal:
    """The client asked for, held to the rules of those that register themselves. Touches nothing."""
    made = register.make(
        {
            "client_name": name,
            "redirect_uris": [*dict.fromkeys(redirect_uris)],
            "token_endpoint_auth_method": "client_secret_basic" if confidential else "none",
        },
        policy,
        entropy,
        now,
    )
    if isinstance(made, Refusal):
        return made
    return Registered(replace(made.client, source="operator", deployment_id=deployment_id), made.secret)


async def create(tx: ClientTransaction, registered: Registered) -> None:
    """Keeps a client that was made."""
    client = registered.client
    await tx.add_client(client)
    detail: dict[str, str | int] = {"auth_method": client.auth_method}
    await tx.add_event(
        Event(
            "client:client:created",
            client.created_at,
            client_id=client.id,
            deployment_id=client.deployment_id,
            detail=detail,
        )
    )
