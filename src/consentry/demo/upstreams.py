"""Starts a server of this room as a child process and ends it again."""

import asyncio
import json
import sys
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

READY_WITHIN_SECONDS = 20
ENDED_WITHIN_SECONDS = 10  # a bridge gives each of its own children a few seconds
LAST_WORDS_SECONDS = 2
STDERR_LINES_KEPT = 20


@dataclass(frozen=True)
class Upstream:
    """A running MCP server and the process it is."""

    url: str
    process: asyncio.subprocess.Process
    said: "Said"


class NotStartedError(Exception):
    """A server did not come up; the text says why, in its own words where it had any."""


@asynccontextmanager
async def start(
    module: str, *arguments: str, ready_within_seconds: float = READY_WITHIN_SECONDS, held: bool = False
) -> AsyncIterator[Upstream]:
    """Runs `python -m module *arguments` for as long as the block; NotStartedError if it does not come up.

    What it writes to stderr is passed on from when it is ready; with `held`, from when `said.pass_on` is called.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        "--until-stdin-closes",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the demo, which then ends its children in order
    )
    said = Said()
    listening = asyncio.create_task(said.listen(process))
    try:
        try:
            url = await asyncio.wait_for(_ready_url(process), ready_within_seconds)
        except TimeoutError as error:
            await _end(process, listening)
            raise NotStartedError(
                f"{module} was not ready within {ready_within_seconds:g} seconds.{said.text()}"
            ) from error
        if url is None:
            await _end(process, listening)
            raise NotStartedError(
                f"{module} ended with exit code {process.returncode} before it was ready.{said.text()}"
            )
        if not held:
            said.pass_on()
        yield Upstream(url, process, said)
    finally:
        await _end(process, listening)


class Said:
    """What a child writes to stderr: its last lines kept at first, all passed on to our own from then on."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=STDERR_LINES_KEPT)
        self._passing_on = False

    async def listen(self, process: asyncio.subprocess.Process) -> None:
        """Reads until the child's end."""
        if process.stderr is None:
            return
        while chunk := await process.stderr.read(65_536):
            text = chunk.decode(errors="replace")
            if self._passing_on:
                sys.stderr.write(text)
            else:
                self._lines.extend(text.splitlines())

    def pass_on(self) -> None:
        """From now on the child speaks on our stderr, beginning with what was kept."""
        sys.stderr.writelines(f"{line}\n" for line in self._lines)
        self._passing_on = True

    def text(self) -> str:
        """What was kept, as the end of a sentence's paragraph."""
        return f" It said:\n{chr(10).join(self._lines)}" if self._lines else ""


async def _ready_url(process: asyncio.subprocess.Process) -> str | None:
    if process.stdout is None:
        return None
    line = await process.stdout.readline()
    return str(json.loads(line)["url"]) if line else None


async def _end(process: asyncio.subprocess.Process, listening: asyncio.Task[None]) -> None:
    # Its stdin first: to signal a process that has just ended by itself would lose its exit code.
    if process.stdin is not None:
        process.stdin.close()
    for insist in (process.terminate, process.kill):
        try:
            await asyncio.wait_for(process.wait(), ENDED_WITHIN_SECONDS)
            break
        except TimeoutError:
            with suppress(ProcessLookupError):
                insist()
    with suppress(TimeoutError):  # a grandchild may hold the pipes open for longer
        await asyncio.wait_for(asyncio.gather(process.wait(), listening), LAST_WORDS_SECONDS)
