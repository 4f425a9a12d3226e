"""Servers that a benchmark starts and ends."""

import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

READY_SECONDS = 30.0


@contextmanager
def running(command: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block."""
    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()


def listening(port: int, process: subprocess.Popen[bytes]) -> None:
    """Returns when it takes connections there."""
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server does not listen: what it said is above")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
