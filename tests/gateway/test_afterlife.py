"""A call that lasts: it ends when its token or its grant does, and not before."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace

import anyio
import httpx2
import pytest
from anyio import fail_after

from consentry.formats import Bearer
from consentry.gateway.app import Gateway
from consentry.gateway.asked import Reading
from consentry.gateway.model import Access, Target
from consentry.gateway.upstream import Upstreams
from consentry.tokens import Secret
from tests.gateway.calling import calling
from tests.gateway.remembered import NOW, Remembered, access, new_token, target
from tests.gateway.serving import BOUND_SECONDS, saying, serving
from tests.gateway.upstreams import EventStream, Silence, echo

pytestmark = pytest.mark.anyio


class Watched(Remembered):
    """Tells when a token is looked up, and can be out of reach."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.looked_up = anyio.Event()

    async def find_access(self, bearer: Bearer, target: Target) -> Access | None:
        found = await super().find_access(bearer, target)
        self.looked_up.set()
        if self.away:
            raise ConnectionError("the store does not answer")
        return found

    async def look_ups(self, number: int) -> None:
        for _ in range(number):
            self.looked_up = anyio.Event()
            await self.looked_up.wait()


@dataclass
class Here:
    """A gateway in front of one upstream, with one token and a clock that the test moves."""

    find: Watched
    token: Secret
    client: httpx2.AsyncClient
    base: str = ""
    url: str = ""
    now: int = NOW

    def change(self, **changes: object) -> None:
        digest = self.token.digest()
        self.find.accesses[digest] = replace(self.find.accesses[digest], **changes)  # type: ignore[arg-type]

    def expire(self) -> None:
        self.now = NOW + 100

    def forget(self) -> None:
        del self.find.accesses[self.token.digest()]

    @asynccontextmanager
    async def stream(self, method: str = "GET", said: object = None) -> AsyncIterator[AsyncIterator[bytes]]:
        async with self.client.stream(method, self.url, json=said) as answer, aclosing(answer.aiter_raw()) as chunks:
            assert await anext(chunks) == b"data: first\n\n"
            yield chunks


@asynccontextmanager
async def deployed(
    upstream_url: str, recheck_seconds: float = 0.01, expires_at: int = NOW + 100
) -> AsyncIterator[Here]:
    token = new_token()
    bearer = {"Authorization": f"Bearer {token.reveal()}"}
    async with Upstreams() as upstreams, httpx2.AsyncClient(trust_env=False, timeout=None, headers=bearer) as client:
        here = Here(Watched(), token, client)
        here.find.targets["notes"] = target("notes", upstream_url)
        here.find.accesses[token.digest()] = access(expires_at=expires_at)
        gateway = Gateway(
            find=here.find,
            upstreams=upstreams,
            clock=lambda: here.now,
            new_request_id=lambda: "req_1",
            policies=(Reading(),),
            recheck_seconds=recheck_seconds,
        )
        async with serving(gateway) as base:
            here.base, here.url = base, f"{base}/mcp/notes"
            yield here


ENDS: dict[str, Callable[[Here], None]] = {
    "ended": lambda here: here.change(ended=True),
    "expired": Here.expire,
    "unknown": Here.forget,
    "narrowed": lambda here: here.change(scope=frozenset({"openid"})),
}


@pytest.mark.proves("G15")
@pytest.mark.parametrize(
    ("method", "end"),
    # A call under way may outlive its token; see below.
    [(method, name) for method in ("GET", "POST") for name in ENDS if (method, name) != ("POST", "expired")],
)
async def test_an_open_stream_ends_with_its_access(method: str, end: str, caplog: pytest.LogCaptureFixture) -> None:
    upstream = EventStream()
    with fail_after(BOUND_SECONDS):
        async with serving(upstream) as url, deployed(url) as here:
            async with here.stream(method) as chunks:
                ENDS[end](here)
                assert [chunk async for chunk in chunks] == []
            await upstream.left.wait()
            status = (await here.client.request(method, here.url)).status_code
    assert status in (401, 403)
    assert not caplog.records  # of a warning or worse: nothing went wrong


@pytest.mark.proves("G15")
async def test_an_expiry_is_not_waited_for_longer_than_it_takes() -> None:
    upstream = EventStream()
    with fail_after(BOUND_SECONDS):
        async with (
            serving(upstream) as url,
            deployed(url, recheck_seconds=3600, expires_at=NOW + 1) as here,
            here.stream() as chunks,
        ):
            here.expire()
            assert [chunk async for chunk in chunks] == []


@pytest.mark.proves("G15")
async def test_a_call_under_way_outlives_its_token_but_not_its_grant() -> None:
    upstream = EventStream()
    with fail_after(BOUND_SECONDS):
        async with serving(upstream) as url, deployed(url) as here, here.stream("POST") as chunks:
            here.expire()
            await here.find.look_ups(5)
            assert not upstream.left.is_set()
            here.change(ended=True)
            assert [chunk async for chunk in chunks] == []


@pytest.mark.proves("G15")
async def test_who_listens_by_post_is_heard_no_longer_than_the_token_lives() -> None:
    """MCP 2026-07-28: `subscriptions/listen` stands for the GET stream of before, and never ends by itself."""
    upstream = EventStream()
    listen = {"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": {}}
    with fail_after(BOUND_SECONDS):
        async with serving(upstream) as url, deployed(url) as here:
            async with here.stream("POST", listen) as chunks:
                here.expire()
                assert [chunk async for chunk in chunks] == []
            await upstream.left.wait()


async def test_a_stream_whose_access_lasts_goes_on() -> None:
    upstream = EventStream()
    with fail_after(BOUND_SECONDS):
        async with serving(upstream) as url, deployed(url) as here, here.stream() as chunks:
            await here.find.look_ups(5)
            upstream.go_on.set()
            assert b"".join([chunk async for chunk in chunks]) == b"data: second\n\n"


async def test_a_store_that_is_away_for_a_moment_cuts_no_stream_but_expiry_does() -> None:
    upstream = EventStream()
    with fail_after(BOUND_SECONDS):
        async with serving(upstream) as url, deployed(url) as here, here.stream() as chunks:
            here.find.away = True
            await here.find.look_ups(5)
            assert not upstream.left.is_set()
            here.expire()
            assert [chunk async for chunk in chunks] == []


@pytest.mark.proves("G15")
async def test_a_call_that_is_not_answered_yet_is_told_why_it_ends() -> None:
    upstream = Silence()

    async with serving(upstream) as url, deployed(url) as here:

        async def end() -> None:
            await upstream.reached.wait()
            here.change(ended=True)

        with fail_after(BOUND_SECONDS):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(end)
                answer = await here.client.post(here.url, content=b"{}")
            await upstream.left.wait()
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.proves("G15")
@pytest.mark.parametrize("kind", [b"application/json", b"text/event-stream"])
async def test_an_answer_that_would_not_be_whole_breaks_off(kind: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nContent-Type: " + kind + b"\r\n\r\n"
    with fail_after(BOUND_SECONDS):
        async with (
            saying(head + b"data: first\n\n", linger=True) as url,
            deployed(url) as here,
            here.stream("POST") as chunks,
        ):
            here.change(ended=True)
            with pytest.raises(httpx2.RemoteProtocolError):
                await anext(chunks)


async def test_a_call_that_does_not_last_is_looked_up_once() -> None:
    async with serving(echo) as url, deployed(url, recheck_seconds=5) as here:
        assert (await here.client.post(here.url, json={})).status_code == 200
        assert here.find.token_lookups == 1


@pytest.mark.proves("G15")
@pytest.mark.parametrize("end", ENDS)
async def test_a_body_that_is_held_back_does_not_outlast_its_access(end: str) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "add"}}).encode()
    with fail_after(BOUND_SECONDS):
        async with serving(echo) as url, deployed(url) as here, calling(here.base) as caller:
            head = f"POST /mcp/notes HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {here.token.reveal()}\r\n".encode()
            await caller.say(head + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
            assert b" 100 " in await caller.reader.readuntil(b"\r\n\r\n")  # it was let in, and is waited for
            ENDS[end](here)
            await caller.say(body)
            assert (await caller.answer())[0] in (401, 403)
