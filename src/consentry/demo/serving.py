"""One ASGI app on one port: a ready line on stdout, and an end at SIGTERM or when stdin closes."""

import argparse
import asyncio
import json
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

import uvicorn
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp

PATH = "/mcp"
GRACEFUL_SHUTDOWN_SECONDS = 2
LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"]


@dataclass(frozen=True)
class Place:
    """Where to listen, and whether to end when stdin does (so that a killed parent leaves no orphan)."""

    host: str
    port: int
    until_stdin_closes: bool


def add_place_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags every server of this room takes."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 lets the system choose")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when standard input closes")


def place_of(arguments: argparse.Namespace) -> Place:
    """The parsed flags as a value."""
    return Place(arguments.host, arguments.port, arguments.until_stdin_closes)


def serve(app: ASGIApp, place: Place) -> None:
    """Serves until told to end; then leaves with exit code 0. A port that is taken is exit code 1."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", force=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises a captured signal again when it is done; what it finds then is this.
        signal.signal(number, lambda *_: sys.exit(0))
    listener = _listen(place)
    url = _url(place.host, listener.getsockname()[1])
    config = uvicorn.Config(
        _for_loopback_names_only(app, place.host),
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_SECONDS,
    )
    server = AnnouncingServer(config, announce=lambda: _announce(url))
    if place.until_stdin_closes:
        threading.Thread(target=_watch_stdin, args=(server.end,), daemon=True).start()
    asyncio.run(server.serve(sockets=[listener]))


class AnnouncingServer(uvicorn.Server):
    """A uvicorn server that says when it is ready to accept, and can be told to end."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts as uvicorn does, then announces."""
        await super().startup(sockets)
        self._announce()

    def end(self) -> None:
        """Asks for a graceful end; safe from any thread."""
        self.should_exit = True


def _announce(url: str) -> None:
    sys.stdout.write(json.dumps({"ready": True, "url": url}) + "\n")
    sys.stdout.flush()


def _watch_stdin(end: Callable[[], None]) -> None:
    # os.read and not sys.stdin: a daemon thread holding stdin's lock would crash the interpreter's shutdown.
    while os.read(0, 4096):
        pass
    end()


def _listen(place: Place) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    try:
        return socket.create_server((place.host, place.port), family=family)
    except (OSError, OverflowError) as error:
        sys.exit(f"Cannot listen on {place.host} port {place.port}: {error}. Choose another with --port.")


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}{PATH}" if ":" in host else f"http://{host}:{port}{PATH}"


def _for_loopback_names_only(app: ASGIApp, host: str) -> ASGIApp:
    # A web page whose name is re-bound to 127.0.0.1 arrives with its own name as Host. A gateway sends ours.
    # The SDK's own check is not used: it also refuses the Origin that a gateway has already judged.
    if not _is_loopback(host):
        return app
    return TrustedHostMiddleware(app, allowed_hosts=[*LOOPBACK_NAMES, host], www_redirect=False)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
