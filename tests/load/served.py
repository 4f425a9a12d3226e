"""`consentry serve` as a process that is killed, stopped in mid-step and started anew, on one port and database."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

import anyio
from anyio import to_thread

from tests.cli.process import Running, running
from tests.load.ground import Ground


class Served:
    """Ends with SIGKILL, whatever it was doing."""

    def __init__(self, ground: Ground, workers: int, *, afresh: bool) -> None:
        self._ground = ground
        self._workers = workers
        self._afresh = afresh
        self._life = ExitStack()
        self._run: Running | None = None
        self._up = anyio.Event()

    @property
    def pid(self) -> int:
        assert self._run is not None
        return self._run.process.pid

    async def start(self) -> None:
        words = ("serve", "--port", str(self._ground.port), "--workers", str(self._workers))
        self._run = self._life.enter_context(running(*words, environment=self._ground.environment, afresh=self._afresh))
        await to_thread.run_sync(self._run.line, "ready")
        self._up.set()

    async def kill(self) -> None:
        """kill -9, of all its processes."""
        self._up = anyio.Event()
        await to_thread.run_sync(self._life.close)

    async def until_up(self) -> None:
        await self._up.wait()

    def freeze(self) -> None:
        """Stops one that was begun `afresh` between two machine instructions; when this returns, it has stopped."""
        os.kill(self.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def close(self) -> None:
        self._life.close()


@asynccontextmanager
async def serving(ground: Ground, workers: int = 1, *, afresh: bool = False) -> AsyncIterator[Served]:
    """Runs for as long as the block."""
    served = Served(ground, workers, afresh=afresh)
    try:
        await served.start()
        yield served
    finally:
        served.close()
