"""What a connection says is the same to the application, whether its requests come whole, and go past the parser, or
byte by byte; whatever stands before and behind them on the connection."""

import asyncio
from typing import Any

import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn.server import ServerState

from consentry.cli.connection import Connection
from consentry.gateway.app import Gateway
from consentry.gateway.model import Message, Receive, Send
from consentry.gateway.said import Heads
from consentry.gateway.upstream import Upstreams
from tests.cli.test_whole import Parsing
from tests.gateway.remembered import NOW, Recalled

STEADY = settings(max_examples=150, deadline=None, derandomize=True, database=None)
ROUNDS = 60  # of the event loop; each answer here needs fewer

PLAIN = [
    b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n",
    b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody",
    b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nBODY",
    b"POST /mcp/notes HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}",
    b"DELETE /mcp/notes/ HTTP/1.1\r\nHost: h\r\nConnection: Keep-Alive\r\n\r\n",
    b"GET /none HTTP/1.1\r\nHost: h\r\nX:\r\nY: \xe9\xff\t y \r\n\r\n",
]
OTHER = [
    b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n",
    b"POST /mcp/notes HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n",
    b"body",
    b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
    b"POST /mcp/notes HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n",
    b"POST /mcp/notes HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}GET /mcp/smuggled HTTP/1.1\r\nHost: h\r\n\r\n",
    b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"0\r\n\r\n",
    b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\ncontent-length: 5\r\n\r\nabcde",
    b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4, 4\r\n\r\nabcd",
    b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: +4\r\n\r\nabcd",
    b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length : 4\r\n\r\nabcd",
    b"POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
    b"GET /a HTTP/1.1\r\nHost: h\r\nX: a\r\n folded\r\n\r\n",
    b"GET /a HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n",
    b"GET /a HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n",
    b"GET /a HTTP/1.1\nHost: h\n\n",
    b"GET /a?x=1 HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET /mcp/notes?access_token=x HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET /mcp/%2e%2e/a HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET //mcp/notes HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET http://h/mcp/notes HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET /a HTTP/1.1\r\nX: no host\r\n\r\n",
    b"POST /mcp/notes HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    b"GET /a HTTP/1.0\r\n\r\n",
    b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    b"GET /mcp/notes HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n",
    b"HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n",
    b"OPTIONS /mcp/notes HTTP/1.1\r\nHost: h\r\n\r\n",
    b"CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n",
    b"\r\n\r\n",
]


class Wire(asyncio.Transport):
    """Keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.said = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self.closed:
            self.said += bytes(data)

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class World:
    """Tells what it is told, and has a gateway that lets nobody in."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.gateway = Gateway(
            find=Recalled(), upstreams=Upstreams(), clock=lambda: NOW, new_request_id=lambda: "req_1", policies=()
        )
        self.heads = Heads(self.direct)

    def direct(self, scope: Message) -> Gateway | None:
        return self.gateway if scope["path"].startswith("/mcp/") else None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            body, more = body + message["body"], message["more_body"]
        assert scope.pop("state").get("body", body) == body
        self.told.append((*(scope[name] for name in sorted(scope) if name != "headers"), list(scope["headers"]), body))
        answer = b"%d" % len(self.told)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
        await send({"type": "http.response.body", "body": answer[-1:]})


async def conversation(kind: type[Connection], reads: list[bytes]) -> tuple[list[object], bytes, bool]:
    """What the application is told, what is answered, and whether the connection is over, of what is read piece by
    piece."""
    world = World()
    config: Any = uvicorn.Config(world, date_header=False, server_header=False, proxy_headers=False, log_config=None)
    config.load()
    config.loaded_app = world
    connection, wire = kind(config, ServerState(), {}, asyncio.get_running_loop()), Wire()
    connection.connection_made(wire)
    for read in reads:
        if wire.closed:
            break
        connection.data_received(read)
        for _ in range(ROUNDS if connection._between() or len(read) > 1 else 1):
            await asyncio.sleep(0)
    said = world.told, wire.said, wire.closed
    connection.connection_lost(None)
    await asyncio.sleep(0)
    return said


@STEADY
@given(st.lists(st.one_of(st.sampled_from(PLAIN), st.sampled_from(PLAIN + OTHER)), min_size=1, max_size=5))
def test_requests_that_come_whole_are_what_they_are_byte_by_byte(reads: list[bytes]) -> None:
    told, said, over = asyncio.run(conversation(Connection, reads))
    assert (told, said, over) == asyncio.run(conversation(Parsing, reads))
    stream = b"".join(reads)
    assert told == asyncio.run(conversation(Connection, [stream[at : at + 1] for at in range(len(stream))]))[0]
