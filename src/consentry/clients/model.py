"""A client: RFC 6749 §2, RFC 7591 §2."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from consentry.audit import EventTransaction
from consentry.spec import uris
from consentry.spec.jose import Jwks
from consentry.tokens import Digest

AuthMethod = Literal["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]
AUTH_METHODS: tuple[AuthMethod, ...] = ("none", "client_secret_basic", "client_secret_post", "private_key_jwt")

Refresh = Literal["rotate", "reuse"]
Source = Literal["registration", "operator", "document", "deployment"]

# What a client may register for; the grants room must offer just these (a test holds the two together).
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
GRANT_TYPES = ("authorization_code", "refresh_token", DEVICE_CODE)
# What one that names none gets: the device flow is for those that ask for it, since it has no redirect to vouch for it.
DEFAULT_GRANT_TYPES = ("authorization_code", "refresh_token")

# What an operator may let a client do besides.
OPERATOR_GRANT_TYPES = (*GRANT_TYPES, "client_credentials")

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Client:
    """One registered client.

    It proves who it is by a secret, of which the one before may live on for a while, or by its own keys: given once
    (`jwks`) or found where it says (`jwks_uri`). `refresh` is how its grants are refreshed, where the operator says so.
    `metadata` is what it said of itself beyond what we act on (RFC 7591 §2), given back as it came.
    A client with a `deployment_id` was made by the operator for that deployment alone; one whose source is the
    deployment is the deployment's own server, which may ask about its tokens and nothing else.
    `registrations` is how often it registered itself in the same words (ADR 14); one that is `pending` waits for the
    operator's approval.
    """

    id: str
    name: str
    redirect_uris: tuple[str, ...]
    grant_types: tuple[str, ...]
    auth_method: AuthMethod
    source: Source
    created_at: int
    application_type: Literal["web", "native"] | None = None
    secret_digest: Digest | None = None
    scope: str | None = None
    metadata: Mapping[str, Json] | None = None
    deployment_id: str | None = None
    previous_secret_digest: Digest | None = None
    previous_secret_until: int | None = None
    jwks: Jwks | None = None
    jwks_uri: str | None = None
    registrations: int = 1
    pending: bool = False
    refresh: Refresh | None = None

    @property
    def shared(self) -> bool:
        """More than one stranger goes by this client_id."""
        return self.registrations > 1

    @property
    def public(self) -> bool:
        """RFC 6749 §2.1: it cannot keep a secret, so it has none."""
        return self.auth_method == "none"

    @property
    def resource_server(self) -> bool:
        """RFC 7662 §2.1: a protected resource with credentials of its own."""
        return self.source == "deployment"

    def secret_digests(self, now: int) -> tuple[Digest, ...]:
        """Of the secrets that it may show at this moment."""
        previous, until = self.previous_secret_digest, self.previous_secret_until
        still = previous is not None and until is not None and now < until
        return tuple(digest for digest in (self.secret_digest, previous if still else None) if digest is not None)

    def redirects_to(self, requested: str) -> bool:
        return any(uris.redirect_matches(registered, requested) for registered in self.redirect_uris)


class ClientTransaction(EventTransaction, Protocol):
    """What this room needs of a transaction."""

    async def add_client(self, client: Client) -> None: ...

    async def set_client_refresh(self, client_id: str, refresh: Refresh) -> bool: ...

    async def find_client(self, client_id: str) -> Client | None: ...

    async def spend_assertion(self, digest: Digest, expires_at: int) -> bool:
        """Whether it is the first of its kind: one conditional statement."""
        ...

    async def note_replayed_assertion(self, digest: Digest) -> bool:
        """Whether it is the first time that it came again."""
        ...
