"""The gateway: which calls it takes, past ASGI where the server can hand them over (ADR 22)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from consentry.gateway import asgi
from consentry.gateway.bearer import parse_bearer
from consentry.gateway.call import Call
from consentry.gateway.memory import Memory
from consentry.gateway.model import Client, Headers, Message, Receive, Request, Send
from consentry.gateway.route import find_slug
from consentry.gateway.said import Heads
from consentry.gateway.surroundings import Surroundings

LONGEST_CREDENTIAL_BYTES = 4096

SlugOf = Callable[[Message], str | None]


def by_path(scope: Message) -> str | None:
    """The slug in a path of the usual shape."""
    return find_slug(scope["path"], "/mcp/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway(Surroundings):
    """Serves MCP URLs for every method."""

    slug_of: SlugOf = by_path
    heads: Heads = field(init=False, repr=False)

    def __post_init__(self) -> None:
        Surroundings.__post_init__(self)
        object.__setattr__(self, "heads", Heads(self.direct))

    def direct(self, scope: Message) -> Self:
        """Every request is for the gateway where there is nothing else."""
        return self

    def read(self, scope: Message) -> Request:
        """The request of that ASGI scope."""
        return _read(scope, self.slug_of(scope))

    def open(self, request: Request, client: Client, body: bytes | None = None) -> Call:
        """A call; it waits for `begin`. `client` is told of the answer. `body` is the whole one, where it is there."""
        return Call(self, client, request, self.new_request_id(), body)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        await asgi.serve(lambda client: self.open(self.read(scope), client), receive, send)


def _read(scope: Message, slug: str | None) -> Request:
    headers: Headers = tuple(scope["headers"])
    query: bytes = scope["query_string"]
    authorization = [value for name, value in headers if name == b"authorization"]
    if len(authorization) == 1 and not query:
        credential = _CREDENTIALS[authorization[0]]
    else:
        credential = parse_bearer([value.decode("latin-1") for value in authorization], query)
    return Request(scope["method"], slug, query, headers, credential)


# A token is taken apart once, not at every call: its checksum alone costs more than its digest and look-up.
_CREDENTIALS = Memory(lambda value: parse_bearer([value.decode("latin-1")], b""), LONGEST_CREDENTIAL_BYTES)
