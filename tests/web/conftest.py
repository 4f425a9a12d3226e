"""The installations that the tests here talk to, on every store."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stores import BOTH, REDIS, settings
from tests.web.mailbox import Mailbox
from tests.web.world import ISSUER, World, world


@pytest.fixture(params=[*BOTH, REDIS[0]])
async def here(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    """At the root of its host, on https."""
    async with world(tmp_path, **await settings(request, tmp_path)) as built:
        yield built


@pytest.fixture
def mailbox() -> Mailbox:
    """Where letters come to, for worlds that send any."""
    return Mailbox()


@pytest.fixture
async def apart(tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    """With MCP URLs on a host of their own."""
    async with world(tmp_path, mcp_url="https://mcp.example/{slug}") as built:
        yield built


@pytest.fixture
async def each(tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    """With a host for each deployment, and a path in the issuer."""
    async with world(tmp_path, public_url=f"{ISSUER}/auth", mcp_url="https://{slug}.mcp.example/mcp") as built:
        yield built


@pytest.fixture
async def below(tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    """With paths in the issuer and in the MCP URLs."""
    issuer = "https://h.example/functions/v1/oauth"
    async with world(tmp_path, public_url=issuer, mcp_url="https://h.example/functions/v1/router/{slug}") as built:
        yield built
