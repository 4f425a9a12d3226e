"""The bridge: a stdio server reached over HTTP, one child per session, which ends with it."""

import json
import os
import sys
from collections.abc import AsyncIterator
from typing import Any

import anyio
import httpx2
import psutil
import pytest
from mcp import Client
from mcp.client.context import ClientRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import ElicitRequestParams, ElicitResult, TextContent

from consentry import probe
from consentry.demo.upstreams import NotStartedError, Upstream, start
from tests.demo.conftest import STDIO_SERVER
from tests.forked import BOUND_SECONDS

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

ACCEPT = {"accept": "application/json, text/event-stream"}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {"elicitation": {}},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


@pytest.fixture
async def raw(bridge: Upstream) -> AsyncIterator[httpx2.AsyncClient]:
    """A session of bare HTTP that opens no stream of its own: what arrives, arrives on a response."""
    async with httpx2.AsyncClient(
        base_url=bridge.url.removesuffix("/mcp"), headers=ACCEPT, timeout=BOUND_SECONDS
    ) as http:
        opened = await http.post("/mcp", json=INITIALIZE)
        http.headers["mcp-session-id"] = opened.headers["mcp-session-id"]
        await http.post("/mcp", json={"jsonrpc": "2.0", "method": "notifications/initialized"})
        yield http
        await http.delete("/mcp")


async def test_a_client_of_either_era_reaches_the_tools(bridge: Upstream) -> None:
    for mode in ("legacy", "auto"):
        async with Client(bridge.url, mode=mode) as client:
            assert client.protocol_version == "2025-11-25"
            assert client.server_info is not None
            assert client.server_info.name == "stdio"
            assert await said(client, "echo", {"text": "Grüße"}) == "Grüße"


async def test_a_client_of_the_stateless_era_alone_is_told_what_is_spoken(bridge: Upstream) -> None:
    async with Client(bridge.url, mode="2026-07-28") as client:
        with pytest.raises(MCPError, match="use initialize") as refused:
            await client.list_tools()
    assert refused.value.error.data["supported"][-1] == "2025-11-25"


async def test_progress_and_questions_arrive_while_the_call_is_still_running(bridge: Upstream) -> None:
    heard: list[str] = []

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        heard.append(f"progress {progress:g}")

    async def on_question(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        heard.append("question")
        return ElicitResult(action="accept", content={"word": "on"})

    async with Client(
        bridge.url, mode="legacy", read_timeout_seconds=BOUND_SECONDS, elicitation_callback=on_question
    ) as client:
        result = await client.call_tool("steps", {"count": 2}, progress_callback=on_progress)
        assert result.structured_content == {"result": 2}
        assert sorted(heard) == ["progress 1", "progress 2", "question", "question"]
        assert await said(client, "ask") == "on"


async def test_each_session_has_a_child_of_its_own_which_ends_with_it(bridge: Upstream) -> None:
    async with Client(bridge.url, mode="legacy", read_timeout_seconds=BOUND_SECONDS) as one:
        async with Client(bridge.url, mode="legacy", read_timeout_seconds=BOUND_SECONDS) as other:
            children = [psutil.Process(int(await said(client, "pid"))) for client in (one, other)]
            assert children[0].pid != children[1].pid
        await ended(children[1])
        assert children[0].is_running()
        assert await said(one, "echo", {"text": "still here"}) == "still here"
    await ended(children[0])


async def test_the_end_of_the_bridge_is_the_end_of_every_child() -> None:
    async with (
        start("consentry.demo.bridge", "--", *STDIO_SERVER) as upstream,
        Client(upstream.url, mode="legacy", read_timeout_seconds=BOUND_SECONDS) as client,
    ):
        child = psutil.Process(int(await said(client, "pid")))
        upstream.process.terminate()
        assert await upstream.process.wait() == 0
        await ended(child)


async def test_a_child_that_dies_is_an_error_and_not_a_silence(bridge: Upstream) -> None:
    async with Client(bridge.url, mode="legacy", read_timeout_seconds=BOUND_SECONDS) as client:
        with pytest.raises(MCPError, match=r"ended \(exit code 3\) before it answered"):
            await client.call_tool("die")
    async with Client(bridge.url, mode="legacy", read_timeout_seconds=BOUND_SECONDS) as client:
        assert await said(client, "echo", {"text": "again"}) == "again"


async def test_a_child_that_never_speaks_is_an_error_and_not_a_silence() -> None:
    async with start("consentry.demo.bridge", "--", sys.executable, "-c", "raise SystemExit(3)") as upstream:
        with pytest.raises(BaseExceptionGroup) as failed:
            async with Client(upstream.url, mode="legacy", read_timeout_seconds=BOUND_SECONDS):
                pass
    found, _ = failed.value.split(MCPError)
    assert f"The command {sys.executable} ended (exit code 3) before it spoke MCP" in repr(found)


async def test_a_child_that_was_killed_or_falls_silent_is_told_so() -> None:
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    silent = "import os, time; os.close(1); time.sleep(60)"
    for code, words in ((killed, "was ended by SIGKILL"), (silent, "closed its output")):
        async with start("consentry.demo.bridge", "--", sys.executable, "-c", code) as upstream:
            outcome = await probe.check(upstream.url, seconds=BOUND_SECONDS)
        assert isinstance(outcome, probe.Unreachable)
        assert f"{words} before it spoke MCP" in outcome.said


async def test_all_that_belongs_to_a_call_comes_on_its_own_response(raw: httpx2.AsyncClient) -> None:
    call = tool_call("steps", {"count": 1}) | {"_meta": {"progressToken": "t"}}
    heard: list[dict[str, Any]] = []
    with anyio.fail_after(BOUND_SECONDS):
        async for message in messages(raw, call):
            heard.append(message)
            if message.get("method") == "elicitation/create":
                answer = {"action": "accept", "content": {"word": "on"}}
                await raw.post("/mcp", json={"jsonrpc": "2.0", "id": message["id"], "result": answer})
    assert [message.get("method") for message in heard] == [
        "notifications/progress",
        "elicitation/create",
        None,
    ]
    assert heard[-1]["result"]["structuredContent"] == {"result": 1}


async def test_a_cancelled_call_ends_its_response(raw: httpx2.AsyncClient) -> None:
    cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 2}}
    heard: list[dict[str, Any]] = []
    with anyio.fail_after(BOUND_SECONDS):
        async for message in messages(raw, tool_call("ask", {})):
            heard.append(message)
            if message.get("method") == "elicitation/create":
                assert (await raw.post("/mcp", json=cancel)).status_code == 202
    assert heard[-1]["id"] == 2
    assert heard[-1]["error"] == {"code": -32800, "message": "Request cancelled"}


async def test_what_a_command_prints_besides_messages_is_left_out_and_told(
    capfd: pytest.CaptureFixture[str],
) -> None:
    server = f"import runpy; runpy.run_path({STDIO_SERVER[1]!r}, run_name='__main__')"
    chatty = f"print('Welcome!', flush=True); {server}"
    async with (
        start("consentry.demo.bridge", "--", sys.executable, "-c", chatty) as upstream,
        Client(upstream.url, mode="legacy", read_timeout_seconds=BOUND_SECONDS) as client,
    ):
        assert await said(client, "echo", {"text": "hello"}) == "hello"
    assert "wrote a line to stdout that is no MCP message" in capfd.readouterr().err


async def test_a_command_that_does_not_exist_is_told_before_anything_listens() -> None:
    with pytest.raises(NotStartedError, match="The command no-such-server cannot be started"):
        async with start("consentry.demo.bridge", "--", "no-such-server"):
            pass


async def test_a_bridge_without_a_command_says_how_to_name_one() -> None:
    with pytest.raises(NotStartedError, match="name the command to start after --"):
        async with start("consentry.demo.bridge"):
            pass


async def test_only_initialize_starts_a_child(bridge: Upstream) -> None:
    before = psutil.Process(bridge.process.pid).children()
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    async with httpx2.AsyncClient(headers=ACCEPT, timeout=BOUND_SECONDS) as http:
        refused = await http.post(bridge.url, json=ping)
        looked = await http.get(bridge.url)
        unknown = await http.post(bridge.url, json=ping, headers={"mcp-session-id": "unheard-of"})
    assert (refused.status_code, looked.status_code, unknown.status_code) == (400, 400, 404)
    assert "begin with initialize" in refused.text
    assert psutil.Process(bridge.process.pid).children() == before


async def test_the_child_has_the_operators_environment_without_our_own_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(os.environ, "CONSENTRY_SECRET_KEY", "ours")
    monkeypatch.setitem(os.environ, "WEATHER_API_KEY", "theirs")
    async with (
        start("consentry.demo.bridge", "--", *STDIO_SERVER) as upstream,
        Client(upstream.url, mode="legacy", read_timeout_seconds=BOUND_SECONDS) as client,
    ):
        result = await client.call_tool("environment")
    assert result.structured_content is not None
    names = result.structured_content["result"]
    assert "WEATHER_API_KEY" in names
    assert "CONSENTRY_SECRET_KEY" not in names


async def said(client: Client, tool: str, arguments: dict[str, object] | None = None) -> str:
    (content,) = (await client.call_tool(tool, arguments)).content
    assert isinstance(content, TextContent)
    return content.text


async def ended(process: psutil.Process) -> None:
    await anyio.to_thread.run_sync(process.wait, BOUND_SECONDS)


def tool_call(name: str, arguments: dict[str, object]) -> dict[str, Any]:
    return {"name": name, "arguments": arguments}


async def messages(http: httpx2.AsyncClient, params: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """The messages on the response to one tools/call, to its end."""
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params}
    async with http.stream("POST", "/mcp", json=call) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))
