"""An installation in this process as the clients' stage: its clock moves, its clients can be lost, its web is ours."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from dev.simulators.client import Client
from dev.simulators.person import Person
from dev.simulators.play import Play
from dev.simulators.stage import ADDRESSES
from dev.simulators.wire import Step, Wire
from starlette.types import ASGIApp

from consentry.deployments import administer
from consentry.deployments.administer import Change
from consentry.grants import removal
from consentry.grants.model import Grant
from consentry.spec.retrieval import Bounds, Fetched, Unfetched
from consentry.store.sql import Transaction
from tests.web.world import EMAIL, PASSWORD, Clock, World, world

# One of each way in: where what is tried is the store, or where things are, and not the client.
SAMPLE = [
    "claude",
    "claude-code-deaf",
    "chatgpt",
    "vscode-dcr",
    "mcp-remote",
    "ts-1-slash",
    "python-1-slash",
    "fastmcp",
]


@dataclass
class Web:
    """What strangers publish, by address; whatever is not here answers 403, as it does to servers in data centers."""

    documents: dict[str, bytes] = field(default_factory=dict)

    async def fetch(self, url: str, bounds: Bounds) -> Fetched | Unfetched:
        body = self.documents.get(url)
        if body is None or len(body) > bounds.most_bytes:
            return Unfetched(f"{url} answers 403.", "status", 403)
        return Fetched(url, "application/json", body, {})


@dataclass
class Staged:
    """A Stage. `app` is what the clients talk to: the application, or something that stands before it."""

    here: World
    web: Web
    ways: list[httpx2.AsyncClient]
    streams: bool = False  # the way in this process hands over an answer when it is whole

    def way(self, address: int = 0) -> httpx2.AsyncClient:
        return self.ways[address]

    async def publish(self, client_id: str, members: Mapping[str, Any]) -> str:
        self.web.documents[client_id] = json.dumps({"client_id": client_id, **members}).encode()
        return client_id

    async def let_pass(self, seconds: int) -> bool:
        self.here.clock.now += seconds
        return True

    async def forget(self, client_id: str) -> bool:
        async def work(tx: Transaction) -> None:
            client = await tx.find_client(client_id)
            assert client is not None
            await removal.remove_client(tx, client, "deleted by the operator", self.here.clock())

        await self.here.installation.store.write(work)
        return True

    async def play(self, client: Client, url: str | None = None) -> list[Step]:
        """All acts; what the client did."""
        steps: list[Step] = []
        wire = Wire(client, self, steps.append)
        person, owner = (Person(self.way(), EMAIL, PASSWORD) for _ in range(2))
        account_url = self.here.installation.addresses.endpoint("account")
        await Play(wire, url or self.here.resource, person, owner, account_url).run()
        return steps

    async def grants(self) -> list[Grant]:
        return await self.here.installation.store.read(lambda tx: tx.list_grants())


@asynccontextmanager
async def staged(
    folder: Path, upstream_url: str, /, *, alone: bool = False, before: Any = None, **settings: Any
) -> AsyncIterator[Staged]:
    """`alone`: reminders is the only deployment. `before` puts something before the application."""
    web = Web()
    async with world(folder, web.fetch, **settings) as here, AsyncExitStack() as stack:
        await here.installation.store.write(lambda tx: _furnish(tx, upstream_url, here.clock, alone=alone))
        app: ASGIApp = before(here.app) if before else here.app
        transports = [httpx2.ASGITransport(app, client=(f"192.0.2.{number + 10}", 4711)) for number in range(ADDRESSES)]
        ways = [await stack.enter_async_context(httpx2.AsyncClient(transport=one)) for one in transports]
        yield Staged(here, web, ways)


async def _furnish(tx: Transaction, upstream_url: str, clock: Clock, *, alone: bool) -> None:
    found = await tx.find_deployment_by_slug("reminders")
    other = await tx.find_deployment_by_slug("textkit")
    assert found is not None
    assert other is not None
    await administer.change(tx, found, Change(upstream_url=upstream_url), clock())
    if alone:
        await tx.remove_deployment(other.id)
