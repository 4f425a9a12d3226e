"""`python -m …` as a process, without the second that its imports take: a fork of one that has imported them."""

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parent.parent
BOUND_SECONDS = 60.0
IMPORTED = "consentry.cli"


class Forked:
    """Running. Of subprocess.Popen it has what tests use."""

    def __init__(self, stdin: IO[str], stdout: IO[str], stderr: IO[str], told: int) -> None:
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr
        self.returncode: int | None = None
        self._told = told
        self._heard = b""
        self.pid = self._hear(BOUND_SECONDS)

    def wait(self, timeout: float = BOUND_SECONDS) -> int:
        """Its exit code; a signal's is negative."""
        if self.returncode is None:
            self.returncode = self._hear(timeout)
        return self.returncode

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):  # it has ended, and that is just being told
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            with contextlib.suppress(BrokenPipeError):
                stream.close()
        os.close(self._told)

    def _hear(self, timeout: float) -> int:
        while b"\n" not in self._heard:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("a fork", timeout)
            more = os.read(self._told, 64)
            assert more, "the process that forks has ended"
            self._heard += more
        line, _, self._heard = self._heard.partition(b"\n")
        return int(line)


@contextmanager
def forked(
    *words: str,
    environment: Mapping[str, str],
    folder: Path | None = None,
    python: str = sys.executable,
    imported: str = IMPORTED,
) -> Iterator[Forked]:
    """Runs a module with its words, in a session of its own; `imported` is what it shares with others like it."""
    (stdin, ours_in), (ours_out, stdout), (ours_err, stderr), (ours_told, told) = (os.pipe() for _ in range(4))
    theirs = [stdin, stdout, stderr, told]
    send(forker(python, imported), words, environment, folder or Path.cwd(), theirs)
    for fd in theirs:
        os.close(fd)
    process = Forked(open(ours_in, "w"), open(ours_out), open(ours_err), ours_told)  # noqa: PTH123, SIM115
    try:
        yield process
    finally:
        process.close()


def send(
    orders: socket.socket, words: tuple[str, ...], environment: Mapping[str, str], folder: Path, fds: list[int]
) -> None:
    """In one piece, since others may send as well."""
    order = json.dumps({"words": words, "environment": dict(environment), "folder": str(folder)}).encode()
    socket.send_fds(orders, [len(order).to_bytes(4) + order], fds)


@cache
def forker(python: str = sys.executable, imported: str = IMPORTED) -> socket.socket:
    """Takes the orders of this process. It ends when we do, however that may be."""
    ours, theirs = socket.socketpair()
    with theirs:
        path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
        process = subprocess.Popen(
            [python, "-m", "tests.forker", str(theirs.fileno()), imported],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": path},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours
