"""Listening: the socket, uvicorn around it, and an orderly end at SIGTERM or Ctrl-C."""

import asyncio
import contextlib
import errno
import gc
import signal
import socket
from collections.abc import Callable, Coroutine, Generator, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from types import FrameType

import uvicorn
import uvloop
from uvicorn.config import STARTUP_FAILURE
from uvicorn.server import HANDLED_SIGNALS
from uvicorn.supervisors import Multiprocess

from consentry.app import Application
from consentry.cli.bounded import STUCK_SECONDS
from consentry.cli.connection import Connection
from consentry.cli.output import Failure
from consentry.settings import Settings

Announce = Callable[[], None]

# A stream of events may go on for hours: at the end each is given this long, and then it is cut.
GRACEFUL_SECONDS = 5
WORKERS_READY_SECONDS = 30
COLLECT_AFTER_OBJECTS = 10_000


@dataclass(frozen=True, slots=True)
class Place:
    """A socket that is bound, and the URL of it."""

    listener: socket.socket
    url: str


@contextlib.contextmanager
def bound(host: str, port: int) -> Iterator[Place]:
    """Takes the port before anything else is done, so that a taken one is a sentence. Port 0 takes any."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise Failure(_sentence(host, port, error)) from error
    with listener:
        yield Place(listener, url_of(host, listener.getsockname()[1]))


def url_of(host: str, port: int) -> str:
    """RFC 3986 §3.2.2: an IPv6 address stands in brackets."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def check(host: str, settings: Settings) -> None:
    """Without TLS, tokens may travel inside this machine only: OAuth 2.1 §1.5."""
    if not is_loopback(host) and not settings.public_url.startswith("https://"):
        raise Failure(
            f"{host} can be reached from other machines, and public_url is {settings.public_url}: set public_url to "
            "the https address of the proxy in front, or leave --host out."
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def configure(
    app: Callable[..., object], *, workers: int = 1, graceful_seconds: int = GRACEFUL_SECONDS
) -> uvicorn.Config:
    """uvicorn as we want it. With several workers, `app` makes the application in each."""
    return uvicorn.Config(
        app,
        http=Connection,
        loop="uvloop",
        ws="none",
        interface="asgi3",
        lifespan="on",
        factory=workers > 1,
        workers=workers,
        proxy_headers=False,  # the application believes the proxies that the settings name, and no others
        server_header=False,
        access_log=False,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=graceful_seconds + STUCK_SECONDS,
    )


class Server(uvicorn.Server):
    """uvicorn that says when it truly accepts, and for which a signal is an end like any other."""

    def __init__(self, config: uvicorn.Config, announce: Announce) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        settle()
        self._announce()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal lets what is under way come to its end; the second cuts it off, in order all the same."""
        if self.should_exit:
            asyncio.get_running_loop().call_soon_threadsafe(self._cut)
        self.should_exit = True

    def _cut(self) -> None:
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection):
                connection.cut()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        # uvicorn's own raises what it caught once more, which would end the process with a signal's exit code.
        before = {number: signal.signal(number, self.handle_exit) for number in HANDLED_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class Workers(Multiprocess):
    """Several processes on one socket, started anew when one dies."""

    def __init__(self, config: uvicorn.Config, listener: socket.socket, announce: Announce) -> None:
        super().__init__(config, [listener])
        self._announce = announce

    def init_processes(self) -> None:
        super().init_processes()
        if all(process.wait_until_ready(WORKERS_READY_SECONDS, self.should_exit) for process in self.processes):
            self._announce()

    def run(self) -> None:
        super().run()
        if any(process.exitcode == STARTUP_FAILURE for process in self.processes):
            raise Failure("A worker could not start: the log above says why.")


async def serve(
    application: Application, place: Place, announce: Announce, graceful_seconds: int = GRACEFUL_SECONDS
) -> None:
    """Serves in this process until it is told to end."""
    await Server(configure(application, graceful_seconds=graceful_seconds), announce).serve([place.listener])


def settle() -> None:
    """What is there by now stays for good: the garbage collector looked through it again and again, which took a sixth
    of the time of a token request."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER_OBJECTS)


def live(work: Callable[[], Coroutine[object, object, None]]) -> None:
    """Runs a server's whole life. A signal from before uvicorn listens to them ends it in order, too:
    KeyboardInterrupt comes out when everything is closed."""

    async def whole() -> None:
        signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
        await work()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(whole())


def _sentence(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        free = port + 1 if port < 65535 else port - 1
        return f"Port {port} is taken: end what uses it or pass --port {free}."
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {port}: pass a --port above 1023."
    return f"{host} is no address of this machine ({error.strerror or error}): pass --host 127.0.0.1."
