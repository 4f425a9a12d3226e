"""Streams of events, and clients that leave: what happens when, told by events and never by sleeping."""

from contextlib import aclosing

import anyio
import httpx2
import pytest
from anyio import fail_after

from tests.gateway.conftest import Deployed, World
from tests.gateway.serving import BOUND_SECONDS, serving
from tests.gateway.upstreams import EventStream, Silence

pytestmark = pytest.mark.anyio


@pytest.mark.proves("G12")
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("first", [b"data: first\n\n", b": keep-alive\n\n"])
async def test_an_event_passes_before_the_next_one_is_sent(world: World, method: str, first: bytes) -> None:
    upstream = EventStream(first)
    with fail_after(BOUND_SECONDS):
        async with serving(upstream) as url:
            notes = world.deploy(url)
            async with world.client.stream(method, notes.url, headers=notes.bearer) as answer:
                assert answer.headers["content-type"] == "text/event-stream"
                assert answer.headers["x-accel-buffering"] == "no"
                assert answer.headers["cache-control"] == "no-cache, no-transform"
                assert "content-encoding" not in answer.headers
                async with aclosing(answer.aiter_raw()) as chunks:
                    assert await anext(chunks) == first
                    upstream.go_on.set()  # only now is there a second one
                    assert b"".join([chunk async for chunk in chunks]) == b"data: second\n\n"


@pytest.mark.proves("G12")
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_client_that_leaves_in_mid_stream_cancels_the_upstream_s_work(world: World, method: str) -> None:
    upstream = EventStream()
    with fail_after(BOUND_SECONDS):
        async with serving(upstream) as url:
            notes = world.deploy(url)
            async with (
                world.client.stream(method, notes.url, headers=notes.bearer) as answer,
                aclosing(answer.aiter_raw()) as chunks,
            ):
                await anext(chunks)
            await upstream.left.wait()


@pytest.mark.proves("G12")
async def test_a_client_that_leaves_before_the_first_byte_cancels_the_upstream_s_work(world: World) -> None:
    upstream = Silence()
    with fail_after(BOUND_SECONDS):
        async with serving(upstream) as url, anyio.create_task_group() as tasks:
            notes = world.deploy(url)
            tasks.start_soon(_call, notes)
            await upstream.reached.wait()
            tasks.cancel_scope.cancel()  # closes the client's connection
            with anyio.CancelScope(shield=True):
                await upstream.left.wait()


async def _call(notes: Deployed) -> None:
    async with httpx2.AsyncClient(trust_env=False, timeout=None) as client:
        await client.post(notes.url, headers=notes.bearer, content=b"{}")


@pytest.mark.parametrize(
    "begun", ["Content-Length: 100\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"]
)
async def test_half_an_upload_never_arrives_as_a_whole_one(world: World, begun: str) -> None:
    upstream = Silence()
    with fail_after(BOUND_SECONDS):
        async with serving(upstream) as url:
            notes = world.deploy(url)
            address = httpx2.URL(notes.url)
            async with await anyio.connect_tcp(address.host, address.port or 0) as connection:
                head = f"POST {address.path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {notes.token}\r\n"
                await connection.send(f"{head}{begun}".encode())
                await upstream.reached.wait()
            await upstream.left.wait()
    assert not upstream.whole


async def test_a_client_that_left_leaves_the_gateway_in_order(world: World) -> None:
    upstream = Silence()
    with fail_after(BOUND_SECONDS):
        async with serving(upstream) as url, anyio.create_task_group() as tasks:
            notes = world.deploy(url)
            tasks.start_soon(_call, notes)
            await upstream.reached.wait()
            tasks.cancel_scope.cancel()
        other = world.deploy()
        assert (await world.client.post(other.url, headers=other.bearer)).status_code == 200


async def test_many_streams_at_once_do_not_wait_for_each_other(world: World) -> None:
    upstream = EventStream()
    opened = 0
    all_open = anyio.Event()
    streams = 120  # more than the hundred connections that clients' pools commonly stop at

    async def follow(client: httpx2.AsyncClient, notes: Deployed) -> None:
        nonlocal opened
        async with client.stream("GET", notes.url, headers=notes.bearer) as answer:
            opened += 1
            if opened == streams:
                all_open.set()
            assert await answer.aread() == b"data: first\n\ndata: second\n\n"

    limits = httpx2.Limits(max_connections=None)
    with fail_after(BOUND_SECONDS * 3):
        async with (
            serving(upstream) as url,
            httpx2.AsyncClient(trust_env=False, timeout=None, limits=limits) as client,
            anyio.create_task_group() as tasks,
        ):
            notes = world.deploy(url)
            for _ in range(streams):
                tasks.start_soon(follow, client, notes)
            await all_open.wait()
            upstream.go_on.set()
