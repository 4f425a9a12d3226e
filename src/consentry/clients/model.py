"""A client: RFC 6749 §2, RFC 7591 §2."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from consentry.audit import EventTransaction
from consentry.spec import uris
from consentry.tokens import Digest

AuthMethod = Literal["none", "client_secret_basic", "client_secret_post"]
AUTH_METHODS: tuple[AuthMethod, ...] = ("none", "client_secret_basic", "client_secret_post")

# What a client may register for; the grants room must offer just these (a test holds the two together).
GRANT_TYPES = ("authorization_code", "refresh_token")

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Client:
    """One registered client.

    `metadata` is what it said of itself beyond what we act on (RFC 7591 §2), given back as it came.
    A client with a `deployment_id` was made by the operator for that deployment alone.
    """

    id: str
    name: str
    redirect_uris: tuple[str, ...]
    grant_types: tuple[str, ...]
    auth_method: AuthMethod
    source: Literal["registration", "operator"]
    created_at: int
    application_type: Literal["web", "native"] | None = None
    secret_digest: Digest | None = None
    scope: str | None = None
    metadata: Mapping[str, Json] | None = None
    deployment_id: str | None = None

    @property
    def public(self) -> bool:
        """RFC 6749 §2.1: it cannot keep a secret, so it has none."""
        return self.secret_digest is None

    def redirects_to(self, requested: str) -> bool:
        return any(uris.redirect_matches(registered, requested) for registered in self.redirect_uris)


class ClientTransaction(EventTransaction, Protocol):
    """What this room needs of a transaction."""

    async def add_client(self, client: Client) -> None: ...

    async def find_client(self, client_id: str) -> Client | None: ...
