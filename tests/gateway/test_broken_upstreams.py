"""Upstreams that refuse, lie, break off or say nothing: none of it may look like our own 401, or like success."""

import httpx2
import pytest
from anyio import fail_after

from consentry.gateway.app import Gateway
from consentry.gateway.upstream import Timeouts, Upstreams
from tests.gateway.conftest import World
from tests.gateway.remembered import NOW, Remembered, access, new_token, target
from tests.gateway.serving import BOUND_SECONDS, nobody, saying, serving

pytestmark = pytest.mark.anyio


def assert_bad_gateway(answer: httpx2.Response, upstream_url: str, status: int = 502) -> str:
    assert answer.status_code == status
    assert "www-authenticate" not in answer.headers
    assert "location" not in answer.headers
    assert answer.headers["access-control-allow-origin"] == "*"
    body = answer.json()
    assert body["id"] is None
    assert body["error"]["data"]["request_id"] == answer.headers["x-request-id"]
    assert str(httpx2.URL(upstream_url).port) not in answer.text
    message: str = body["error"]["message"]
    assert "its owner must" in message
    return message


@pytest.mark.proves("G14")
@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer realm=internal\r\n",
        b'HTTP/1.1 403 Forbidden\r\nWWW-Authenticate: Bearer error="insufficient_scope"\r\n',
        b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n",
        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://10.0.0.7/internal\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /login\r\n",
        b"HTTP/1.1 304 Not Modified\r\n",
        b"HTTP/1.1 600 Unheard Of\r\n",
        b"HTTP/1.1 999 Request Denied\r\n",
    ],
)
async def test_an_upstream_s_refusal_or_redirect_is_a_bad_gateway(
    world: World, head: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with saying(head + b"Content-Length: 0\r\n\r\n") as upstream_url:
        notes = world.deploy(upstream_url)
        answer = await world.client.post(notes.url, headers=notes.bearer)
    assert_bad_gateway(answer, upstream_url)
    assert "internal" not in answer.text
    assert f"the upstream answered {head[9:12].decode()}" in caplog.text


@pytest.mark.proves("G14")
@pytest.mark.parametrize(
    "said", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\nContent-Le", b"HTTP/1.1 banana\r\n\r\n"]
)
async def test_an_upstream_that_does_not_speak_http_is_a_bad_gateway(world: World, said: bytes) -> None:
    async with saying(said) as upstream_url:
        notes = world.deploy(upstream_url)
        answer = await world.client.post(notes.url, headers=notes.bearer)
    assert "without a proper answer" in assert_bad_gateway(answer, upstream_url)


@pytest.mark.proves("G14")
async def test_an_upstream_that_does_not_run_is_a_bad_gateway(world: World) -> None:
    with nobody() as upstream_url:
        notes = world.deploy(upstream_url)
        answer = await world.client.get(notes.url, headers=notes.bearer)
    assert "could not be reached" in assert_bad_gateway(answer, upstream_url)


@pytest.mark.proves("G14")
async def test_an_upstream_that_says_nothing_is_timed_out() -> None:
    find = Remembered()
    token = new_token()
    find.accesses[token.digest()] = access()
    async with (
        saying(linger=True) as upstream_url,
        Upstreams(Timeouts(first_byte=0.05)) as upstreams,
        serving(Gateway(find=find, upstreams=upstreams, clock=lambda: NOW, new_request_id=lambda: "req_1")) as base,
        httpx2.AsyncClient(trust_env=False, timeout=BOUND_SECONDS) as client,
    ):
        find.targets["notes"] = target("notes", upstream_url)
        answer = await client.post(f"{base}/mcp/notes", headers={"Authorization": f"Bearer {token.reveal()}"})
    assert "did not begin to answer within 0.05 s" in assert_bad_gateway(answer, upstream_url, 504)


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nbanana\r\n",
    ],
)
async def test_an_answer_that_breaks_off_upstream_breaks_off_here(world: World, said: bytes) -> None:
    async with saying(said) as upstream_url:
        notes = world.deploy(upstream_url)
        async with world.client.stream("POST", notes.url, headers=notes.bearer) as answer:
            assert answer.status_code == 200
            with fail_after(BOUND_SECONDS), pytest.raises(httpx2.RemoteProtocolError):
                await answer.aread()


async def test_an_answer_longer_than_it_says_is_cut_where_it_said(world: World) -> None:
    said = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfineHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
    async with saying(said) as upstream_url:
        notes = world.deploy(upstream_url)
        assert (await world.client.post(notes.url, headers=notes.bearer)).content == b"fine"
        assert (await world.client.post(notes.url, headers=notes.bearer)).content == b"fine"


async def test_a_204_with_a_length_is_a_204(world: World) -> None:
    async with saying(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello") as upstream_url:
        notes = world.deploy(upstream_url)
        answer = await world.client.post(notes.url, headers=notes.bearer)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-length" not in answer.headers


async def test_an_upstream_that_answers_before_it_has_read_all_is_heard(world: World) -> None:
    said = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno"
    async with saying(said, linger=True) as upstream_url:
        notes = world.deploy(upstream_url)
        answer = await world.client.post(notes.url, headers=notes.bearer, content=b"x" * 900_000)
    assert (answer.status_code, answer.content) == (400, b"no")
