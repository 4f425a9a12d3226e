"""Clients that do not say which MCP server they mean, and clients where issuer and MCP URLs are not at one root."""

from pathlib import Path
from typing import Any

import pytest
from dev.simulators.client import Client
from dev.simulators.rows import CLIENTS
from dev.simulators.wire import GotStuckError

from tests.simulators.staging import SAMPLE, staged
from tests.stores import BOTH, database_url
from tests.web.world import ISSUER

pytestmark = pytest.mark.anyio

ALONE = [pytest.param(client, id=client.name) for client in CLIENTS.values() if client.only_one]
LAYOUTS: dict[str, dict[str, Any]] = {
    "below": {
        "public_url": "https://h.example/functions/v1/oauth",
        "mcp_url": "https://h.example/functions/v1/router/{slug}",
    },
    "apart": {"public_url": f"{ISSUER}/auth", "mcp_url": "https://mcp.example/mcp/{slug}"},
    "each": {"public_url": f"{ISSUER}/auth", "mcp_url": "https://{slug}.mcp.example/mcp"},
    "bare": {"public_url": ISSUER, "mcp_url": "https://{slug}.mcp.example"},
}


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("client", ALONE)
async def test_it_gets_through_where_there_is_but_one(
    request: pytest.FixtureRequest, tmp_path: Path, upstream_url: str, client: Client, kind: str
) -> None:
    request.param = kind
    url = await database_url(request, tmp_path)
    async with staged(tmp_path, upstream_url, alone=True, database_url=url) as stage:
        steps = await stage.play(client)
        assert steps[-1].act == "is disconnected"


@pytest.mark.parametrize("name", ["claude-root", "claude-code-origin"])
async def test_one_that_at_least_keeps_to_the_host_gets_through_where_each_server_has_its_own(
    tmp_path: Path, upstream_url: str, name: str
) -> None:
    async with staged(tmp_path, upstream_url, **LAYOUTS["each"]) as stage:
        steps = await stage.play(CLIENTS[name])
        assert steps[-1].act == "is disconnected"


@pytest.mark.parametrize("client", ALONE)
async def test_among_several_on_one_host_it_is_told_so_and_given_none(
    tmp_path: Path, upstream_url: str, client: Client
) -> None:
    async with staged(tmp_path, upstream_url) as stage:
        with pytest.raises(GotStuckError, match="its MCP URL as"):
            await stage.play(client)
        assert await stage.grants() == []


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", SAMPLE)
async def test_it_gets_through_wherever_things_are(tmp_path: Path, upstream_url: str, layout: str, name: str) -> None:
    async with staged(tmp_path, upstream_url, **LAYOUTS[layout]) as stage:
        steps = await stage.play(CLIENTS[name])
        assert steps[-1].act == "is disconnected"
