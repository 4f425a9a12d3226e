"""A proxy that is slow and obviously right: each message is read whole, by h11, before anything is done with it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import h11

from consentry.gateway.decide import check_answer
from consentry.gateway.headers import kept_down, kept_up, named
from consentry.gateway.model import Headers
from tests.gateway.serving import conversing

_BAD_GATEWAY = 502


@dataclass
class Read:
    """A message as far as it came; `start` is None where not even its head did."""

    start: Any = None
    body: bytes = b""
    whole: bool = False


async def read_message(connection: h11.Connection, reader: asyncio.StreamReader) -> Read:
    """The next message, without the interim answers before it."""
    read = Read()
    try:
        while True:
            event = connection.next_event()
            match event:
                case h11.NEED_DATA:
                    try:
                        data = await reader.read(65_536)
                    except ConnectionError:
                        return read
                    connection.receive_data(data)
                case h11.Request() | h11.Response():
                    read.start = event
                case h11.Data():
                    read.body += bytes(event.data)
                case h11.EndOfMessage():
                    read.whole = True
                    return read
                case h11.InformationalResponse():
                    pass
                case _:
                    return read
    except h11.RemoteProtocolError:
        return read


class Kept(asyncio.StreamReader):
    """Gives what came before a reset, as a socket does; a StreamReader alone forgets it."""

    def set_exception(self, exc: Exception) -> None:
        if isinstance(exc, ConnectionError):
            self.feed_eof()
        else:
            super().set_exception(exc)


async def connected(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """To a server on this machine."""
    loop, reader = asyncio.get_running_loop(), Kept()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.create_connection(lambda: protocol, "127.0.0.1", port)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


@asynccontextmanager
async def plain_proxy(upstream_port: int) -> AsyncIterator[int]:
    """Its port."""

    async def ask(request: Read) -> Read:
        reader, writer = await connected(upstream_port)
        connection = h11.Connection(h11.CLIENT)
        headers = (*kept_up(tuple(request.start.headers)), named("req_1"))
        asked = h11.Request(
            method=request.start.method, target=b"/mcp", headers=[(b"host", b"127.0.0.1:%d" % upstream_port), *headers]
        )
        said = [connection.send(event) for event in (asked, h11.Data(data=request.body), h11.EndOfMessage())]
        with contextlib.suppress(ConnectionError):
            writer.write(b"".join(part for part in said if part))
            await writer.drain()
        answer = await read_message(connection, reader)
        writer.close()
        return answer

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER)
        while True:
            request = await read_message(connection, reader)
            if not request.whole:
                break
            answer = await ask(request)
            if not _tell(connection, writer, answer):
                break
            if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
                break
            connection.start_next_cycle()

    async with conversing(converse) as port:
        yield port


def _tell(connection: h11.Connection, writer: asyncio.StreamWriter, answer: Read) -> bool:
    """Whether another request may follow."""
    headers: Headers
    if answer.start is None or check_answer(answer.start.status_code):
        status, headers, body, whole = _BAD_GATEWAY, ((b"content-length", b"0"),), b"", True
    else:
        status, body, whole = answer.start.status_code, answer.body, answer.whole
        headers = (*kept_down(status, tuple(answer.start.headers)), named("req_1"))
    writer.write(connection.send(h11.Response(status_code=status, headers=list(headers))) or b"")
    if body:
        writer.write(connection.send(h11.Data(data=body)) or b"")
    if whole:
        writer.write(connection.send(h11.EndOfMessage()) or b"")
    return whole
