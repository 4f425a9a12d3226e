"""A stdio MCP server as a child process: messages a line each, and how it ended (MCP 2025-11-25, stdio)."""

import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import anyio
from anyio.abc import Process
from mcp.shared.message import SessionMessage
from mcp.types import jsonrpc_message_adapter

# The shutdown of the specification: its input closes, then SIGTERM, then SIGKILL; each waits this long for the last.
ENDS_WITHIN_SECONDS = 2.0
_LOOK_EVERY_SECONDS = 0.02


@dataclass(frozen=True)
class Command:
    """The program, its arguments and its whole environment."""

    words: Sequence[str]
    environment: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.words[0]


class Child:
    """A running command. `spoke` once it has said one MCP message."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.spoke = False

    async def messages(self) -> AsyncIterator[SessionMessage | Exception]:
        """What it says, to its end; a line that is no message is the fault that is found in it."""
        if self._process.stdout is None:
            return
        begun = b""
        with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
            async for chunk in self._process.stdout:
                *lines, begun = (begun + chunk).split(b"\n")
                for line in lines:
                    yield self._parsed(line)

    def _parsed(self, line: bytes) -> SessionMessage | Exception:
        try:
            message = jsonrpc_message_adapter.validate_json(line, by_name=False)
        except ValueError as error:
            return error
        self.spoke = True
        return SessionMessage(message)

    async def send(self, message: SessionMessage) -> None:
        """Raises anyio.BrokenResourceError or ClosedResourceError where it hears no more."""
        if self._process.stdin is not None:
            text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
            try:
                await self._process.stdin.send(f"{text}\n".encode())
            except OSError as error:
                raise anyio.BrokenResourceError from error

    async def exit_words(self) -> str:
        """How it ended, or that it only fell silent."""
        code = self._process.returncode if await self._ended() else None
        if code is None:
            return "closed its output"
        return f"ended (exit code {code})" if code >= 0 else f"was ended by {signal.Signals(-code).name}"

    async def end(self) -> None:
        """Ends it with all that it started."""
        if self._process.stdin is not None:
            with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError, OSError):
                await self._process.stdin.aclose()
        for number in (signal.SIGTERM, signal.SIGKILL):
            if await self._ended():
                break
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
        await self._ended()

    async def _ended(self) -> bool:
        # Not `wait()`, which also waits for whoever else has inherited its pipes.
        with anyio.move_on_after(ENDS_WITHIN_SECONDS):
            while self._process.returncode is None:
                await anyio.sleep(_LOOK_EVERY_SECONDS)
        return self._process.returncode is not None


@asynccontextmanager
async def running(command: Command) -> AsyncIterator[Child]:
    """The command for as long as the block; OSError or ValueError where it cannot be started."""
    process = await anyio.open_process(command.words, env=command.environment, stderr=None, start_new_session=True)
    child = Child(process)
    try:
        yield child
    finally:
        with anyio.CancelScope(shield=True):
            await child.end()
            await _close(process)


async def _close(process: Process) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError, OSError):
                await stream.aclose()
