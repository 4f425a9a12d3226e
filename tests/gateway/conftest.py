"""A gateway on a real socket, an upstream that echoes, and deployments made on the spot."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count

import httpx2
import pytest

from consentry.gateway.app import Gateway
from consentry.gateway.model import Message, Receive, Send
from consentry.gateway.upstream import Upstreams
from tests.gateway.remembered import NOW, Remembered, access, new_token, target
from tests.gateway.serving import BOUND_SECONDS, serving
from tests.gateway.upstreams import echo

BODY_LIMIT = 1_000_000


@dataclass(frozen=True)
class Deployed:
    """One deployment behind the gateway, and a token that opens it."""

    slug: str
    url: str
    token: str

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class World:
    """The gateway as its clients and its owner see it."""

    base: str
    echo: str
    find: Remembered
    client: httpx2.AsyncClient
    _slugs: "count[int]" = field(default_factory=lambda: count(1))

    def deploy(self, upstream_url: str | None = None) -> Deployed:
        """A deployment of its own for a test, in front of the echo where no upstream is named."""
        slug = f"server-{next(self._slugs)}"
        self.find.targets[slug] = target(slug, upstream_url or f"{self.echo}/mcp")
        token = new_token()
        self.find.accesses[token.digest()] = access(slug)
        return Deployed(slug, f"{self.base}/mcp/{slug}", token.reveal())


@pytest.fixture(scope="module", params=["past ASGI", "ASGI"])
async def world(request: pytest.FixtureRequest, anyio_backend: str) -> AsyncIterator[World]:
    """Past ASGI, as it is served; and over ASGI, as what runs in process meets it."""
    find = Remembered()
    request_ids = count(1)
    async with Upstreams() as upstreams, httpx2.AsyncClient(trust_env=False, timeout=BOUND_SECONDS) as client:
        gateway = Gateway(
            find=find,
            upstreams=upstreams,
            clock=lambda: NOW,
            new_request_id=lambda: f"req_{next(request_ids)}",
            body_limit=BODY_LIMIT,
        )

        async def over_asgi(scope: Message, receive: Receive, send: Send) -> None:
            await gateway(scope, receive, send)

        app = gateway if request.param == "past ASGI" else over_asgi
        async with serving(echo) as echo_url, serving(app) as base:
            yield World(base, echo_url, find, client)
