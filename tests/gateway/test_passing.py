"""What passes between a client and an upstream, over real sockets on both sides."""

import gzip
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.gateway.conftest import BODY_LIMIT, World
from tests.gateway.serving import keeping, saying

pytestmark = pytest.mark.anyio


def seen(answer: Any) -> dict[str, list[str]]:
    headers: dict[str, list[str]] = {}
    for name, value in answer.json()["headers"]:
        headers.setdefault(name, []).append(value)
    return headers


@pytest.mark.proves("G5", "G6")
async def test_an_upstream_sees_the_call_and_nothing_of_who_made_it(world: World) -> None:
    notes = world.deploy()
    stranger = {
        "Cookie": "session=1",
        "X-Forwarded-For": "1.2.3.4",
        "X-Forwarded-User": "admin",
        "X-Real-IP": "1.2.3.4",
        "Forwarded": "for=1.2.3.4",
        "Proxy-Authorization": "Basic abc",
        "Origin": "https://claude.ai",
        "Connection": "keep-alive, X-Hop",
        "X-Hop": "1",
        "Accept-Encoding": "gzip, br",
    }
    faithful = {
        "accept": "application/json, text/event-stream",
        "content-type": "application/json",
        "user-agent": "agent/1.0",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": "search",
        "mcp-param-region": "eu",
        "mcp-session-id": "s-9",
        "last-event-id": "e-3",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    answer = await world.client.post(notes.url, content=b"{}", headers=notes.bearer | stranger | faithful)
    upstream = world.find.targets[notes.slug].upstream_url
    assert seen(answer) == {name: [value] for name, value in faithful.items()} | {
        "host": [upstream.split("/")[2]],
        "content-length": ["2"],
        "accept-encoding": ["identity"],
        "x-request-id": [answer.headers["x-request-id"]],
    }
    assert notes.token not in answer.text


async def test_nothing_is_added_that_the_client_did_not_say(world: World) -> None:
    """Python's SDK sends neither User-Agent nor Accept with some requests, and an upstream may care."""
    notes = world.deploy()
    request = world.client.build_request("GET", notes.url, headers=notes.bearer)
    for name in ("user-agent", "accept", "accept-encoding", "connection"):
        del request.headers[name]
    answer = await world.client.send(request)
    assert set(seen(answer)) == {"host", "accept-encoding", "x-request-id"}


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_method_and_query_reach_the_upstream(world: World, method: str) -> None:
    notes = world.deploy()
    answer = await world.client.request(method, f"{notes.url}/?a=%2F&b=1&b=&c=%C3%A9", headers=notes.bearer)
    passed = answer.json()
    assert (passed["method"], passed["path"], passed["query"]) == (method, "/mcp", "a=%2F&b=1&b=&c=%C3%A9")


async def test_an_answer_is_cleaned_of_what_is_not_the_upstream_s_to_say(world: World) -> None:
    notes = world.deploy()
    headers = (await world.client.post(notes.url, headers=notes.bearer)).headers
    for name in ("set-cookie", "server", "clear-site-data", "access-control-allow-credentials"):
        assert name not in headers
    assert headers.get_list("access-control-allow-origin") == ["*"]
    assert headers.get_list("x-request-id") != ["theirs"]
    assert len(headers.get_list("date")) == 1
    assert headers["mcp-session-id"] == "s-1"
    assert headers["cache-control"] == "private, max-age=7"
    assert headers["content-length"]


async def test_a_body_without_a_stated_length_is_streamed_in_chunks(world: World) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 1000

    notes = world.deploy()
    answer = await world.client.post(notes.url, content=body(), headers=notes.bearer)
    assert answer.json()["size"] == 10_000
    assert seen(answer)["transfer-encoding"] == ["chunked"]


async def test_a_body_up_to_the_limit_passes(world: World) -> None:
    notes = world.deploy()
    answer = await world.client.post(notes.url, content=b"x" * BODY_LIMIT, headers=notes.bearer)
    assert answer.json()["size"] == BODY_LIMIT


@pytest.mark.parametrize("stated", [True, False])
async def test_a_body_over_the_limit_is_refused_whether_it_says_so_or_not(world: World, stated: bool) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * (BODY_LIMIT // 10)

    notes = world.deploy()
    content = b"x" * (BODY_LIMIT + 1) if stated else body()
    answer = await world.client.post(notes.url, content=content, headers=notes.bearer)
    assert answer.status_code == 413
    assert answer.json()["id"] is None
    assert str(BODY_LIMIT) in answer.json()["error"]["message"]
    again = await world.client.post(notes.url, content=b"x", headers=notes.bearer)
    assert again.status_code == 200


async def test_a_compressed_answer_stays_compressed_and_true(world: World) -> None:
    packed = gzip.compress(b'{"jsonrpc":"2.0"}')
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
    async with saying(head + b"Content-Length: %d\r\n\r\n" % len(packed) + packed) as upstream_url:
        notes = world.deploy(upstream_url)
        async with world.client.stream("POST", notes.url, headers=notes.bearer) as answer:
            raw = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert raw == packed
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-length"] == str(len(packed))


@pytest.mark.proves("G9")
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (b"202 Accepted", b""),
        (b"400 Bad Request", b'{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"bad version"}}'),
        (b"404 Not Found", b'{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"no session"}}'),
        (b"405 Method Not Allowed", b""),
        (b"429 Too Many Requests", b"slower"),
        (b"500 Internal Server Error", b"oh"),
        (b"503 Service Unavailable", b"later"),
    ],
)
async def test_an_upstream_s_own_answers_pass_with_their_bodies(world: World, status: bytes, body: bytes) -> None:
    head = b"HTTP/1.1 %s\r\nRetry-After: 7\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
    async with saying(head + body) as upstream_url:
        notes = world.deploy(upstream_url)
        answer = await world.client.post(notes.url, headers=notes.bearer)
    assert (answer.status_code, answer.content) == (int(status[:3]), body)
    assert answer.headers["retry-after"] == "7"
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_connection_to_an_upstream_serves_one_call_after_another(world: World) -> None:
    async with keeping() as (upstream_url, connections):
        notes = world.deploy(upstream_url)
        for _ in range(5):
            assert (await world.client.post(notes.url, headers=notes.bearer, content=b"{}")).content == b"fine"
    assert connections == [5]


async def test_a_header_is_the_same_in_capitals(world: World) -> None:
    said = b"HTTP/1.1 200 OK\r\nSET-COOKIE: sid=1\r\nServer: internal\r\nMCP-Session-Id: s-1\r\n"
    said += b"CONTENT-LENGTH: 4\r\n\r\nfine"
    async with saying(said) as upstream_url:
        notes = world.deploy(upstream_url)
        answer = await world.client.post(notes.url, headers=notes.bearer)
    assert answer.content == b"fine"
    assert not {"set-cookie", "server"} & set(answer.headers)
    assert answer.headers["mcp-session-id"] == "s-1"
    assert answer.headers.get_list("content-length") == ["4"]
