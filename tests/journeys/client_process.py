"""Other people's MCP clients as processes: each runs in its own environment, and tells each step as a line."""

import json
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Literal, cast

import anyio
import anyio.abc
from anyio.streams.buffered import BufferedByteReceiveStream

Name = Literal["mcp2", "mcp1", "fastmcp"]
Line = dict[str, object]

ROOT = Path(__file__).resolve().parents[2]
MODULES: dict[Name, str] = {"mcp2": "mcp2", "mcp1": "mcp1", "fastmcp": "fastmcp_client"}
RUN_SECONDS = 120
LINE_SECONDS = 60
LINE_BYTES_LIMIT = 16 * 1024 * 1024
END_SECONDS = 10


class ClientProcessError(AssertionError):
    """The client broke, as a program; what it told on standard error is in the message."""


def command(name: Name, *args: str) -> list[str]:
    python = ROOT / ".venv-clients" / name / "bin" / "python"
    if not python.exists():
        raise ClientProcessError(f"The client environment .venv-clients/{name} is missing: `make clients` builds it.")
    return [str(python), "-m", f"tests.journeys.clients.{MODULES[name]}", *args]


def run(name: Name, *args: str, stdin: str = "", time_limit: float = RUN_SECONDS, proxy: str = "") -> list[Line]:
    """Run a client through its steps: the MCP URL, its options and the steps are `args`; one dict for each step.

    With `proxy`, whatever the client asks for over http is asked of that server, by the name it has.
    """
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    if proxy:
        environment["http_proxy"] = proxy
    # A client that hangs is killed by the time limit, which raises.
    done = subprocess.run(
        command(name, *args),
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=time_limit,
        check=False,
        env=environment,
    )
    if done.returncode != 0:
        raise ClientProcessError(f"{name} ended with {done.returncode}: {done.stderr}")
    return [_read(line) for line in done.stdout.splitlines()]


class ClientProcess:
    """A client that runs while the test does other things; `next_line` is what it told next."""

    def __init__(self, name: Name, process: anyio.abc.Process, told: IO[str]) -> None:
        if process.stdout is None or process.stdin is None:
            raise ClientProcessError(f"{name} was started without pipes")
        self._name = name
        self._process = process
        self._lines = BufferedByteReceiveStream(process.stdout)
        self._stdin = process.stdin
        self._told = told

    async def next_line(self, within: float = LINE_SECONDS) -> Line:
        try:
            with anyio.fail_after(within):
                return _read((await self._lines.receive_until(b"\n", LINE_BYTES_LIMIT)).decode())
        except TimeoutError:
            raise ClientProcessError(f"{self._name} told nothing for {within} s: {self.complaints()}") from None
        except (anyio.IncompleteRead, anyio.EndOfStream):
            raise ClientProcessError(f"{self._name} ended before its next line: {self.complaints()}") from None

    async def send_line(self, text: str = "go") -> None:
        """End a step `wait-line`."""
        await self._stdin.send(f"{text}\n".encode())

    async def end(self) -> None:
        """Wait until the client has walked all its steps and gone."""
        with anyio.fail_after(END_SECONDS):
            code = await self._process.wait()
        if code != 0:
            raise ClientProcessError(f"{self._name} ended with {code}: {self.complaints()}")

    async def terminate(self) -> None:
        if self._process.returncode is not None:
            return
        self._process.terminate()
        with anyio.move_on_after(END_SECONDS):
            await self._process.wait()
        if self._process.returncode is None:
            self._process.kill()

    def complaints(self) -> str:
        self._told.seek(0)
        return self._told.read() or "(nothing on standard error)"


@asynccontextmanager
async def started(name: Name, *args: str) -> AsyncIterator[ClientProcess]:
    """Start a client for as long as the block runs; it is ended with the block, come what may."""
    with tempfile.TemporaryFile("a+", encoding="utf-8") as told:
        process = await anyio.open_process(command(name, *args), cwd=ROOT, stderr=told)
        async with process:
            client = ClientProcess(name, process, told)
            try:
                yield client
            finally:
                with anyio.CancelScope(shield=True):
                    await client.terminate()


def _read(line: str) -> Line:
    told = json.loads(line)
    if not isinstance(told, dict) or "step" not in told:
        raise ClientProcessError(f"not a line of the step loop: {line!r}")
    return cast("Line", told)
