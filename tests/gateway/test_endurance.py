"""Many streams, long answers, slow readers: what the gateway holds in memory meanwhile, in a process of its own."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import anyio
import pytest

from tests import processor
from tests.gateway.remembered import new_token
from tests.gateway.standing import Memory

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

STREAMS = 1_000
STREAM_BYTES = 60_000  # what a stream may cost; kernel buffers are not in it
LONG_BYTES = 100_000_000
SLOW_BYTES = 30_000_000
FLAT_BYTES = 8_000_000
EVENTS = 50
PIECE = b"x" * 100_000
SMALL_BUFFER_BYTES = 64 * 1024
BOUND_SECONDS = 60

Tell = Callable[[str], None]
Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Standing:
    """The gateway, and the connections that its upstream has got."""

    port: int
    token: str
    pid: int
    memory: Memory
    arrived: "asyncio.Queue[Ends]"

    async def call(self, method: str, rest: str = "\r\n") -> Ends:
        """The client's end. Its own buffers are small, so that what is not read stays behind us."""
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER_BYTES)
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", self.port))
        reader, writer = await asyncio.open_connection(sock=client)
        head = f"{method} /mcp/notes HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\n{rest}"
        writer.write(head.encode())
        return reader, writer

    async def pair(self, method: str, rest: str = "\r\n") -> tuple[Ends, Ends]:
        """Both ends of a call: the client's, and the upstream's with the head read."""
        ours = await self.call(method, rest)
        theirs = await self.arrived.get()
        await theirs[0].readuntil(b"\r\n\r\n")
        return ours, theirs

    def without_processor(self) -> float:
        """In seconds, that the gateway and we have waited for one: never both at once, as each waits for the other."""
        return processor.waited(str(self.pid)) + processor.waited()


@pytest.fixture(scope="module")
async def standing(anyio_backend: str) -> AsyncIterator[Standing]:
    arrived: asyncio.Queue[Ends] = asyncio.Queue()

    async def took(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.put_nowait((reader, writer))

    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER_BYTES)
    server = await asyncio.start_server(took, sock=listener)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
    token = new_token().reveal()
    command = (sys.executable, "-m", "tests.gateway.standing", url, token)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=dict(os.environ))
    try:
        assert process.stdout
        port = int(await process.stdout.readline())
        yield Standing(port, token, process.pid, Memory(process.pid), arrived)
    finally:
        process.kill()
        await process.wait()
        server.close()
        await server.wait_closed()


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    return lambda sentence: record_property("counts", sentence)


def events() -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b":\n\n")


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


@pytest.mark.proves("G12")
async def test_a_thousand_idle_streams_are_held(standing: Standing, tell: Tell) -> None:
    with anyio.fail_after(BOUND_SECONDS):
        async with AsyncExitStack() as stack:
            before = 0
            for number in range(STREAMS + 50):
                if number == 50:  # what the first ones take is the program's own
                    before = standing.memory.now()
                (reader, writer), (_, upstream) = await standing.pair("GET")
                stack.callback(writer.close)
                stack.callback(upstream.close)
                upstream.write(events())
                assert (await reader.readuntil(b":\n\n\r\n")).startswith(b"HTTP/1.1 200 ")
            each = (standing.memory.now() - before) / STREAMS
    tell(f"{STREAMS} idle streams of events through the gateway: {each / 1000:.1f} kB each")
    assert each < STREAM_BYTES


async def test_a_long_answer_passes_in_flat_memory(standing: Standing, tell: Tell) -> None:
    with anyio.fail_after(BOUND_SECONDS):
        (reader, writer), (_, upstream) = await standing.pair("POST", "Content-Length: 0\r\n\r\n")
        standing.memory.forget_peak()
        before = standing.memory.now()

        async def answer() -> None:
            upstream.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % LONG_BYTES)
            for _ in range(LONG_BYTES // len(PIECE)):
                upstream.write(PIECE)
                await upstream.drain()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(answer())
            await reader.readuntil(b"\r\n\r\n")
            left = LONG_BYTES
            while left:
                left -= len(await reader.read(1 << 20))
        grown = standing.memory.peak() - before
        writer.close()
        upstream.close()
    tell(f"an answer of {LONG_BYTES // 1_000_000} MB took {grown / 1_000_000:.1f} MB of memory")
    assert grown < FLAT_BYTES


async def _trickle(writer: asyncio.StreamWriter, reader: asyncio.StreamReader) -> int:
    """Writes as fast as it goes, and reads at the other end only when nothing more goes in; how far it got ahead."""
    written = read = lead = 0

    async def write() -> None:
        nonlocal written
        while written < SLOW_BYTES:
            writer.write(PIECE)
            await writer.drain()
            written += len(PIECE)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write())
        while read < SLOW_BYTES:
            lead = max(lead, written - read)
            read += len(await reader.read(SMALL_BUFFER_BYTES // 2))
            await asyncio.sleep(0)
    return lead


async def test_a_slow_reader_does_not_grow_memory(standing: Standing, tell: Tell) -> None:
    with anyio.fail_after(BOUND_SECONDS):
        (reader, writer), (_, upstream) = await standing.pair("POST", "Content-Length: 0\r\n\r\n")
        standing.memory.forget_peak()
        before = standing.memory.now()
        upstream.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SLOW_BYTES)
        await reader.readuntil(b"\r\n\r\n")
        lead = await _trickle(upstream, reader)
        grown = standing.memory.peak() - before
        writer.close()
        upstream.close()
    tell(f"a slow reader, {lead / 1_000_000:.1f} MB behind: {grown / 1_000_000:.1f} MB of memory")
    assert grown < FLAT_BYTES


async def test_answers_that_wait_for_a_slow_reader_do_not_grow_memory(standing: Standing, tell: Tell) -> None:
    """The second begins while the first still fills what there is between us and the client."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
    first = PIECE * 80
    with anyio.fail_after(BOUND_SECONDS):
        (reader, writer), (asked, upstream) = await standing.pair("GET")
        writer.write(f"GET /mcp/notes HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {standing.token}\r\n\r\n".encode())
        standing.memory.forget_peak()
        before = standing.memory.now()
        upstream.write(head % len(first) + first)
        read = 0
        while not asked._buffer:  # type: ignore[attr-defined]  # until the second has come
            read += len(await reader.read(SMALL_BUFFER_BYTES))
            await asyncio.sleep(0)
        await asked.readuntil(b"\r\n\r\n")
        upstream.write(head % SLOW_BYTES)
        lead = await _trickle(upstream, reader)
        grown = standing.memory.peak() - before
        writer.close()
        upstream.close()
    tell(f"two answers to a slow reader, {lead / 1_000_000:.1f} MB behind: {grown / 1_000_000:.1f} MB of memory")
    assert grown < FLAT_BYTES


async def test_a_slow_upstream_does_not_grow_memory(standing: Standing, tell: Tell) -> None:
    with anyio.fail_after(BOUND_SECONDS):
        (reader, writer), (body, upstream) = await standing.pair("POST", f"Content-Length: {SLOW_BYTES}\r\n\r\n")
        standing.memory.forget_peak()
        before = standing.memory.now()
        lead = await _trickle(writer, body)
        grown = standing.memory.peak() - before
        upstream.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 202 ")
        writer.close()
        upstream.close()
    tell(f"a slow upstream, {lead / 1_000_000:.1f} MB behind: {grown / 1_000_000:.1f} MB of memory")
    assert grown < FLAT_BYTES


@pytest.mark.proves("G12")
async def test_an_event_passes_within_milliseconds(standing: Standing, tell: Tell) -> None:
    with anyio.fail_after(BOUND_SECONDS):
        (reader, writer), (_, upstream) = await standing.pair("GET")
        upstream.write(events())
        await reader.readuntil(b":\n\n\r\n")
        took = []
        for number in range(EVENTS):
            began, starved = perf_counter(), standing.without_processor()
            upstream.write(chunk(b"data: %d\n\n" % number))
            assert await reader.readuntil(b"\n\n\r\n") == chunk(b"data: %d\n\n" % number)
            took.append(max(perf_counter() - began - (standing.without_processor() - starved), 0.0))
        writer.close()
        upstream.close()
    tell(f"an event through the gateway: {median(took) * 1000:.2f} ms (median), {max(took) * 1000:.2f} at most")
    assert median(took) < 0.005
