"""The keys of clients that sign: by value."""

from consentry.clients.model import Client
from consentry.spec.errors import Refusal
from consentry.spec.jose import Jwks


async def find_keys(client: Client, _kid: str | None) -> Jwks | Refusal:
    """The keys that the client may sign with."""
    if client.jwks is not None:
        return client.jwks
    return Refusal("invalid_client", "This client has no keys here: register again, with jwks.", "client:keys:absent")
