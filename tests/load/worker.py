"""A module of the tests as a process of its own: it says `ready`, and goes on at each line that it is sent."""

import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import anyio.abc
from anyio.streams.buffered import BufferedByteReceiveStream

ROOT = Path(__file__).resolve().parents[2]
BOUND_SECONDS = 60.0
LONGEST_LINE = 1 << 24


@dataclass
class Worker:
    """Running."""

    process: anyio.abc.Process
    lines: BufferedByteReceiveStream

    async def told(self) -> str:
        """Its next line."""
        with anyio.fail_after(BOUND_SECONDS):
            return (await self.lines.receive_until(b"\n", LONGEST_LINE)).decode()

    async def say(self, line: str) -> None:
        assert self.process.stdin is not None
        await self.process.stdin.send(f"{line}\n".encode())


@asynccontextmanager
async def started(*command: str, cwd: Path = ROOT, **options: Any) -> AsyncIterator[Worker]:
    """Runs a command for as long as the block; what it complains of goes where ours goes."""
    process = await anyio.open_process(command, cwd=cwd, stderr=None, **options)
    async with process:
        try:
            assert process.stdout is not None
            yield Worker(process, BufferedByteReceiveStream(process.stdout))
        finally:
            if process.returncode is None:
                process.kill()


@asynccontextmanager
async def ready(
    module: str, *arguments: str, environment: Mapping[str, str] | None = None, fds: tuple[int, ...] = ()
) -> AsyncIterator[Worker]:
    """A module of the tests, when it has said `ready`."""
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    env = os.environ | {"PYTHONPATH": path} | dict(environment or {})
    async with started(sys.executable, "-m", module, *arguments, env=env, pass_fds=fds) as worker:
        assert await worker.told() == "ready"
        yield worker
