"""The official SDK on both sides of the gateway, in the session-keeping and in the stateless era."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.mcpserver import MCPServer

from tests.gateway.conftest import Deployed, World
from tests.gateway.serving import BOUND_SECONDS, serving

pytestmark = pytest.mark.anyio

ACCEPT = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


@pytest.fixture(scope="module")
async def adder(world: World) -> AsyncIterator[Deployed]:
    server = MCPServer("adder")

    @server.tool()
    def add(a: int, b: int) -> int:
        """Adds two numbers."""
        return a + b

    async with serving(server.streamable_http_app(), lifespan="on") as url:
        yield world.deploy(f"{url}/mcp")


@pytest.mark.proves("G9")
@pytest.mark.parametrize(("mode", "revision"), [("legacy", "2025-11-25"), ("auto", "2026-07-28")])
async def test_an_official_client_calls_a_tool_in_either_era(adder: Deployed, mode: str, revision: str) -> None:
    async with httpx2.AsyncClient(headers=adder.bearer, trust_env=False, timeout=BOUND_SECONDS) as http:
        transport = streamable_http_client(adder.url, http_client=http)
        async with Client(transport, mode=mode) as client:
            assert client.protocol_version == revision
            assert [tool.name for tool in (await client.list_tools()).tools] == ["add"]
            assert (await client.call_tool("add", {"a": 2, "b": 3})).structured_content == {"result": 5}


@pytest.mark.proves("G9")
async def test_a_session_lives_from_initialize_to_delete_through_the_gateway(world: World, adder: Deployed) -> None:
    said = adder.bearer | ACCEPT
    client_info = {"name": "by hand", "version": "1"}
    params = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client_info}
    first = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
    begun = await world.client.post(adder.url, json=first, headers=said)
    assert begun.status_code == 200
    assert begun.headers["content-type"].startswith("text/event-stream")
    said |= {"Mcp-Session-Id": begun.headers["mcp-session-id"]}

    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert (await world.client.post(adder.url, json=ready, headers=said)).status_code == 202

    async with world.client.stream("GET", adder.url, headers=said) as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")

    listing = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    wrong = await world.client.post(adder.url, json=listing, headers=said | {"MCP-Protocol-Version": "1999-01-01"})
    assert wrong.status_code == 400
    # No MCP-Protocol-Version at all is 2025-03-26's way, and works.
    assert (await world.client.post(adder.url, json=listing, headers=said)).status_code == 200

    unauthorized = {name: value for name, value in said.items() if name != "Authorization"}
    assert (await world.client.post(adder.url, json=listing, headers=unauthorized)).status_code == 401

    assert (await world.client.delete(adder.url, headers=said)).status_code in (200, 204)
    assert (await world.client.post(adder.url, json=listing, headers=said)).status_code == 404
