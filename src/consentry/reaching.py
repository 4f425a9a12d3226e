"""Reaching an upstream: with its own headers, and only at an address that it may have (ADR 25).

MCP Security Best Practices, "Server-Side Request Forgery": what somebody else than the operator named must lead to no
address of special use. It is looked at when it is named, and again at each new connection, which goes to the very
address that was looked at: a name may lead elsewhere by then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx2

from consentry import probe
from consentry.deployments import upstream_headers
from consentry.deployments.model import Deployment
from consentry.fetch import Resolve, Resolver
from consentry.gateway.model import Headers, Stop
from consentry.sealing import Sealer
from consentry.spec import uris
from consentry.spec.jsonrpc import INTERNAL_ERROR
from consentry.spec.special_use import is_special_use

_NOT_PUBLIC = "has an address that is not public"
_SETTING = "the operator may name such servers by command line, or open them to all by allow_private_upstreams"
UNOPENED = (
    "The headers that the gateway keeps for the MCP server behind this deployment cannot be opened: its owner must set "
    "them anew, or the operator give back the secret_key that sealed them."
)


@dataclass(frozen=True, slots=True)
class Reaching:
    """One for each process. `allow_private`: nobody's upstreams are guarded."""

    sealer: Sealer
    allow_private: bool = False
    resolve: Resolve = field(default_factory=Resolver)

    def guards(self, deployment: Deployment) -> bool:
        """Whether its upstream has to be at a public address."""
        return deployment.guarded and not self.allow_private

    def headers(self, deployment: Deployment) -> Headers | None:
        """What goes with each request; None where it cannot be opened, and then none must go."""
        fields = upstream_headers.unseal(deployment.sealed_headers, deployment.upstream_url or "", self.sealer)
        return None if fields is None else tuple((name.encode(), value.encode()) for name, value in fields)

    async def fault(self, upstream_url: str) -> str | None:
        """Why somebody who is not the operator may not name this upstream, in words. One that leads nowhere yet may be
        named: it is looked at again when it is called."""
        parts = uris.split(upstream_url)
        if self.allow_private or parts is None or not parts.hostname:
            return None
        try:
            found = await self.resolve(parts.hostname, parts.port or uris.DEFAULT_PORTS.get(parts.scheme, 443))
        except (OSError, UnicodeError):
            return None
        if any(is_special_use(address) for address in found):
            return f"{parts.hostname} {_NOT_PUBLIC}: {_SETTING}."
        return None

    async def addresses(self, host: str, port: int) -> Sequence[str] | Stop:
        """Where a guarded upstream may be called. One bad address beside good ones is an attack, or will be."""
        found = await self.resolve(host, port)
        if any(is_special_use(address) for address in found):
            sentence = f"The MCP server behind this deployment {_NOT_PUBLIC}, so it is not called: {_SETTING}."
            return Stop(502, sentence, code=INTERNAL_ERROR, reason=f"{host} leads to {', '.join(found)}")
        return found

    async def look(self, deployment: Deployment, seconds: float) -> probe.Found | probe.Unreachable:
        """What an MCP client would find at the deployment's upstream."""
        headers = self.headers(deployment)
        if headers is None:
            return probe.Unreachable(UNOPENED)
        return await self.visit(deployment.upstream_url or "", headers, self.guards(deployment), seconds)

    async def visit(
        self, upstream_url: str, headers: Headers, guarded: bool, seconds: float
    ) -> probe.Found | probe.Unreachable:
        """The same, of what is known of the upstream already."""
        named = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
        return await probe.check(upstream_url, named, seconds=seconds, transport=_Pinned(self) if guarded else None)


class _Pinned(httpx2.AsyncHTTPTransport):
    """Connects to the address that was looked at, in the name that was asked for."""

    def __init__(self, reaching: Reaching) -> None:
        super().__init__(verify=probe.trust(), trust_env=False)
        self._reaching = reaching

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        try:
            found = await self._reaching.addresses(url.host, url.port or uris.DEFAULT_PORTS.get(url.scheme, 443))
        except (OSError, UnicodeError) as error:
            raise httpx2.ConnectError(f"{url.host} cannot be resolved") from error
        if isinstance(found, Stop):
            raise probe.RefusedError(found.message)
        request.extensions = request.extensions | {"sni_hostname": url.host}
        request.url = url.copy_with(host=found[0])  # Host was written already, and stays the name's
        return await super().handle_async_request(request)
