"""A client that says just these bytes, on a connection of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from tests.gateway.serving import BOUND_SECONDS


class Caller:
    """A client that says just these bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, *parts: bytes) -> None:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    async def rest(self) -> bytes:
        """What comes until the server hangs up, which it must."""
        said = b""
        with anyio.fail_after(BOUND_SECONDS):
            try:
                while more := await self.reader.read(65_536):
                    said += more
            except ConnectionError:  # it hung up while there was more of ours to read
                pass
        return said

    async def answer(self) -> tuple[int, bytes]:
        with anyio.fail_after(BOUND_SECONDS):
            head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            return int(head.split()[1]), await self.reader.readexactly(length)


@asynccontextmanager
async def calling(base: str) -> AsyncIterator[Caller]:
    host, _, port = base.removeprefix("http://").partition(":")
    caller = Caller(*await asyncio.open_connection(host, int(port)))
    try:
        yield caller
    finally:
        caller.writer.close()
