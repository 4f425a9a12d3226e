"""What goes up, held until the event loop comes round: to wake a server that sleeps takes the kernel longer than a call
takes us, and one that is woken by the first of many requests finds the others."""

import asyncio

# More is the body of a large request, whose writer has to be told at once that the upstream does not keep up.
MOST_HELD_BYTES = 16 * 1024


class Outbox:
    """For all connections together, so that those who are ready at one moment write one after the other."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: dict[asyncio.Transport, bytes] = {}

    def put(self, transport: asyncio.Transport, data: bytes) -> None:
        before = self._held.pop(transport, None)
        if before is not None:
            transport.write(before + data)
        elif len(data) > MOST_HELD_BYTES:
            transport.write(data)
        else:
            if not self._held:
                asyncio.get_running_loop().call_soon(self._send)
            self._held[transport] = data

    def _send(self) -> None:
        held, self._held = self._held, {}
        for transport, data in held.items():
            if not transport.is_closing():
                transport.write(data)
