"""One system call for a head and its body, which uvicorn writes one after the other."""

import asyncio
from typing import Any

MOST_HELD_BYTES = 64 * 1024


class Gathering(asyncio.Transport):
    """Holds what is written until the event loop comes round, and then sends it in one piece."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._held: list[bytes | bytearray | memoryview] = []
        self._held_bytes = 0
        # Asked for at every request: as they are, without a step between.
        self.is_closing = transport.is_closing  # type: ignore[method-assign]
        self.pause_reading = transport.pause_reading  # type: ignore[method-assign]
        self.resume_reading = transport.resume_reading  # type: ignore[method-assign]

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._held:
            self._loop.call_soon(self._send)
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes > MOST_HELD_BYTES:  # so that the transport gets to say when it is full
            self._send()

    def write_now(self, data: bytes) -> None:
        """What was gathered by whoever writes it, behind all that is held."""
        if self._held:
            self._held.append(data)
            self._send()
        else:
            self._transport.write(data)

    def close(self) -> None:
        self._send()
        self._transport.close()

    def abort(self) -> None:
        self._held.clear()
        self._transport.abort()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def _send(self) -> None:
        if self._held:
            self._transport.write(b"".join(self._held) if len(self._held) > 1 else self._held[0])
            self._held.clear()
            self._held_bytes = 0
