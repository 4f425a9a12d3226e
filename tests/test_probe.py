"""The probe: what it finds, and the sentence for each thing that can be wrong."""

import asyncio
import contextlib
import gzip
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from mcp.types import Tool, ToolAnnotations

from consentry.deployments.health import LONGEST_FAULT
from consentry.looking import seen
from consentry.probe import MOST_BYTES, ToolSummary, Unreachable, check, explain, summary

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def answering(head: str, body: str = "") -> AsyncIterator[str]:
    """A server that answers everything with one response; with an empty one it stays silent."""
    writers: list[asyncio.StreamWriter] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await reader.read(65_536)
        if head:
            framing = f"content-length: {len(body)}\r\nconnection: close"
            writer.write(f"HTTP/1.1 {head}\r\n{framing}\r\n\r\n{body}".encode("latin-1"))
            await writer.drain()
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp"
        for writer in writers:
            writer.close()


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        ("401 Unauthorized\r\nwww-authenticate: Bearer", "wants credentials of its own (HTTP 401)"),
        ("403 Forbidden", "wants credentials of its own (HTTP 403)"),
        ("404 Not Found", "No MCP server is at that path; most have theirs at /mcp"),
        ("405 Method Not Allowed", "takes no POST (HTTP 405)"),
        ("302 Found\r\nlocation: https://elsewhere.example/mcp", "redirects to https://elsewhere.example/mcp"),
        ("503 Service Unavailable", "failed with HTTP 503"),
        ("200 OK\r\ncontent-type: text/html", "answers, but not as an MCP server (HTTP 200, text/html)"),
        ("200 OK\r\ncontent-type: application/json", "answers, but not as an MCP client needs"),
        ("", "did not answer within 0.5 seconds"),
    ],
)
async def test_each_wrong_answer_has_its_sentence(head: str, sentence: str) -> None:
    async with answering(head) as url:
        result = await check(url, seconds=0.5 if not head else 60)
    assert isinstance(result, Unreachable)
    assert result.sentence.startswith(url)
    assert sentence in result.sentence


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request"])
@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
async def test_a_server_that_answers_without_end_takes_no_memory(status: str, kind: str) -> None:
    sent = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.read(65_536)
        writer.write(f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\n\r\n".encode())
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b":" + b"a" * 65_000 + b"\n")
                await writer.drain()
                sent += 65_000

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        result = await check(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp")
    assert isinstance(result, Unreachable)
    assert sent < 4 * MOST_BYTES


async def test_an_answer_that_unpacks_to_a_multiple_of_its_size_is_not_unpacked() -> None:
    packed = gzip.compress(b'{"jsonrpc": "2.0", "id": 0, "result": "' + b"a" * MOST_BYTES + b'"}').decode("latin-1")
    head = "200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip"
    async with answering(head, packed) as url:
        result = await check(url)
    assert isinstance(result, Unreachable)
    assert "compresses its answers" in result.sentence


def test_what_is_kept_of_a_strangers_words_is_bounded() -> None:
    told = seen(Unreachable("It says: " + "a" * MOST_BYTES), 7)
    assert told.fault is not None
    assert len(told.fault) == LONGEST_FAULT


async def test_nothing_there_is_said_so() -> None:
    with socket.socket() as unlistened:
        unlistened.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unlistened.getsockname()[1]}/mcp"
        assert await check(url) == Unreachable(
            f"Nothing answers at {url}. Is the server running, and on that host and port?"
        )


@pytest.mark.parametrize("url", ["example.com/mcp", "ftp://127.0.0.1/mcp", "http:///mcp", ""])
async def test_an_address_that_is_none_is_told_apart(url: str) -> None:
    result = await check(url)
    assert isinstance(result, Unreachable)
    assert "is not an http or https address" in result.sentence


async def test_https_where_http_is_spoken_is_told_apart() -> None:
    async with answering("200 OK") as url:
        result = await check(url.replace("http:", "https:"))
    assert isinstance(result, Unreachable)
    assert "Is it http rather than https?" in result.sentence


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("[Errno -2] Name or service not known", "The host name mcp.example cannot be found"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed", "shows a certificate that cannot be verified"),
        ("All connection attempts failed", "Nothing answers at https://mcp.example/mcp"),
    ],
)
def test_what_kept_it_from_connecting_is_told_apart(reason: str, sentence: str) -> None:
    assert sentence in explain("https://mcp.example/mcp", httpx2.ConnectError(reason), [])


@pytest.mark.parametrize(
    ("hints", "read_only", "destructive"),
    [
        (None, False, True),
        (ToolAnnotations(), False, True),
        (ToolAnnotations(destructive_hint=False), False, False),
        (ToolAnnotations(read_only_hint=True), True, False),
        (ToolAnnotations(read_only_hint=True, destructive_hint=True), True, False),
    ],
)
def test_a_missing_hint_counts_as_the_dangerous_one(
    hints: ToolAnnotations | None, read_only: bool, destructive: bool
) -> None:
    tool = Tool(name="t", input_schema={"type": "object"}, annotations=hints)
    assert summary(tool) == ToolSummary("t", None, None, read_only, destructive)


async def test_the_headers_it_is_given_go_with_each_request() -> None:
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        await check(f"http://127.0.0.1:{port}/mcp", {"x-api-key": "k"})
    assert heard
    assert all(b"x-api-key: k" in head.lower() for head in heard)
