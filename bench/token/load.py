"""The load, in a process of its own: requests over connections that are kept alive.

On standard input come a line of JSON with the plan, and then one with a number of requests for each run; on standard
output goes a line of JSON for each run.
"""

import asyncio
import json
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Literal, cast
from urllib.parse import urlencode

import httptools
import uvloop


@dataclass(frozen=True, slots=True)
class Asking:
    """What each request says. In `form`, `*` stands for one of the `tokens`.

    `then` says what becomes of that token: it is followed by its successor, used again, or used up.
    """

    path: str
    tokens: list[str]
    form: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    method: Literal["GET", "POST"] = "POST"
    then: Literal["successor", "again", "used up"] = "again"


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is asked, over how many connections, and what."""

    port: int
    connections: int
    asking: Asking


class Connection(asyncio.Protocol):
    """One connection, which takes the token that waited longest.

    `tokens` are shared by all connections, so that none lies unused for long: a peer in memory forgets those.
    """

    def __init__(self, plan: Plan, tokens: deque[str]) -> None:
        self._asking = plan.asking
        self._head = _head(plan)
        self._tokens = tokens
        self._token = ""
        self._transport: asyncio.Transport | None = None
        self._seconds: list[float] = []
        self._due: Iterator[int] = iter(())
        self._done: asyncio.Future[list[float]] | None = None
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is of no class of asyncio's
        self._await_response()

    def _await_response(self) -> None:
        self._body = b""
        self._parser = httptools.HttpResponseParser(self)

    async def run(self, due: Iterator[int]) -> list[float]:
        """Sends a request for each that is due, as long as there are any; the seconds that each took."""
        self._seconds, self._due = [], due
        self._done = asyncio.get_running_loop().create_future()
        self._go_on()
        return await self._done

    def _send(self) -> None:
        self._token = self._tokens.popleft()
        form = self._asking.form
        body = urlencode({name: self._token if value == "*" else value for name, value in form.items()})
        length = f"Content-Length: {len(body)}\r\n" if form else ""
        assert self._transport is not None
        self._sent_at = perf_counter()
        self._transport.write(f"{self._head}{length}\r\n{body}".encode())

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self._seconds.append(perf_counter() - self._sent_at)
        status, answer = self._parser.get_status_code(), json.loads(self._body)
        if status != 200 or answer.get("active") is False:
            self._fail(RuntimeError(f"the server refused: {status} {answer}"))
            return
        match self._asking.then:
            case "successor":
                self._tokens.append(answer["refresh_token"])
            case "again":
                self._tokens.append(self._token)
            case "used up":
                pass
        # The parser is still inside of this call; the next response has one of its own.
        asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        self._await_response()
        if next(self._due, None) is not None:
            self._send()
        elif self._done is not None:
            self._done.set_result(self._seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or RuntimeError("the server closed a connection"))

    def _fail(self, error: Exception) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(error)


def _head(plan: Plan) -> str:
    """All of a request's head but the length of its body."""
    asking = plan.asking
    headers = {"Host": f"127.0.0.1:{plan.port}", "Accept": "application/json", "User-Agent": "bench"} | asking.headers
    if asking.form:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{asking.method} {asking.path} HTTP/1.1\r\n{lines}"


async def main() -> None:
    told = json.loads(sys.stdin.readline())
    plan = Plan(told["port"], told["connections"], Asking(**told["asking"]))
    loop = asyncio.get_running_loop()
    tokens = deque(plan.asking.tokens)
    connections = [
        (await loop.create_connection(lambda: Connection(plan, tokens), "127.0.0.1", plan.port))[1]
        for _ in range(plan.connections)
    ]
    for line in sys.stdin:
        due = iter(range(int(line)))
        began = perf_counter()
        runs = await asyncio.gather(*(connection.run(due) for connection in connections))
        seconds = perf_counter() - began
        print(json.dumps(_told(seconds, [each for run in runs for each in run])), flush=True)


def _told(seconds: float, each: list[float]) -> dict[str, float]:
    each.sort()
    return {
        "requests": len(each),
        "seconds": seconds,
        "median_seconds": each[len(each) // 2],
        "p99_seconds": each[len(each) * 99 // 100],
    }


if __name__ == "__main__":
    uvloop.run(main())
