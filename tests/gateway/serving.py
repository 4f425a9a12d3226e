"""Real servers on 127.0.0.1: uvicorn for ASGI applications, a bare socket for what no server would say."""

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Literal

import anyio
import uvicorn

from consentry.cli.bounded import STUCK_SECONDS
from consentry.cli.connection import Connection
from tests.ports import reserved

BOUND_SECONDS = 60.0  # how long a test waits for what must happen


class _Announced(uvicorn.Server):
    """uvicorn that says when it listens and stops when told, instead of looking ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = anyio.Event()
        self.down = anyio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.down.wait()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(
    app: Callable[..., Awaitable[None]],
    lifespan: Literal["on", "off"] = "off",
    listener: socket.socket | None = None,
    http: type[Connection] = Connection,
) -> AsyncIterator[str]:
    """The URL under which uvicorn serves the application; on `listener`, where the URL had to be known before."""
    listener = listener or socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app,
        http=http,
        ws="none",
        lifespan=lifespan,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1 + STUCK_SECONDS,
    )
    server = _Announced(config)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.serve, [listener])
        with anyio.fail_after(BOUND_SECONDS):
            await server.up.wait()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.down.set()


@asynccontextmanager
async def conversing(
    converse: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]], **options: Any
) -> AsyncIterator[int]:
    """The port of a server that holds this conversation on each connection; behind it, all of them are over."""
    held: set[asyncio.Task[None] | None] = set()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.add(asyncio.current_task())
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await converse(reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(hold, "127.0.0.1", 0, **options)
    async with server:
        yield server.sockets[0].getsockname()[1]
    with anyio.fail_after(BOUND_SECONDS):
        await asyncio.gather(*(task for task in held if task))


@asynccontextmanager
async def saying(*parts: bytes, linger: bool = False) -> AsyncIterator[str]:
    """The URL of a server that reads a request's head, says these bytes and closes (or lingers until left)."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            for part in parts:
                writer.write(part)
                await writer.drain()
            if linger:
                await reader.read()
        except ConnectionError:  # who has heard enough hangs up
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp"
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def keeping() -> AsyncIterator[tuple[str, list[int]]]:
    """The URL of a server that keeps its connections, and for each how many requests it has answered on it."""
    connections: list[int] = []
    writers: list[asyncio.StreamWriter] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        number = len(connections)
        connections.append(0)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                stated = re.search(rb"content-length: (\d+)", head)
                await reader.readexactly(int(stated.group(1)) if stated else 0)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine")
                connections[number] += 1

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp", connections
    finally:
        for writer in writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        server.close()
        await server.wait_closed()


@contextmanager
def nobody() -> Iterator[str]:
    """A URL on which nobody listens."""
    with reserved() as port:
        yield f"http://127.0.0.1:{port}/mcp"
