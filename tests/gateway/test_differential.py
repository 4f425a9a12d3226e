"""The same generated traffic through the gateway and through a plain proxy: both ends see the same."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import h11
import pytest
from anyio import from_thread, to_thread
from hypothesis import given, settings
from hypothesis import strategies as st

from consentry.gateway.app import Gateway
from consentry.gateway.upstream import Upstreams
from tests.gateway.plain_proxy import Read, connected, plain_proxy, read_message
from tests.gateway.remembered import NOW, Recalled, access, new_token, target
from tests.gateway.serving import BOUND_SECONDS, conversing, serving

CONVERSATIONS = 200
# What each proxy says in its own way, and what names the proxy.
_OF_THE_HOP = {b"date", b"x-request-id", b"transfer-encoding", b"connection", b"host"}

Fields = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Framed:
    """A body and how it goes over the wire: None is no body at all, `cuts` are the sizes of its chunks."""

    body: bytes
    how: str
    cuts: list[int]

    def fields(self) -> Fields:
        match self.how:
            case "length":
                return [(b"Content-Length", b"%d" % len(self.body))]
            case "chunked":
                return [(b"Transfer-Encoding", b"chunked")]
            case _:
                return []

    def wire(self) -> bytes:
        if self.how != "chunked":
            return self.body if self.how in ("length", "close") else b""
        parts = [b"%x\r\n%b\r\n" % (len(part), part) for part in pieces(self.body, self.cuts) if part]
        return b"".join([*parts, b"0\r\n\r\n"])


@dataclass(frozen=True)
class Answer:
    """What the upstream says to one request. It hangs up after `breaks_at` thousandths of it."""

    status: int
    interim: bytes
    fields: Fields
    framed: Framed
    surplus: bytes
    breaks_at: int | None
    cuts: list[int]

    def wire(self) -> bytes:
        fields = [*self.fields, *self.framed.fields()]
        head = b"HTTP/1.1 %d Whatever\r\n" % self.status + lines(fields)
        said = self.interim + head + (b"" if self.status == 204 else self.framed.wire())
        return said + self.surplus if self.breaks_at is None else said[: len(said) * self.breaks_at // 1000]

    @property
    def hangs_up(self) -> bool:
        return self.framed.how == "close" or self.breaks_at is not None or bool(self.surplus)


@dataclass(frozen=True)
class Asked:
    method: str
    fields: Fields
    framed: Framed
    answer: Answer

    def wire(self, number: int, bearer: str) -> bytes:
        fields = [(b"Host", b"x"), (b"Authorization", bearer.encode()), (b"Mcp-Param-N", b"%d" % number)]
        return (
            f"{self.method} /mcp/notes HTTP/1.1\r\n".encode()
            + lines([*fields, *self.fields, *self.framed.fields()])
            + self.framed.wire()
        )


@dataclass(frozen=True)
class Conversation:
    """`cuts` are the sizes of the client's writes. Requests go up in turn, together, or the last of them by half."""

    asked: list[Asked]
    cuts: list[int]
    manner: str


@dataclass
class Upstream:
    """Answers as it was told, by the number in a header of each request, and writes down what it saw."""

    answers: dict[int, Answer] = field(default_factory=dict)
    seen: dict[int, Any] = field(default_factory=dict)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER)
        while (request := await read_message(connection, reader)).whole:
            fields = sorted(field for field in request.start.headers if field[0] not in _OF_THE_HOP)
            number = int(dict(fields)[b"mcp-param-n"])
            saw = (request.start.method, request.start.target, fields, request.body)
            assert self.seen.setdefault(number, saw) == saw
            answer = self.answers[number]
            await in_pieces(writer, answer.wire(), answer.cuts)
            if answer.hangs_up:
                break
            connection = h11.Connection(h11.SERVER)


def lines(fields: Fields) -> bytes:
    return b"".join(b"%b: %b\r\n" % each for each in fields) + b"\r\n"


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    parts = []
    for cut in cuts:
        parts.append(data[:cut])
        data = data[cut:]
    return [*parts, data]


async def in_pieces(writer: asyncio.StreamWriter, data: bytes, cuts: list[int]) -> None:
    for part in pieces(data, cuts):
        writer.write(part)
        await writer.drain()
        for _ in range(3):
            await asyncio.sleep(0)


def answered(read: Read) -> Any:
    """What a client can tell of an answer. The gateway's own tells by its body what went wrong, the plain one's not."""
    if read.start is None:
        return None
    status = read.start.status_code
    if status == 502:
        return status
    fields = sorted(field for field in read.start.headers if field[0] not in _OF_THE_HOP)
    return status, fields, read.body, read.whole


async def converse(port: int, conversation: Conversation, bearer: str) -> list[Any]:
    """What the client saw."""
    reader, writer = await connected(port)
    try:
        return await _converse(reader, writer, conversation, bearer)
    finally:
        writer.close()


async def _converse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, conversation: Conversation, bearer: str
) -> list[Any]:
    wires = [asked.wire(number, bearer) for number, asked in enumerate(conversation.asked)]
    together, half = conversation.manner == "together", conversation.manner == "half"
    wanted = len(wires)
    if half:
        wires[-1] = wires[-1][: len(wires[-1]) // 2]
        wanted -= 1
    if together:
        wires = [b"".join(wires)]
    said = []
    connection = h11.Connection(h11.CLIENT)
    with contextlib.suppress(ConnectionError):
        for number, wire in enumerate(wires):
            await in_pieces(writer, wire, conversation.cuts)
            if half and number == len(wires) - 1:
                writer.write_eof()
            for _ in range(wanted if together else int(number < wanted)):
                connection.send(h11.Request(method="GET", target="/", headers=[(b"host", b"x")]))
                connection.send(h11.EndOfMessage())
                read = await read_message(connection, reader)
                said.append(answered(read))
                if connection.states != {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE}:
                    return said
                connection.start_next_cycle()
    return said


NAMES = st.sampled_from(
    [
        b"Accept",
        b"Cookie",
        b"X-Other",
        b"Mcp-Session-Id",
        b"mcp-param-x",
        b"User-Agent",
        b"Set-Cookie",
        b"Cache-Control",
    ]
)
VALUES = st.text("abc,;= \tø", max_size=12).map(lambda text: text.strip().encode("latin-1"))
FIELDS = st.lists(
    st.one_of(
        st.tuples(NAMES, VALUES), st.just((b"Connection", b"X-Other")), st.just((b"Content-Type", b"text/event-stream"))
    ),
    max_size=5,
)
BODIES = st.one_of(
    st.binary(max_size=40), st.integers(1, 90_000).map(lambda size: bytes(range(256)) * (size // 256) + b"end")
)
CUTS = st.lists(st.one_of(st.integers(1, 60), st.integers(1, 40_000)), max_size=4)


def framed(*hows: str) -> st.SearchStrategy[Framed]:
    return st.builds(Framed, BODIES, st.sampled_from(hows), CUTS)


ANSWERS = st.builds(
    Answer,
    st.sampled_from([200, 200, 202, 204, 299, 400, 404, 500, 401, 302]),
    st.sampled_from([b"", b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"]),
    FIELDS,
    framed("length", "chunked", "close"),
    st.sampled_from([b"", b"", b"", b"\r\nmore", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"]),
    st.one_of(st.none(), st.none(), st.integers(0, 999), st.integers(500, 999)),
    CUTS,
)
ASKED = st.one_of(
    st.builds(Asked, st.just("POST"), FIELDS, framed("length", "chunked"), ANSWERS),
    st.builds(Asked, st.sampled_from(["GET", "DELETE"]), FIELDS, framed("none"), ANSWERS),
)
CONVERSATIONS_SEEN = st.builds(
    Conversation, st.lists(ASKED, min_size=1, max_size=3), CUTS, st.sampled_from(["in turn", "together", "half"])
)


@asynccontextmanager
async def both(upstream: Upstream) -> AsyncIterator[tuple[int, int, str]]:
    """The ports of the gateway and of the plain proxy, and what opens the gateway."""
    find, token = Recalled(), new_token()
    find.accesses[token.digest()] = access()
    async with conversing(upstream.converse) as port, Upstreams() as upstreams, plain_proxy(port) as plain:
        find.targets["notes"] = target("notes", f"http://127.0.0.1:{port}/mcp")
        gateway = Gateway(find=find, upstreams=upstreams, clock=lambda: NOW, new_request_id=lambda: "req_1")
        async with serving(gateway) as base:
            yield int(base.rpartition(":")[2]), plain, f"Bearer {token.reveal()}"


@pytest.mark.anyio
@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # bodies are what they are
async def test_both_ends_see_what_they_would_see_of_a_plain_proxy(record_property: Any) -> None:
    upstream = Upstream()
    counted: dict[str, int] = {}
    async with both(upstream) as (gateway, plain, bearer):

        async def through(port: int, conversation: Conversation) -> tuple[Any, Any]:
            upstream.seen = {}
            upstream.answers = {number: asked.answer for number, asked in enumerate(conversation.asked)}
            with anyio.fail_after(BOUND_SECONDS):
                said = await converse(port, conversation, bearer)
            return said, upstream.seen

        async def compare(conversation: Conversation) -> None:
            here, there = await through(gateway, conversation), await through(plain, conversation)
            assert here == there
            for answer in here[0]:
                kind = "502" if answer == 502 else "nothing" if answer is None else "whole" if answer[3] else "broken"
                counted[kind] = counted.get(kind, 0) + 1

        @settings(max_examples=CONVERSATIONS, deadline=None, derandomize=True, database=None)
        @given(CONVERSATIONS_SEEN)
        def check(conversation: Conversation) -> None:
            from_thread.run(compare, conversation)

        await to_thread.run_sync(check)
    assert min(counted[kind] for kind in ("whole", "broken", "502")) > CONVERSATIONS // 50
    record_property("counts", f"the gateway against a plain proxy, over {CONVERSATIONS} conversations: {counted}")
