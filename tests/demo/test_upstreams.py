"""Starting and ending the demo servers: one ready line, a clean end, no orphans."""

import json
import os
import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import httpx2
import psutil
import pytest

from consentry.demo.upstreams import NotStartedError, start
from tests.forked import BOUND_SECONDS

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PARENT = """
import asyncio
from consentry.demo.upstreams import start

async def main():
    async with start("consentry.demo.textkit") as upstream:
        print(upstream.process.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


async def test_a_started_server_ends_cleanly_with_the_block() -> None:
    async with start("consentry.demo.textkit") as upstream:
        assert upstream.process.returncode is None
    assert upstream.process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_one_line_and_ends_cleanly_when_told_to(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "consentry.demo.textkit", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        process.send_signal(number)
        rest, errors = process.communicate(timeout=BOUND_SECONDS)
    assert first.keys() == {"ready", "url"}
    assert (first["ready"], urlsplit(first["url"]).path) == (True, "/mcp")
    assert (process.returncode, rest, errors) == (0, "", "")


async def test_it_ends_although_a_client_holds_a_stream_open() -> None:
    headers = {"accept": "application/json, text/event-stream"}
    async with (
        start("consentry.demo.reminders") as upstream,
        httpx2.AsyncClient(headers=headers, timeout=BOUND_SECONDS) as http,
    ):
        opened = await http.post(upstream.url, json=INITIALIZE)
        session = {"mcp-session-id": opened.headers["mcp-session-id"]}
        async with http.stream("GET", upstream.url, headers=session) as stream:
            assert stream.status_code == 200
            upstream.process.send_signal(signal.SIGTERM)
            assert await upstream.process.wait() == 0


def test_a_killed_parent_leaves_no_orphan() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        assert child.is_running()
        os.kill(parent.pid, signal.SIGKILL)
        child.wait(timeout=BOUND_SECONDS)


async def test_a_port_that_is_taken_is_told_in_the_servers_own_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(NotStartedError) as refused:
            async with start("consentry.demo.textkit", "--port", str(port)):
                pass
    assert "ended with exit code 1 before it was ready" in str(refused.value)
    assert f"Cannot listen on 127.0.0.1 port {port}" in str(refused.value)


async def test_a_server_that_never_gets_ready_is_given_up_and_ended() -> None:
    with pytest.raises(NotStartedError, match=r"textkit was not ready within 0\.01 seconds"):
        async with start("consentry.demo.textkit", ready_within_seconds=0.01):
            pass
