"""Has imported what a module imports, which takes a second; each order makes a fork of it that runs a module.

`python -m tests.forker FD IMPORTED`: FD is a stream socket. An order is the length of a JSON object, the object, and
four descriptors: stdin, stdout and stderr of the fork, and where its process id is told, and in the end its exit code.
"""

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import tempfile
from typing import Any

LENGTH = 4


def orders(source: socket.socket) -> dict[str, Any] | None:
    """Goes on in each fork with what was ordered, and in the first process, when nobody orders any more, with None."""
    while True:
        length, fds, _, _ = socket.recv_fds(source, LENGTH, 4)
        if not length:
            return None
        order: dict[str, Any] = json.loads(source.recv(int.from_bytes(length), socket.MSG_WAITALL))
        if os.fork() == 0:
            source.close()
            attend(fds)
            return order
        for fd in fds:
            os.close(fd)


def attend(fds: list[int]) -> None:
    """Returns in yet another process, with these as its own; this one waits for its end and tells it."""
    *standard, told = fds
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child = os.fork()
    if child == 0:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs in the background would ignore it
        for number, fd in enumerate(standard):
            os.dup2(fd, number)
        for fd in fds:
            os.close(fd)
        return
    for fd in standard:
        os.close(fd)
    os.write(told, f"{child}\n".encode())
    _, status = os.waitpid(child, 0)
    os.write(told, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def become(order: dict[str, Any]) -> None:
    """As `python -m` would have begun."""
    module, *_ = sys.argv = order["words"]
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    tempfile.tempdir = None
    if not hasattr(sys.modules.get(module), "__path__"):
        sys.modules.pop(module, None)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that attend
    importlib.import_module(sys.argv[2])
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as source:
        ordered = orders(source)
    if ordered is not None:
        become(ordered)
