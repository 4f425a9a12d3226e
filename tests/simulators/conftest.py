"""The MCP server behind the gateway, started once."""

from collections.abc import AsyncIterator

import pytest

from consentry.demo.upstreams import start


@pytest.fixture(scope="session")
async def upstream_url(anyio_backend: str) -> AsyncIterator[str]:
    async with start("consentry.demo.reminders") as upstream:
        yield upstream.url
