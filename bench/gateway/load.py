"""The load, in a process of its own: small JSON calls over connections that are kept alive.

On standard input come a line of JSON with the plan, and then one with a number of calls for each run; on standard
output goes a line of JSON for each run.
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import cast

import httptools
import uvloop

CALL = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":2,"b":3}}}'


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is called. Each of the `tokens` has a connection of its own."""

    port: int
    path: str
    tokens: list[str]


class Connection(asyncio.Protocol):
    """One connection, with one call at a time."""

    def __init__(self, plan: Plan, token: str) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._call = (
            f"POST {plan.path} HTTP/1.1\r\nHost: 127.0.0.1:{plan.port}\r\nAuthorization: Bearer {token}\r\n"
            "Accept: application/json, text/event-stream\r\nContent-Type: application/json\r\n"
            "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: add\r\nUser-Agent: bench\r\n"
            f"Content-Length: {len(CALL)}\r\n\r\n"
        ).encode() + CALL
        self._transport: asyncio.Transport | None = None
        self._seconds: list[float] = []
        self._due: Iterator[int] = iter(())
        self._done: asyncio.Future[list[float]] | None = None
        self._sent_at = 0.0
        self._received = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is of no class of asyncio's

    async def run(self, due: Iterator[int]) -> list[float]:
        """Calls for each that is due, as long as there are any; the seconds that each took."""
        self._seconds, self._due = [], due
        self._done = asyncio.get_running_loop().create_future()
        self._go_on()
        return await self._done

    def _go_on(self) -> None:
        if next(self._due, None) is not None:
            assert self._transport is not None
            self._received = 0
            self._sent_at = perf_counter()
            self._transport.write(self._call)
        elif self._done is not None:
            self._done.set_result(self._seconds)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._received += len(body)

    def on_message_complete(self) -> None:
        self._seconds.append(perf_counter() - self._sent_at)
        if self._parser.get_status_code() != 200 or not self._received:
            self._fail(RuntimeError(f"refused: {self._parser.get_status_code()}"))
            return
        asyncio.get_running_loop().call_soon(self._go_on)  # the parser is still inside of this call

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or RuntimeError("the proxy closed a connection"))

    def _fail(self, error: Exception) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(error)


async def main() -> None:
    plan = Plan(**json.loads(sys.stdin.readline()))
    loop = asyncio.get_running_loop()
    connections = []
    for token in plan.tokens:
        _, connection = await loop.create_connection(partial(Connection, plan, token), "127.0.0.1", plan.port)
        connections.append(connection)
    for line in sys.stdin:
        due = iter(range(int(line)))
        began = perf_counter()
        runs = await asyncio.gather(*(connection.run(due) for connection in connections))
        print(json.dumps(_told(perf_counter() - began, [each for run in runs for each in run])), flush=True)


def _told(seconds: float, each: list[float]) -> dict[str, float]:
    each.sort()
    return {
        "calls": len(each),
        "seconds": seconds,
        "median_seconds": each[len(each) // 2],
        "p99_seconds": each[len(each) * 99 // 100],
    }


if __name__ == "__main__":
    uvloop.run(main())
