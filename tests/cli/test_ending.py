"""Ctrl-C and SIGTERM while clients are connected: quiet, in order, and within bounds."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest

from consentry.grants.exchange import Issued
from tests.bench import Bench
from tests.builders import DAY
from tests.cli.commands import Commands
from tests.cli.process import BOUND_SECONDS, Running, running

pytestmark = pytest.mark.slow


class Endless(ThreadingHTTPServer):
    """An upstream whose GET is a stream of one event and then silence; a POST with `?silence` has no answer at all."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Stream)
        self.url = f"http://127.0.0.1:{self.server_port}/mcp"
        self.over = threading.Event()
        self.posted = threading.Event()


class Stream(BaseHTTPRequestHandler):
    server: Endless

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b"data: first\n\n")
        self.server.over.wait(BOUND_SECONDS)

    def do_POST(self) -> None:
        if self.path.endswith("?silence"):
            self.server.posted.set()
            self.server.over.wait(BOUND_SECONDS)
        else:
            self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def upstream() -> Iterator[Endless]:
    with Endless() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


async def connect_for_good(bench: Bench) -> Issued:
    return await replace(bench, terms=replace(bench.terms, access_token_ttl=36_500 * DAY)).connect()


@pytest.fixture
def bearer(commands: Commands, upstream: Endless) -> dict[str, str]:
    """What opens the deployment `reminders`, behind which the upstream stands."""
    commands.init()
    issued: Issued = commands.lived(connect_for_good)
    commands.says("deployment", "update", "reminders", "--upstream", upstream.url)
    return {"Authorization": f"Bearer {issued.access_token.reveal()}"}


def wait_until_deaf(url: str) -> None:
    """The signal has been heard once nothing listens any more."""
    for _ in range(10_000):
        try:
            httpx2.get(url, trust_env=False, timeout=BOUND_SECONDS)
        except httpx2.TransportError:
            return
    raise AssertionError("it still listens")


@contextmanager
def connected(url: str, bearer: dict[str, str], upstream: Endless) -> Iterator[None]:
    """Two streams under way, a call whose answer has not begun, and a connection on which nothing happens.

    The streams come to a proper end; a call that is at work is cut when it has had its time.
    """
    with (
        httpx2.Client(headers=bearer, timeout=BOUND_SECONDS, trust_env=False) as client,
        httpx2.Client(trust_env=False, timeout=BOUND_SECONDS) as idle,
        ExitStack() as open_streams,
    ):
        assert idle.get(url).status_code == 401
        streams = [open_streams.enter_context(client.stream("GET", url)).iter_raw() for _ in range(2)]
        assert [next(chunks) for chunks in streams] == [b"data: first\n\n"] * 2
        call = threading.Thread(target=broken_off, args=(client, url))
        call.start()
        assert upstream.posted.wait(BOUND_SECONDS)
        yield
        assert [b"".join(chunks) for chunks in streams] == [b"", b""]
        call.join(BOUND_SECONDS)
        assert not call.is_alive()


def broken_off(client: httpx2.Client, url: str) -> None:
    with pytest.raises(httpx2.TransportError):
        client.post(f"{url}?silence", json={})


def started(server: Running) -> str:
    said: dict[str, str] = json.loads(server.line('"ready"'))
    return f"{said['listening']}/mcp/reminders"


@pytest.mark.parametrize(
    ("number", "workers"), [(signal.SIGINT, "1"), (signal.SIGTERM, "1"), (signal.SIGINT, "2"), (signal.SIGTERM, "2")]
)
def test_open_streams_end_without_a_word_in_the_log(
    commands: Commands, bearer: dict[str, str], upstream: Endless, number: signal.Signals, workers: str
) -> None:
    environment = {"CONSENTRY_DATA_DIR": str(commands.folder)}
    with running("serve", "--port", "0", "--workers", workers, environment=environment) as server:
        url = started(server)
        with connected(url, bearer, upstream):
            if number is signal.SIGINT:  # as a terminal does: to all that run in it
                os.killpg(server.process.pid, number)
                assert server.wait() == 0
            else:
                assert server.end(number) == 0
    assert len(server.stderr) == 1, server.stderr
    assert server.stdout == []


def test_a_second_ctrl_c_cuts_at_once_and_in_order(
    commands: Commands, bearer: dict[str, str], upstream: Endless
) -> None:
    environment = {"CONSENTRY_DATA_DIR": str(commands.folder)}
    with running("serve", "--port", "0", environment=environment) as server:
        url = started(server)
        with connected(url, bearer, upstream):
            server.process.send_signal(signal.SIGINT)
            wait_until_deaf(url)
            assert server.end(signal.SIGINT) == 0
    assert len(server.stderr) == 1, server.stderr


def test_the_demonstration_ends_quietly_too(commands: Commands, bearer: dict[str, str], upstream: Endless) -> None:
    with running("demo", "--port", "0", "--data", str(commands.folder)) as server:
        url = server.line("MCP URL  ").removeprefix("MCP URL").strip()
        server.line("Press Ctrl-C to end.")
        commands.says("deployment", "update", "reminders", "--upstream", upstream.url)
        with connected(url, bearer, upstream):
            assert server.end(signal.SIGINT) == 0
    assert server.stderr == []
