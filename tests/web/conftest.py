"""The installation that every test here talks to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.world import World, world


@pytest.fixture
async def here(tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    """At the root of its host, on https."""
    async with world(tmp_path) as built:
        yield built


@pytest.fixture
async def below(tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    """With paths in the issuer and in the MCP URLs."""
    issuer = "https://h.example/functions/v1/oauth"
    async with world(tmp_path, public_url=issuer, mcp_url="https://h.example/functions/v1/router/{slug}") as built:
        yield built
