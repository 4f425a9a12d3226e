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
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parent.parent
BOUND_SECONDS = 45.0


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
def forked(*words: str, environment: Mapping[str, str], folder: Path | None = None) -> Iterator[Forked]:
    """Runs a module with its words, in a session of its own."""
    order = {"words": words, "environment": dict(environment), "folder": str(folder or Path.cwd())}
    ours, theirs = [], []
    for readable_is_ours in (False, True, True, True):
        ends = os.pipe()
        ours.append(ends[0] if readable_is_ours else ends[1])
        theirs.append(ends[1] if readable_is_ours else ends[0])
    message = json.dumps(order).encode()
    forker, lock = _forker()
    with lock:
        socket.send_fds(forker, [len(message).to_bytes(4)], theirs)
        forker.sendall(message)
    for fd in theirs:
        os.close(fd)
    stdin, stdout, stderr, told = ours
    process = Forked(open(stdin, "w"), open(stdout), open(stderr), told)  # noqa: PTH123, SIM115
    try:
        yield process
    finally:
        process.close()


@cache
def _forker() -> tuple[socket.socket, threading.Lock]:
    """One for all that this process starts. It ends when we do, however that may be."""
    ours, theirs = socket.socketpair()
    with theirs:
        path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
        command = [sys.executable, "-m", "tests.forker", str(theirs.fileno())]
        process = subprocess.Popen(
            command,
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
    return ours, threading.Lock()
