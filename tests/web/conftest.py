"""The installations that the tests here talk to, on every store."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stores import BOTH, database_url
from tests.web.world import World, world


@pytest.fixture(params=BOTH)
async def here(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    """At the root of its host, on https."""
    async with world(tmp_path, database_url=await database_url(request, tmp_path)) as built:
        yield built


@pytest.fixture
async def below(tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    """With paths in the issuer and in the MCP URLs."""
    issuer = "https://h.example/functions/v1/oauth"
    async with world(tmp_path, public_url=issuer, mcp_url="https://h.example/functions/v1/router/{slug}") as built:
        yield built
