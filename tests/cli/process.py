"""`consentry` as a process: its lines are waited for, within bounds."""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO

from tests.forked import Forked, forked

BOUND_SECONDS = 45.0


@dataclass
class Running:
    """A process whose output is read as it comes."""

    process: subprocess.Popen[str] | Forked
    stdout: list[str] = field(default_factory=list)
    stderr: list[str] = field(default_factory=list)
    _came: "queue.Queue[str | None]" = field(default_factory=queue.Queue)
    _readers: list[threading.Thread] = field(default_factory=list)

    def listen(self) -> None:
        for stream, lines in ((self.process.stdout, self.stdout), (self.process.stderr, self.stderr)):
            assert stream is not None
            reader = threading.Thread(target=self._read, args=(stream, lines), daemon=True)
            reader.start()
            self._readers.append(reader)

    def line(self, part: str) -> str:
        """The next line that holds this part."""
        open_streams = len(self._readers)
        while open_streams:
            line = self._came.get(timeout=BOUND_SECONDS)
            if line is None:
                open_streams -= 1
            elif part in line:
                return line
        raise AssertionError(f"it ended without saying {part!r}: {self.stdout} {self.stderr}")

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Tells it to end; its exit code."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(timeout=BOUND_SECONDS)
        for reader in self._readers:
            reader.join(timeout=BOUND_SECONDS)
        return code

    def _read(self, stream: IO[str], lines: list[str]) -> None:
        for line in stream:
            lines.append(line.rstrip("\n"))
            self._came.put(lines[-1])
        self._came.put(None)


@contextmanager
def running(*words: str, environment: Mapping[str, str] | None = None, afresh: bool = False) -> Iterator[Running]:
    """Runs `consentry` with these words, and with no settings but those given.

    `afresh` starts Python anew, for the tests of just that; a fork does the same in a tenth of the time.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CONSENTRY_")}
    settings = inherited | dict(environment or {})
    begin = _begun if afresh else forked
    with begin("consentry", *words, environment=settings) as process:
        run = Running(process)
        run.listen()
        try:
            yield run
        finally:
            with suppress(ProcessLookupError):  # all of the group, or a worker left behind would hold our pipes open
                os.killpg(process.pid, signal.SIGKILL)
            run.wait()


@contextmanager
def _begun(*words: str, environment: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-m", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    ) as process:
        yield process
