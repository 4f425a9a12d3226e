"""A client's half of a call, byte by byte: what HTTP/1.1 lets it do, and what it must not get away with."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from consentry.formats import Bearer
from consentry.gateway.app import Gateway
from consentry.gateway.model import Decision, Finished, Forward, Found, Message, Receive, Request, Send, Stop
from consentry.gateway.upstream import Timeouts, Upstreams
from tests.gateway.calling import Caller, calling
from tests.gateway.remembered import NOW, Recalled, access, new_token, target
from tests.gateway.serving import BOUND_SECONDS, conversing, keeping, saying, serving
from tests.gateway.upstreams import echo

pytestmark = pytest.mark.anyio

FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"
EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"


class ReadsAll:
    """A policy that wants to see every body."""

    def settles(self, request: Request, forward: Forward) -> bool:
        return False

    def needs_body(self, request: Request, forward: Forward) -> bool:
        return True

    def judge(self, request: Request, forward: Forward, now: int) -> Decision | Awaitable[Decision]:
        return Stop(400, "evil") if b"evil" in (request.body or b"") else forward


@asynccontextmanager
async def called(
    upstream_url: str, timeouts: Timeouts | None = None, find: Recalled | None = None, **changes: Any
) -> AsyncIterator[tuple[Caller, bytes]]:
    """A caller of the gateway in front of that upstream, and the first lines of every request to it."""
    find, token = find or Recalled(), new_token()
    find.targets["notes"] = target("notes", upstream_url)
    find.accesses[token.digest()] = access(expires_at=NOW + 100)
    async with Upstreams(timeouts) as upstreams:
        gateway = Gateway(find=find, upstreams=upstreams, clock=lambda: NOW, new_request_id=lambda: "req_1", **changes)
        async with serving(gateway) as base, calling(base) as caller:
            yield caller, f"/mcp/notes HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token.reveal()}\r\n".encode()


async def head(caller: Caller) -> bytes:
    with anyio.fail_after(BOUND_SECONDS):
        return (await caller.reader.readuntil(b"\r\n\r\n")).lower()


@pytest.mark.parametrize("policies", [(), (ReadsAll(),)])
async def test_a_client_that_asks_whether_to_go_on_is_told_so_once_it_is_let_in(policies: tuple[ReadsAll, ...]) -> None:
    async with serving(echo) as url, called(url, policies=policies) as (caller, call):
        await caller.say(b"POST ", call, b"Content-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        assert await head(caller) == b"http/1.1 100 continue\r\n\r\n"
        await caller.say(b"data")
        status, body = await caller.answer()
    assert status == 200
    assert b'"body": "data"' in body


async def test_a_client_that_is_not_let_in_is_not_told_to_go_on() -> None:
    """Whether its body comes all the same is anybody's guess, so nothing behind it is taken for a request."""
    async with serving(echo) as url, called(url) as (caller, _):
        asked = b"POST /mcp/notes HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
        await caller.say(asked)
        said = (await caller.rest()).lower()
    assert said.startswith(b"http/1.1 401 ")
    assert b"connection: close\r\n" in said


async def test_requests_that_come_at_once_are_answered_in_their_order() -> None:
    async with serving(echo) as url, called(url) as (caller, call):
        requests = [b"POST %bMcp-Param-N: %d\r\nContent-Length: 1\r\n\r\n%d" % (call, n, n) for n in range(5)]
        requests.insert(2, b"POST /mcp/elsewhere HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        await caller.say(b"".join(requests))
        answers = [await caller.answer() for _ in requests]
    assert [status for status, _ in answers] == [200, 200, 404, 200, 200, 200]
    bodies = [body for status, body in answers if status == 200]
    assert all(b'"body": "%d"' % n in body for n, body in enumerate(bodies))


@pytest.mark.parametrize(("coding", "status"), [("gzip, chunked", 501), ("Chunked", 200), ("identity", 501)])
async def test_of_the_transfer_codings_only_chunked_is_taken(coding: str, status: int) -> None:
    async with serving(echo) as url, called(url) as (caller, call):
        await caller.say(b"POST ", call, f"Transfer-Encoding: {coding}\r\n\r\n4\r\ndata\r\n0\r\n\r\n".encode())
        assert (await head(caller)).startswith(b"http/1.1 %d " % status)


HASTE: Any = {"comment_seconds": 0.0, "recheck_seconds": 0.01}
COMMENT = b"3\r\n:\n\n\r\n"


@pytest.mark.proves("G12")
async def test_a_silent_stream_of_events_is_kept_alive() -> None:
    said = EVENTS + b"\r\ndata: one\n\n"
    async with saying(said, linger=True) as url, called(url, **HASTE) as (caller, call):
        await caller.say(b"GET ", call, b"\r\n")
        await head(caller)
        with anyio.fail_after(BOUND_SECONDS):
            assert await caller.reader.readuntil(2 * COMMENT) == b"b\r\ndata: one\n\n\r\n" + 2 * COMMENT


@pytest.mark.parametrize("kind", [b"text/event-stream", b"application/json"])
async def test_nothing_is_said_in_the_middle_of_an_event_nor_of_anything_else(kind: bytes) -> None:
    looked = anyio.Event()

    class Looking(Recalled):
        looks = 0

        def recall(self, slug: str, bearer: Bearer | None) -> Found | None:
            self.looks += 1
            if self.looks > 5:
                looked.set()
            return super().recall(slug, bearer)

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
        await send({"type": "http.response.body", "body": b"data: ha", "more_body": True})
        await looked.wait()
        await send({"type": "http.response.body", "body": b"lf\n\n"})

    async with serving(answer) as url, called(url, find=Looking(), **HASTE) as (caller, call):
        await caller.say(b"GET ", call, b"Connection: close\r\n\r\n")
        await head(caller)
        parts = b"8\r\ndata: ha\r\n4\r\nlf\n\n\r\n0\r\n\r\n"
        assert await caller.rest() == parts


@asynccontextmanager
async def reading_nothing() -> AsyncIterator[str]:
    """The URL of a server that takes connections and leaves it at that."""
    done = asyncio.Event()

    async def ignore(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await done.wait()

    async with conversing(ignore) as port:
        yield f"http://127.0.0.1:{port}/mcp"
        done.set()


async def test_an_upstream_that_reads_nothing_is_not_waited_for_for_ever() -> None:
    size = 15_000_000
    async with (
        reading_nothing() as url,
        called(url, Timeouts(write=0.02), recheck_seconds=0.01) as (caller, call),
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(caller.say, b"POST ", call, b"Content-Length: %d\r\n\r\n" % size, b"x" * size)
        said = await head(caller)
        tasks.cancel_scope.cancel()
    assert said.startswith(b"http/1.1 504 ")


@pytest.mark.parametrize("policies", [(), (ReadsAll(),)])
async def test_a_body_that_does_not_come_is_not_waited_for_for_ever(policies: tuple[ReadsAll, ...]) -> None:
    async with saying(linger=True) as url, called(url, Timeouts(first_byte=0.02), policies=policies) as (caller, call):
        await caller.say(b"POST ", call, b"Content-Length: 4\r\n\r\nda")
        said = await head(caller)
    assert said.startswith(b"http/1.1 408 ")


async def test_to_an_old_client_a_broken_answer_does_not_look_whole() -> None:
    """HTTP/1.0 tells the end of a body without a length by closing, so that breaking off has to be a reset."""
    said = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nbanana\r\n"
    async with saying(said) as url, called(url) as (caller, call):
        await caller.say(b"POST ", call.replace(b"HTTP/1.1", b"HTTP/1.0"), b"Content-Length: 0\r\n\r\n")
        with anyio.fail_after(BOUND_SECONDS), pytest.raises(ConnectionResetError):
            await caller.reader.read()
    async with saying(said[:-8] + b"0\r\n\r\n") as url, called(url) as (caller, call):
        await caller.say(b"POST ", call.replace(b"HTTP/1.1", b"HTTP/1.0"), b"Content-Length: 0\r\n\r\n")
        assert (await caller.rest()).endswith(b"\r\n\r\nhalf")


async def test_a_policy_sees_the_body_and_the_upstream_gets_it_all_the_same() -> None:
    async with keeping() as (url, connections), called(url, policies=(ReadsAll(),)) as (caller, call):
        for body, status in ((b"good", 200), (b"evil", 400), (b"good", 200)):
            await caller.say(b"POST ", call, b"Content-Length: 4\r\n\r\n", body[:2])
            await caller.say(body[2:])
            assert (await caller.answer())[0] == status
    assert connections == [2]


@pytest.mark.parametrize("stated", [True, False])
async def test_a_body_that_a_policy_has_to_see_is_bounded(stated: bool) -> None:
    async with keeping() as (url, connections), called(url, policies=(ReadsAll(),), read_limit=10) as (caller, call):
        chunked = b"Transfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n"
        await caller.say(b"POST ", call, b"Content-Length: 11\r\n\r\n12345678901" if stated else chunked)
        assert (await caller.answer())[0] == 413
        await caller.say(b"POST ", call, b"Content-Length: 4\r\n\r\ngood")
        assert (await caller.answer())[0] == 200
    assert connections == [1]


class Broken:
    """An observer with a fault, and one behind it."""

    def __init__(self) -> None:
        self.told = 0

    def finished(self, call: object) -> None:
        self.told += 1
        raise RuntimeError("a fault")


async def test_an_observer_that_fails_takes_nothing_from_the_client_nor_from_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    first, second = Broken(), Broken()
    async with saying(FINE) as url, called(url, observers=(first, second)) as (caller, call):
        await caller.say(b"POST ", call, b"Content-Length: 0\r\n\r\n")
        assert await caller.answer() == (200, b"fine")
    assert (first.told, second.told) == (1, 1)
    assert len(caplog.records) == 2


class Noting:
    def __init__(self) -> None:
        self.calls: list[Finished] = []

    def finished(self, call: Finished) -> None:
        self.calls.append(call)


async def test_an_answer_that_breaks_off_under_way_is_no_success_to_whoever_keeps_the_log() -> None:
    noting, half = Noting(), b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
    async with saying(half) as url, called(url, observers=(noting,)) as (caller, call):
        await caller.say(b"POST ", call, b"Content-Length: 0\r\n\r\n")
        said = await caller.rest()
    assert said.startswith(b"HTTP/1.1 200 ")
    assert said.endswith(b"half")
    assert [(one.status, one.whole, one.bytes_out) for one in noting.calls] == [(502, False, 4)]


async def test_a_head_that_is_said_again_is_a_request_of_its_own() -> None:
    find = Recalled()
    async with serving(echo) as url, called(url, find=find) as (caller, call):
        head = b"POST %bContent-Length: 1\r\n\r\n" % call
        for body in (b"a", b"b"):
            await caller.say(head, body)
            assert b'"body": "%b"' % body in (await caller.answer())[1]
        for said in (b"c", b"d"):
            await caller.say(head + said)
            assert b'"body": "%b"' % said in (await caller.answer())[1]
        await caller.say(head + b"e" + head)  # a request, and the next one without its body
        assert b'"body": "e"' in (await caller.answer())[1]
        await caller.say(b"f")
        assert b'"body": "f"' in (await caller.answer())[1]
        find.accesses.clear()
        await caller.say(head + b"g")
        assert (await caller.answer())[0] == 401
