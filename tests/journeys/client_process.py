"""Other people's MCP clients as processes: each runs in its own environment, and tells each step as a line."""

import json
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from threading import Timer
from typing import Literal, cast

import anyio
from anyio import to_thread

from tests.forked import Forked, forked

Name = Literal["mcp2", "mcp1", "fastmcp"]
Line = dict[str, object]

ROOT = Path(__file__).resolve().parents[2]
MODULES: dict[Name, str] = {"mcp2": "mcp2", "mcp1": "mcp1", "fastmcp": "fastmcp_client"}
RUN_SECONDS = 120
LINE_SECONDS = 60


class ClientProcessError(AssertionError):
    """The client broke, as a program; what it told on standard error is in the message."""


@contextmanager
def client(name: Name, *args: str, environment: Mapping[str, str] = os.environ) -> Iterator[Forked]:
    """In its own environment."""
    python = ROOT / ".venv-clients" / name / "bin" / "python"
    if not python.exists():
        raise ClientProcessError(f"The client environment .venv-clients/{name} is missing: `make clients` builds it.")
    module = f"tests.journeys.clients.{MODULES[name]}"
    with forked(module, *args, environment=environment, folder=ROOT, python=str(python), imported=module) as process:
        try:
            yield process
        finally:
            process.kill()


def run(name: Name, *args: str, stdin: str = "", time_limit: float = RUN_SECONDS, proxy: str = "") -> list[Line]:
    """Run a client through its steps: the MCP URL, its options and the steps are `args`; one dict for each step.

    With `proxy`, whatever the client asks for over http is asked of that server, by the name it has.
    """
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    if proxy:
        environment["http_proxy"] = proxy
    with client(name, *args, environment=environment) as process, ThreadPoolExecutor(1) as beside:
        complaints = beside.submit(process.stderr.read)
        too_late = Timer(time_limit, process.kill)
        too_late.start()
        process.stdin.write(stdin)
        process.stdin.close()
        lines = process.stdout.read().splitlines()
        too_late.cancel()
        if process.wait() != 0:
            raise ClientProcessError(f"{name} ended with {process.returncode}: {complaints.result()}")
    return [_read(line) for line in lines]


class ClientProcess:
    """A client that runs while the test does other things; `next_line` is what it told next."""

    def __init__(self, name: Name, process: Forked, complaints: Future[str]) -> None:
        self._name = name
        self._process = process
        self._complaints = complaints

    async def next_line(self, within: float = LINE_SECONDS) -> Line:
        line = ""
        with anyio.move_on_after(within):
            line = await to_thread.run_sync(self._process.stdout.readline, abandon_on_cancel=True)
        if line:
            return _read(line)
        self._process.kill()
        raise ClientProcessError(f"{self._name} ended or told nothing for {within} s: {self._complaints.result()}")

    async def send_line(self, text: str = "go") -> None:
        """End a step `wait-line`."""
        self._process.stdin.write(f"{text}\n")
        self._process.stdin.flush()


@asynccontextmanager
async def started(name: Name, *args: str) -> AsyncIterator[ClientProcess]:
    """Start a client for as long as the block runs; it is ended with the block, come what may."""
    with client(name, *args) as process, ThreadPoolExecutor(1) as beside:
        try:
            yield ClientProcess(name, process, beside.submit(process.stderr.read))
        finally:
            process.kill()


def _read(line: str) -> Line:
    told = json.loads(line)
    if not isinstance(told, dict) or "step" not in told:
        raise ClientProcessError(f"not a line of the step loop: {line!r}")
    return cast("Line", told)
