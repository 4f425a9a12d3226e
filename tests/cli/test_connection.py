"""A client's connection, byte by byte: heads without end, trailers, offered upgrades, halves of bodies."""

import asyncio
import json
from collections.abc import AsyncIterator

import anyio
import pytest

from consentry.cli.bounded import MOST_WAITING
from consentry.cli.connection import Connection
from consentry.gateway.heads import HEAD_LIMIT_BYTES
from consentry.gateway.model import Message, Receive, Send
from tests.gateway.calling import calling
from tests.gateway.serving import BOUND_SECONDS, serving
from tests.gateway.upstreams import echo

pytestmark = pytest.mark.anyio


class Hasty(Connection):
    """Waits for a head no longer than a test does."""

    head_seconds = 0.05


class Turning(Connection):
    """Has time for the first head, whatever else the machine does, and is hasty from then on."""

    head_seconds = BOUND_SECONDS

    def data_received(self, data: bytes) -> None:
        self.head_seconds = Hasty.head_seconds
        super().data_received(data)


@pytest.fixture(scope="module")
async def base(anyio_backend: str) -> AsyncIterator[str]:
    async with serving(echo) as url:
        yield url


@pytest.fixture(scope="module")
async def hasty(anyio_backend: str) -> AsyncIterator[str]:
    async with serving(echo, http=Hasty) as url:
        yield url


def status(said: bytes) -> int:
    return int(said.split()[1])


async def test_a_head_up_to_the_limit_is_read(base: str) -> None:
    async with calling(base) as caller:
        await caller.say(b"GET / HTTP/1.1\r\nHost: h\r\nX-Long: ", b"a" * (HEAD_LIMIT_BYTES - 100), b"\r\n\r\n")
        assert (await caller.answer())[0] == 200


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: h\r\n" + b"X-A: a\r\n" * (HEAD_LIMIT_BYTES // 8) + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nX-Long: " + b"a" * HEAD_LIMIT_BYTES + b"\r\n\r\n",
        b"GET /?" + b"a" * HEAD_LIMIT_BYTES + b" HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nX-Long: " + b"a" * HEAD_LIMIT_BYTES,
        b"\r\n" * HEAD_LIMIT_BYTES,
    ],
    ids=["many headers", "a long one", "a long line", "one without end", "empty lines"],
)
async def test_a_head_over_the_limit_ends_the_connection(base: str, head: bytes) -> None:
    async with calling(base) as caller:
        await caller.say(head)
        said = await caller.rest()
        assert status(said) == 431
        assert str(HEAD_LIMIT_BYTES).encode() in said


async def test_a_flood_of_header_bytes_is_cut_long_before_its_end(base: str) -> None:
    async with calling(base) as caller:
        with pytest.raises(ConnectionError):
            await caller.say(
                b"GET / HTTP/1.1\r\nHost: h\r\n", *(b"X-A: " + b"a" * 65_000 + b"\r\n" for _ in range(2000))
            )


@pytest.mark.parametrize(
    "flood",
    [b"0\r\nX-Trailer: " + b"a" * 64_000, b"0\r\n" + b"X-T: a\r\n" * 20_000, b"1;x=" + b"a" * 64_000],
    ids=["a trailer", "trailers", "an extension"],
)
async def test_what_stands_between_chunks_is_bounded_as_well(base: str, flood: bytes) -> None:
    async with calling(base) as caller:
        with pytest.raises(ConnectionError):
            await caller.say(
                b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", flood, *[b"a" * 65_000] * 1000
            )


@pytest.mark.parametrize("begun", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"\r\n"])
async def test_a_head_that_does_not_come_is_not_waited_for(hasty: str, begun: bytes) -> None:
    async with calling(hasty) as caller:
        await caller.say(begun)
        assert await caller.rest() == b""


@pytest.mark.parametrize("begun", [b"", b"GET / HT"])
async def test_a_second_head_that_does_not_come_is_not_waited_for_either(begun: bytes) -> None:
    async with serving(echo, http=Turning) as url, calling(url) as caller:
        await caller.say(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n" + begun)
        assert (await caller.answer())[0] == 200
        assert await caller.rest() == b""


async def test_an_answer_that_takes_long_is_not_cut_by_the_deadline_of_a_head() -> None:
    go_on = anyio.Event()

    async def slow(scope: Message, receive: Receive, send: Send) -> None:
        await go_on.wait()
        await echo(scope, receive, send)

    cut = asyncio.Event()

    class Watched(Turning):
        def _too_late(self) -> None:
            self.head_seconds = BOUND_SECONDS  # the rest comes when it comes
            super()._too_late()
            cut.set()

    async with serving(slow, http=Watched) as url, calling(url) as caller:
        await caller.say(b"GET /first HTTP/1.1\r\nHost: h\r\n\r\nGET /second HT")
        with anyio.fail_after(BOUND_SECONDS):
            await cut.wait()
        go_on.set()
        assert b"/first" in (await caller.answer())[1]
        await caller.say(b"TP/1.1\r\nHost: h\r\n\r\n")
        assert b"/second" in (await caller.answer())[1]


@pytest.mark.proves("H7")
async def test_a_trailer_is_no_header(base: str) -> None:
    async with calling(base) as caller:
        await caller.say(
            b"POST / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.55\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"2\r\nok\r\n0\r\nX-Forwarded-For: 203.0.113.66\r\nAuthorization: Bearer x\r\n\r\n"
            b"GET /next HTTP/1.1\r\nHost: h\r\nX-Next: 1\r\n\r\n"
        )
        first = json.loads((await caller.answer())[1])
        second = json.loads((await caller.answer())[1])
    assert first["body"] == "ok"
    forwarded = ["x-forwarded-for", "192.0.2.55"]
    assert first["headers"] == [["host", "h"], forwarded, ["transfer-encoding", "chunked"]]
    assert second["headers"] == [["host", "h"], ["x-next", "1"]]


OFFERS = [
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n",
    b"Connection: keep-alive, upgrade\r\nUpgrade: websocket\r\nUpgrade: TLS/1.0\r\nSec-WebSocket-Key: a\r\n",
]
BODIES = [
    b"Content-Length: 8\r\n\r\nthe body",
    b"Transfer-Encoding: chunked\r\n\r\n4\r\nthe \r\n4\r\nbody\r\n0\r\n\r\n",
]


@pytest.mark.parametrize("body", BODIES, ids=["length", "chunks"])
@pytest.mark.parametrize("offer", OFFERS, ids=["h2c", "websocket"])
@pytest.mark.parametrize("apart", [False, True], ids=["at once", "byte by byte"])
async def test_an_upgrade_that_is_offered_is_let_lie_and_the_request_is_whole(
    base: str, offer: bytes, body: bytes, apart: bool
) -> None:
    request = (
        b"POST /first?a=b HTTP/1.1\r\nHost: a\r\n"
        + offer
        + body
        + b"GET /next HTTP/1.1\r\nHost: h\r\n"
        + offer
        + b"\r\n"
    )
    async with calling(base) as caller:
        await caller.say(*([bytes([byte]) for byte in request] if apart else [request]))
        code, text = await caller.answer()
        first = json.loads(text)
        second = json.loads((await caller.answer())[1])
    assert (code, first["method"], first["path"], first["query"]) == (200, "POST", "/first", "a=b")
    assert first["body"] == "the body"
    assert ["host", "a"] in first["headers"]
    assert "upgrade" not in dict(first["headers"])
    assert (second["method"], second["path"], second["body"]) == ("GET", "/next", "")


async def test_a_connection_that_is_to_be_closed_is_closed_after_an_offered_upgrade_too(base: str) -> None:
    async with calling(base) as caller:
        await caller.say(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade, close\r\nUpgrade: h2c\r\n\r\n")
        assert status(await caller.rest()) == 200


async def test_a_tunnel_is_refused(base: str) -> None:
    async with calling(base) as caller:
        await caller.say(b"CONNECT internal.example:443 HTTP/1.1\r\nHost: internal.example:443\r\n\r\n")
        assert status(await caller.rest()) == 400


@pytest.mark.parametrize("offer", [b"", *OFFERS], ids=["plain", "h2c", "websocket"])
@pytest.mark.parametrize("half", [b"Content-Length: 9\r\n\r\nhalf", b"Transfer-Encoding: chunked\r\n\r\n9\r\nhalf"])
async def test_half_a_body_is_a_bad_request(base: str, offer: bytes, half: bytes) -> None:
    async with calling(base) as caller:
        await caller.say(b"POST / HTTP/1.1\r\nHost: h\r\n" + offer + half)
        caller.writer.write_eof()
        assert status(await caller.rest()) == 400


@pytest.mark.parametrize("hosts", [b"", b"Host: a\r\nHost: b\r\n", b"Host: a\r\nhost: a\r\n"])
@pytest.mark.parametrize("target", [b"/", b"/?q"])  # the second is never plain
async def test_a_request_that_does_not_name_one_host_is_a_bad_one(base: str, hosts: bytes, target: bytes) -> None:
    async with calling(base) as caller:
        await caller.say(b"GET " + target + b" HTTP/1.1\r\n" + hosts + b"\r\n")
        answer = await caller.rest()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"names its host in the header Host, once" in answer


async def test_a_body_that_is_no_chunk_is_a_bad_request(base: str) -> None:
    async with calling(base) as caller:
        await caller.say(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nbanana\r\n")
        assert status(await caller.rest()) == 400


async def test_nonsense_behind_a_request_does_not_run_into_its_answer() -> None:
    upstream_waits = anyio.Event()

    async def begun(scope: Message, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        upstream_waits.set()
        while (await receive())["type"] != "http.disconnect":
            pass

    async with serving(begun) as url, calling(url) as caller:
        await caller.say(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        with anyio.fail_after(BOUND_SECONDS):
            await upstream_waits.wait()
        await caller.say(b"\x00\x01\r\n\r\n")
        said = await caller.rest()
    assert said.count(b"HTTP/1.1") == 1
    assert said.endswith(b"begun\r\n")


async def test_a_few_requests_may_wait_for_their_answers_and_many_may_not(base: str) -> None:
    request = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    async with calling(base) as caller:
        await caller.say(request * (MOST_WAITING + 1))
        for _ in range(MOST_WAITING + 1):
            assert (await caller.answer())[0] == 200
    async with calling(base) as caller:
        await caller.say(request * (MOST_WAITING + 2))
        assert await caller.rest() == b""
