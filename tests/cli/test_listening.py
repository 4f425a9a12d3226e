"""Listening: an end that does not wait for endless streams."""

import socket

import anyio
import httpx2
import pytest
from starlette.types import Receive, Scope, Send

from consentry.cli import listening

pytestmark = pytest.mark.anyio


async def endless(scope: Scope, receive: Receive, send: Send) -> None:
    """An application whose answers never end."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"begun", "more_body": True})
    await anyio.sleep_forever()


async def test_a_stream_that_never_ends_is_cut_after_its_grace() -> None:
    up = anyio.Event()
    cut = False
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        server = listening.Server(listening.configure(endless, graceful_seconds=1), up.set)
        with anyio.fail_after(60):
            async with anyio.create_task_group() as tasks, httpx2.AsyncClient(timeout=60) as http:
                tasks.start_soon(server.serve, [listener])
                await up.wait()
                async with http.stream("GET", url) as response:
                    chunks = response.aiter_raw()
                    assert await anext(chunks) == b"begun"
                    server.should_exit = True
                    try:
                        await anext(chunks)
                    except httpx2.RemoteProtocolError:
                        cut = True
    assert cut


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104
        ("::", False),
        ("192.0.2.1", False),
        ("localhost.example", False),
    ],
)
def test_only_what_no_other_machine_reaches_is_loopback(host: str, loopback: bool) -> None:
    assert listening.is_loopback(host) is loopback


def test_an_ipv6_address_stands_in_brackets() -> None:
    assert listening.url_of("::1", 8000) == "http://[::1]:8000"
    assert listening.url_of("127.0.0.1", 8000) == "http://127.0.0.1:8000"
