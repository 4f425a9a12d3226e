"""The request's body on its way up: streamed, bounded, and the place where a client's leaving is heard."""

from collections.abc import AsyncIterator

import anyio

from consentry.gateway.decide import check_length
from consentry.gateway.model import Receive, Stop


class ClientGoneError(Exception):
    """The client went away before its body was whole."""


class TooLargeError(Exception):
    """A body without a stated length turned out too long."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop.message)
        self.stop = stop


class Upload:
    """One request's body. ASGI tells of chunks and of the client's leaving through the same `receive`."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._ended = anyio.Event()

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes; raises ClientGoneError or TooLargeError."""
        length = 0
        more = True
        try:
            while more:
                message = await self._receive()
                if message["type"] == "http.disconnect":
                    raise ClientGoneError
                chunk: bytes = message.get("body", b"")
                more = message.get("more_body", False)
                length += len(chunk)
                if stop := check_length(length, self._limit):
                    raise TooLargeError(stop)
                if chunk:
                    yield chunk
        finally:
            self._ended.set()

    async def client_gone(self) -> None:
        """Returns when the client has gone away, or has its answer; what is left of a body is dropped."""
        await self._ended.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
