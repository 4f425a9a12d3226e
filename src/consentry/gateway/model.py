"""What the gateway knows and what it needs of others."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol

from consentry.formats import Bearer
from consentry.gateway.bearer import Credential
from consentry.spec.jsonrpc import INVALID_REQUEST

Header = tuple[bytes, bytes]
Headers = tuple[Header, ...]
Clock = Callable[[], int]

Message = MutableMapping[str, Any]  # the ASGI specification's own shapes
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Target:
    """A deployment as the gateway sees it. `scope` is what an authorization needs to call it."""

    deployment_id: str
    slug: str
    upstream_url: str
    resource: str
    resource_metadata: str
    scope: frozenset[str] = frozenset({"mcp"})


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A deployment whose MCP server is not behind this gateway: `resource` is its own URL.

    `target` is it as the proxy in front of it asks about it.
    """

    resource: str
    target: Target


@dataclass(frozen=True, slots=True)
class Access:
    """What the bearer may do: the access token joined with its grant. `scope` is what both allow."""

    deployment_id: str
    grant_id: str
    account_id: str
    client_id: str
    scope: frozenset[str]
    expires_at: int
    ended: bool


class Finder(Protocol):
    """Where deployments and tokens are looked up: one look-up each per request."""

    async def find_target(self, slug: str) -> Target | Elsewhere | None: ...

    async def find_access(self, bearer: Bearer) -> Access | None:
        """Whatever its format, what a token is worth stands in the row of its grant."""
        ...

    async def note_use(self, access: Access, now: int) -> None:
        """Remember that the grant was used. On the hot path: at most one write a minute per grant."""


@dataclass(frozen=True, slots=True)
class Request:
    """What `decide` needs to know of a request; header names are lower case."""

    method: str
    slug: str | None
    query: bytes
    headers: Headers
    credential: Credential

    def values(self, name: bytes) -> list[str]:
        """Every value of that header, in order."""
        return [value.decode("latin-1") for key, value in self.headers if key == name]


@dataclass(frozen=True, slots=True)
class Forward:
    """The request may pass."""

    target: Target
    access: Access


@dataclass(frozen=True, slots=True)
class Stop:
    """The gateway's own answer: `message` is what the client reads, `reason` what the log alone knows."""

    status: int
    message: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    code: int = INVALID_REQUEST
    reason: str = ""
