"""The proxies of docs/examples/forward-auth: the real nginx and Envoy, started as a reader would start them."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import httpx2
import pytest

from consentry.gateway.model import Message, Receive, Send
from consentry.store.sql import Transaction
from tests.gateway.serving import nobody, serving
from tests.gateway.upstreams import EventStream, echo
from tests.ports import reserved
from tests.web.world import World, world

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

START = Path(__file__).parents[2] / "docs/examples/forward-auth/start"
BOUND_SECONDS = 30.0
SPOOFED = {"X-Consentry-Account": "admin", "X-Consentry-Client": "evil", "X-Consentry-Scopes": "all"}
CALL = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
Application = Callable[[Message, Receive, Send], Awaitable[None]]


@dataclass
class Server:
    """The MCP server behind the proxy: says what it was sent, or streams events."""

    stream: EventStream = field(default_factory=EventStream)
    calls: int = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        self.calls += 1
        streams = (b"accept", b"text/event-stream") in scope["headers"]
        await (self.stream if streams else echo)(scope, receive, send)


@dataclass
class Front:
    """A proxy in front of `server`, asking `here`."""

    here: World
    server: Server
    client: httpx2.AsyncClient
    url: str
    mcp: str

    async def call(self, token: str | None, url: str = "", **headers: str) -> httpx2.Response:
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.client.post(self.url + url, json=CALL, headers=bearer | headers)


def place_of(url: str) -> str:
    return url.removeprefix("http://").partition("/")[0]


@contextmanager
def started(kind: str, consentry: str, mcp: str) -> Iterator[str]:
    """The example, started by its one command; the address where it listens."""
    with reserved() as port:
        places = {"CONSENTRY": place_of(consentry), "MCP": place_of(mcp), "LISTEN": f"127.0.0.1:{port}"}
        environment = {**os.environ, "SLUG": "reminders", **places}
        with subprocess.Popen([str(START), kind], env=environment, start_new_session=True) as process:
            try:
                wait_for(port, process)
                yield f"http://127.0.0.1:{port}/mcp/reminders"
            finally:
                os.killpg(process.pid, signal.SIGTERM)
                try:
                    process.wait(BOUND_SECONDS)
                finally:
                    if process.returncode is None:
                        os.killpg(process.pid, signal.SIGKILL)


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + BOUND_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), BOUND_SECONDS).close()
        except ConnectionRefusedError:
            os.sched_yield()
        else:
            return
    pytest.fail("the proxy does not listen; is it installed? `make provide` installs nginx, Envoy is a locked wheel")


@pytest.fixture(scope="module", params=["nginx", "envoy"])
def kind(request: pytest.FixtureRequest) -> str:
    named: str = request.param
    return named


@pytest.fixture(scope="module")
async def front(kind: str, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Front]:
    server = Server()
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(world(tmp_path_factory.mktemp(kind), trusted_proxies=("127.0.0.1",)))
        consentry = await stack.enter_async_context(serving(here.app))
        mcp = await stack.enter_async_context(serving(server))
        client = await stack.enter_async_context(httpx2.AsyncClient(trust_env=False, timeout=BOUND_SECONDS))
        url = stack.enter_context(started(kind, consentry, mcp))
        yield Front(here, server, client, url, place_of(mcp))


@pytest.mark.proves("G5", "G6")
async def test_a_good_token_reaches_the_server_which_learns_who_calls_and_not_the_token(front: Front) -> None:
    client_id, tokens = await front.here.connect()
    answer = await front.call(tokens["access_token"], "?a=b", **SPOOFED)
    assert answer.status_code == 200
    seen = answer.json()
    assert (seen["method"], seen["path"], seen["query"]) == ("POST", "/mcp", "a=b")
    headers = [(name, value) for name, value in seen["headers"] if name.startswith("x-consentry") or "auth" in name]
    assert dict(seen["headers"])["host"] == front.mcp  # MCP servers refuse what names another host
    assert sorted(headers) == [
        ("x-consentry-account", "account_1"),
        ("x-consentry-client", client_id),
        ("x-consentry-scopes", "mcp"),
    ]
    assert tokens["access_token"] not in answer.text


@pytest.mark.proves("F6")
@pytest.mark.parametrize("token", [None, "cy_at_x"])
async def test_without_a_good_token_the_client_is_shown_the_way(front: Front, token: str | None) -> None:
    before = front.server.calls
    answer = await front.call(token)
    assert answer.status_code == 401
    by_gateway = await front.here.call(token)
    assert answer.headers.get_list("www-authenticate") == [by_gateway.headers["www-authenticate"]]
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["error_description"]
    assert front.server.calls == before


@pytest.mark.proves("F9")
async def test_who_needs_more_scopes_is_told_which(front: Front) -> None:
    client_id, tokens = await front.here.connect()

    async def narrow(tx: Transaction) -> None:
        await tx.db.run("UPDATE grants SET scope = 'openid' WHERE client_id = $1", client_id)

    await front.here.installation.store.write(narrow)
    answer = await front.call(tokens["access_token"])
    assert answer.status_code == 403
    (challenge,) = answer.headers.get_list("www-authenticate")
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="mcp"' in challenge


@pytest.mark.proves("G3", "G4")
async def test_a_token_in_the_url_or_twice_goes_no_further(front: Front) -> None:
    _, tokens = await front.here.connect()
    before = front.server.calls
    assert (await front.call(None, f"?access_token={tokens['access_token']}")).status_code == 401
    both = await front.call(tokens["access_token"], "?access_token=x")
    assert both.status_code == 400
    assert 'error="invalid_request"' in both.headers["www-authenticate"]
    assert front.server.calls == before


async def test_a_method_that_mcp_does_not_have_goes_no_further(front: Front) -> None:
    _, tokens = await front.here.connect()
    before = front.server.calls
    answer = await front.client.put(front.url, headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert (answer.status_code, front.server.calls) == (405, before)


@pytest.mark.proves("H1")
async def test_a_preflight_is_the_proxy_s_to_answer(front: Front) -> None:
    before = front.server.calls
    asked = {
        "Origin": "https://inspector.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = await front.client.options(front.url, headers=asked)
    assert answer.status_code in {200, 204}
    assert answer.headers["access-control-allow-origin"] in {"*", "https://inspector.example"}
    assert "Authorization" in answer.headers["access-control-allow-headers"]
    assert front.server.calls == before


async def test_a_revoked_token_is_out_within_a_second(front: Front) -> None:
    client_id, tokens = await front.here.connect()
    assert (await front.call(tokens["access_token"])).status_code == 200
    form = {"token": tokens["refresh_token"], "client_id": client_id}
    assert (await front.here.client.post("/revoke", data=form)).status_code == 200
    revoked = time.monotonic()
    sent = revoked
    while (await front.call(tokens["access_token"])).status_code == 200:
        assert sent - revoked <= 1  # of what was sent later, nothing passes
        sent = time.monotonic()


@pytest.mark.proves("G12")
async def test_an_event_passes_when_it_is_sent(front: Front) -> None:
    _, tokens = await front.here.connect()
    front.server.stream = EventStream()
    headers = {"Authorization": f"Bearer {tokens['access_token']}", "Accept": "text/event-stream"}
    with anyio.fail_after(BOUND_SECONDS):
        async with front.client.stream("GET", front.url, headers=headers) as answer:
            parts = answer.aiter_raw()
            assert await anext(parts) == b"data: first\n\n"  # the second waits for us
            front.server.stream.go_on.set()
            assert b"".join([part async for part in parts]) == b"data: second\n\n"


async def test_all_else_is_consentry_s_but_not_the_question(front: Front) -> None:
    base = front.url.removesuffix("/mcp/reminders")
    document = await front.client.get(f"{base}/.well-known/oauth-protected-resource/mcp/reminders")
    assert document.json()["resource"] == front.here.resource
    assert (await front.client.get(f"{base}/forward-auth/reminders")).status_code == 404


async def limited(_scope: Message, _receive: Receive, send: Send) -> None:
    """What an answer to too many requests is, whoever gives it (RFC 6585 §4)."""
    await send({"type": "http.response.start", "status": 429, "headers": [(b"retry-after", b"17")]})
    await send({"type": "http.response.body", "body": b"{}"})


async def test_too_many_requests_stay_so_and_go_no_further(kind: str) -> None:
    server = Server()
    async with (
        serving(limited) as consentry,
        serving(server) as mcp,
        httpx2.AsyncClient(trust_env=False, timeout=BOUND_SECONDS) as client,
    ):
        with started(kind, consentry, mcp) as url:
            answer = await client.post(url, json=CALL, headers={"Authorization": "Bearer x"})
    assert (answer.status_code, answer.headers["retry-after"], server.calls) == (429, "17", 0)


async def test_nothing_passes_while_nobody_can_be_asked(kind: str) -> None:
    server = Server()
    async with serving(server) as mcp, httpx2.AsyncClient(trust_env=False, timeout=BOUND_SECONDS) as client:
        with nobody() as consentry, started(kind, consentry, mcp) as url:
            answer = await client.post(url, json=CALL, headers={"Authorization": "Bearer x"})
    assert (answer.status_code, server.calls) == (503, 0)
