"""To whom a request is handed: the gateway, the site of a host, or whoever says that the host is none of ours."""

from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from consentry.gateway.app import Gateway
from consentry.routing import Routing


@dataclass(frozen=True, slots=True)
class Dispatch:
    """An ASGI application. `probes` are paths that a machine asks for by its own address: they are on every host."""

    place: Routing
    gateway: Gateway
    issuer: ASGIApp
    mcp_host: ASGIApp
    nowhere: ASGIApp
    probes: frozenset[str]

    def direct(self, scope: Scope) -> Gateway | None:
        """The gateway, for what it takes past ASGI: every MCP URL that no person has opened."""
        part, slug = self.place(scope)
        if part != "gateway" or _by_a_person(scope):
            return None
        scope["path_params"] = {"slug": slug}
        return self.gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        part, slug = self.place(scope)
        if slug is not None:
            scope["path_params"] = {"slug": slug}
        match part:
            case "gateway" if not _by_a_person(scope):
                await self.gateway(scope, receive, send)
            case "gateway" | "mcp_host":
                await self.mcp_host(scope, receive, send)
            case "nowhere" if scope["path"] not in self.probes:
                await self.nowhere(scope, receive, send)
            case _:
                await self.issuer(scope, receive, send)


def _by_a_person(scope: Scope) -> bool:
    """A browser that was pointed at an MCP URL: it wants HTML and brings no token."""
    if scope["method"] not in {"GET", "HEAD"}:
        return False
    headers = dict(scope["headers"])
    return b"text/html" in headers.get(b"accept", b"") and b"authorization" not in headers
