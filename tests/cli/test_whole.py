"""Requests that come whole and plain: the application is told what the parser would have told it."""

import json
from collections.abc import AsyncIterator

import anyio
import pytest

from consentry.cli.connection import Connection
from consentry.gateway.model import Message, Receive, Send
from tests.gateway.calling import Caller, calling
from tests.gateway.serving import BOUND_SECONDS, serving

pytestmark = pytest.mark.anyio

PIECE = b"p" * 65_536
MANY = 2_000  # more pieces than all buffers between here and there hold


class World:
    """An application with a path for each way to answer."""

    def __init__(self) -> None:
        self.sent = 0
        self.full = anyio.Event()
        self.left = anyio.Event()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        body = await receive()
        told = json.dumps([scope, body["body"], body["more_body"]], default=bytes.decode).encode()
        match scope["path"]:
            case "/fails":
                raise RuntimeError("before it answered")
            case "/two-lines":
                await _answer(send, told, (b"location", b"/a\r\nset-cookie: a=b"))
            case "/short":
                await _answer(send, told[:-1], (b"content-length", b"%d" % len(told)))
            case "/long":
                await _answer(send, told, (b"content-length", b"%d" % (len(told) - 1)))
            case "/stops":
                await send({"type": "http.response.start", "status": 200, "headers": []})
                await send({"type": "http.response.body", "body": b"half", "more_body": True})
            case "/stream":
                await send({"type": "http.response.start", "status": 200, "headers": []})
                for _ in range(MANY):
                    with anyio.move_on_after(0.2) as waited:
                        await send({"type": "http.response.body", "body": PIECE, "more_body": True})
                    if waited.cancelled_caught:
                        self.full.set()
                        await send({"type": "http.response.body", "body": PIECE, "more_body": True})
                    self.sent += 1
                await send({"type": "http.response.body", "body": b"end"})
            case "/silent":
                await send({"type": "http.response.start", "status": 200, "headers": []})
                await receive()
            case "/waits":
                assert (await receive())["type"] == "http.disconnect"
                self.left.set()
            case _:
                await _answer(send, told, (b"content-length", b"%d" % len(told)))


async def _answer(send: Send, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def caller(world: World) -> AsyncIterator[Caller]:
    async with serving(world) as url, calling(url) as caller:
        yield caller


class Parsing(Connection):
    """Has the parser read everything."""

    def _pass_whole(self, data: bytes) -> bool:
        return False


async def test_the_application_is_told_what_the_parser_would_have_told_it(caller: Caller, world: World) -> None:
    request = b"POST /there HTTP/1.1\r\nHost: a.example\r\nX-B: 1\r\nContent-Length: 4\r\n\r\nbody"
    told = []
    async with serving(world, http=Parsing) as url, calling(url) as parsed:
        for each in (caller, caller, parsed):
            await each.say(request)
            scope, body, more = json.loads((await each.answer())[1])
            assert scope.pop("client") == list(each.writer.get_extra_info("sockname"))
            assert scope.pop("server") == list(each.writer.get_extra_info("peername"))
            scope["state"].pop("body", None)
            told.append((scope, body, more))
    assert told[0] == told[1] == told[2]
    assert told[0][0]["path"] == "/there"
    assert told[0][1:] == ("body", False)


@pytest.mark.parametrize("path", [b"/fails", b"/two-lines", b"/long"])
async def test_an_application_that_fails_before_it_answers_says_nothing(
    caller: Caller, path: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    await caller.say(b"GET " + path + b" HTTP/1.1\r\nHost: h\r\n\r\n")
    assert b"cookie" not in await caller.rest()
    assert "the request failed" in capsys.readouterr().out


async def test_half_an_answer_does_not_look_whole(caller: Caller) -> None:
    await caller.say(b"GET /stops HTTP/1.1\r\nHost: h\r\n\r\n")
    said = await caller.rest()
    assert said.endswith(b"half\r\n")


async def test_an_answer_that_has_begun_is_heard_of_before_it_says_more(caller: Caller) -> None:
    await caller.say(b"GET /silent HTTP/1.1\r\nHost: h\r\n\r\n")
    with anyio.fail_after(BOUND_SECONDS):
        assert (await caller.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")


async def test_an_answer_shorter_than_it_says_ends_the_connection(caller: Caller) -> None:
    await caller.say(b"GET /short HTTP/1.1\r\nHost: h\r\n\r\n")
    head, _, body = (await caller.rest()).partition(b"\r\n\r\n")
    assert b"content-length: " in head
    assert not body


async def test_an_answer_waits_for_a_client_that_reads_slowly(caller: Caller, world: World) -> None:
    await caller.say(b"GET /stream HTTP/1.1\r\nHost: h\r\n\r\n")
    with anyio.fail_after(BOUND_SECONDS):
        await world.full.wait()
        assert world.sent < MANY
        said = b""
        while not said.endswith(b"end\r\n0\r\n\r\n"):
            said = said[-64:] + await caller.reader.read(1 << 20)
    assert world.sent == MANY


async def test_an_application_hears_of_a_client_that_leaves(caller: Caller, world: World) -> None:
    await caller.say(b"GET /waits HTTP/1.1\r\nHost: h\r\n\r\n")
    caller.writer.close()
    with anyio.fail_after(BOUND_SECONDS):
        await world.left.wait()
