"""Who is measured: each starts a server of its own, made ready for a deed, and ends it."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.token import installed
from bench.token.deeds import DEEDS, Deed
from bench.token.load import Asking
from tests.postgres import Server

from consentry import settings

PEERS = Path(__file__).parent / "peers"
PEER_PYTHON = Path(".venv-clients/bench/bin/python")
READY_SECONDS = 30.0
ALL_BUT_CODES = tuple(deed for deed in DEEDS if deed != "code exchange")
OF_FASTMCP: tuple[Deed, ...] = ("refresh", "code exchange", "metadata")


@dataclass(frozen=True, slots=True)
class Running:
    """A server that listens, and what it is to be asked. `beside` is the process of its database, where that is
    another."""

    pid: int
    port: int
    asking: Asking
    beside: int | None = None


@dataclass(frozen=True, slots=True)
class Contestant:
    """`start(deed, tokens)` is a new server, with so many new tokens."""

    name: str
    keeps: str
    start: Callable[[Deed, int], AbstractAsyncContextManager[Running]]
    does: tuple[Deed, ...] = tuple(DEEDS)


def on_sqlite() -> Contestant:
    """The one that needs nothing beside it."""
    return Contestant("Consentry, SQLite", "on disk, synced", _on_sqlite)


def contestants(postgres: Server) -> list[Contestant]:
    """Ours first."""
    oidc = ["node", str(PEERS / "oidc_provider.mjs")]
    fastmcp = [str(PEER_PYTHON), str(PEERS / "fastmcp_provider.py")]
    return [
        on_sqlite(),
        Contestant("Consentry, PostgreSQL", "on disk, synced", partial(_on_postgres, postgres)),
        Contestant("oidc-provider", "in memory", partial(_peer, oidc, []), ALL_BUT_CODES),
        # Its adapter holds 1,000 things, which is less than the codes that wait here: they get one without that bound.
        Contestant("oidc-provider", "in memory, in a `Map`", partial(_peer, oidc, []), ("code exchange",)),
        Contestant("oidc-provider with an ID token", "in memory", partial(_peer, oidc, ["openid"]), ("refresh",)),
        Contestant("fastmcp as pip installs it", "in memory", partial(_peer, fastmcp, ["asyncio", "h11"]), OF_FASTMCP),
        Contestant(
            "fastmcp with uvloop and httptools",
            "in memory",
            partial(_peer, fastmcp, ["uvloop", "httptools"]),
            OF_FASTMCP,
        ),
    ]


@asynccontextmanager
async def _on_sqlite(deed: Deed, tokens: int) -> AsyncIterator[Running]:
    with tempfile.TemporaryDirectory(prefix="consentry-bench-") as folder:
        async with _ours({"DATA_DIR": folder}, deed, tokens) as running:
            yield running


@asynccontextmanager
async def _on_postgres(server: Server, deed: Deed, tokens: int) -> AsyncIterator[Running]:
    url = await server.fresh(migrated=False)
    async with _ours({"DATABASE_URL": url, "SECRET_KEY": "k" * 32}, deed, tokens) as running:
        yield Running(running.pid, running.port, running.asking, server.pid)


@asynccontextmanager
async def _ours(chosen: dict[str, str], deed: Deed, tokens: int) -> AsyncIterator[Running]:
    port = _free_port()
    values = {"PUBLIC_URL": f"http://127.0.0.1:{port}", "LOG_LEVEL": "warning", "TOKEN_PER_MINUTE": "1000000"} | chosen
    variables = {f"{settings.PREFIX}{name}": value for name, value in values.items()}
    asking = await installed.prepare(settings.load(None, variables), deed, tokens)
    command = [sys.executable, "-m", "consentry", "serve", "--port", str(port)]
    with _process(command, os.environ | variables) as process:
        await _listening(port, process)
        yield Running(process.pid, port, asking)


@asynccontextmanager
async def _peer(command: list[str], more: list[str], deed: Deed, tokens: int) -> AsyncIterator[Running]:
    with _process([*command, deed, str(tokens), *more], dict(os.environ), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        # oidc-provider says some things on standard output before.
        line = next((line for line in process.stdout if line.startswith(b"{")), None)
        if line is None:
            raise RuntimeError(f"{' '.join(command)} did not start: what it said is above")
        told = json.loads(line)
        yield Running(process.pid, told["port"], Asking(**told["asking"]))


@contextmanager
def _process(
    command: list[str], environment: dict[str, str], stdout: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=stdout) as process:
        try:
            yield process
        finally:
            process.terminate()


async def _listening(port: int, process: subprocess.Popen[bytes]) -> None:
    async with asyncio.timeout(READY_SECONDS):
        while process.poll() is None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
    raise RuntimeError("the server ended instead of listening: what it said is above")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
