"""What a client is played on: the way to the server, and what happens around client and server meanwhile."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

import httpx2

ADDRESSES = 2
TIMEOUT_SECONDS = 30.0
# Every address of 127.0.0.0/8 is this machine on Linux; elsewhere only the first one is.
LOOPBACK_ADDRESSES = ("127.0.0.1", "127.0.0.2")


class Stage(Protocol):
    """`streams`: an answer can be read while it still comes."""

    streams: bool

    def way(self, address: int = 0) -> httpx2.AsyncClient:
        """HTTP from one of ADDRESSES addresses, without cookies or headers of its own."""
        ...

    async def publish(self, client_id: str, members: Mapping[str, Any]) -> str:
        """Makes a metadata document known to the server; the client_id that it is known by."""
        ...

    async def let_pass(self, seconds: int) -> bool:
        """Whether so much time has passed for the server."""
        ...

    async def forget(self, client_id: str) -> bool:
        """Whether the server has lost that registration."""
        ...


class Live:
    """A server that runs by itself: nobody moves its clock or its clients, so what they would do is stood in for.

    Documents are published by this program on loopback, which a server on loopback takes (CIMD §6.5); with `imported`
    the operator has imported them, and they keep their own names.
    """

    streams = True

    def __init__(self, url: str, *, imported: bool = False) -> None:
        self._imported = imported or urlsplit(url).hostname not in {"127.0.0.1", "localhost", "::1"}
        self._stack = AsyncExitStack()
        self._ways: list[httpx2.AsyncClient] = []
        self._documents: dict[str, bytes] = {}
        self._origin = ""

    async def __aenter__(self) -> Self:
        local = not self._imported
        for address in LOOPBACK_ADDRESSES[:ADDRESSES]:
            bound = address if local and await _is_ours(address) else None
            transport = httpx2.AsyncHTTPTransport(local_address=bound)
            way = httpx2.AsyncClient(transport=transport, timeout=TIMEOUT_SECONDS, trust_env=False)
            self._ways.append(await self._stack.enter_async_context(way))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def way(self, address: int = 0) -> httpx2.AsyncClient:
        return self._ways[address]

    async def publish(self, client_id: str, members: Mapping[str, Any]) -> str:
        if self._imported:
            return client_id
        if not self._origin:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            self._stack.push_async_callback(server.wait_closed)
            self._stack.callback(server.close)
            self._origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        path = urlsplit(client_id).path
        stand_in = f"{self._origin}{path}"
        self._documents[path] = json.dumps({"client_id": stand_in, **members}).encode()
        return stand_in

    async def let_pass(self, seconds: int) -> bool:
        return False

    async def forget(self, client_id: str) -> bool:
        return False

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            body = self._documents.get(head.split()[1].decode())
            status = b"404 Not Found" if body is None else b"200 OK"
            writer.write(
                b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b"
                % (status, len(body or b""), body or b"")
            )
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()


async def _is_ours(address: str) -> bool:
    """Whether this machine may send from there."""
    try:
        server = await asyncio.start_server(lambda _reader, writer: writer.close(), address, 0)
    except OSError:
        return False
    server.close()
    return True
