"""A server process that measures its own event loop: how much later than asked a timer of a millisecond fires.

`python -m tests.load.probed FD` serves on a listening socket that it inherits, with the settings of the environment. It
says `ready`, measures from the first line that it reads to the second, then tells each delay in microseconds, as a
pair: all of it, and without the time for which the loop could have gone on but had no processor. It serves on.
"""

import asyncio
import json
import socket
import sys
import time

import anyio
import uvloop
from anyio import to_thread

from consentry import logs
from consentry.app import Application
from consentry.cli import listening, opening
from consentry.cli.listening import Place
from consentry.installation import open_installation
from tests import processor

EVERY_SECONDS = 0.001
Delay = tuple[float, float]


async def probe(delays: list[Delay]) -> None:
    """Asks for a timer, and notes how long it took beyond that."""
    while True:
        asked, starved = time.perf_counter(), processor.waited()
        await asyncio.sleep(EVERY_SECONDS)
        delay = time.perf_counter() - asked - EVERY_SECONDS
        delays.append((delay, max(delay - (processor.waited() - starved), 0.0)))


async def serve(fd: int) -> None:
    """Until it is killed."""
    installation = open_installation(opening.load(None))
    place = Place(socket.socket(fileno=fd), installation.settings.public_url)
    up = anyio.Event()
    delays: list[Delay] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listening.serve, Application(installation), place, up.set)
        await up.wait()
        print("ready", flush=True)  # noqa: T201
        await to_thread.run_sync(sys.stdin.readline)
        async with anyio.create_task_group() as probing:
            probing.start_soon(probe, delays)
            await to_thread.run_sync(sys.stdin.readline)
            probing.cancel_scope.cancel()
        print(json.dumps([[round(part * 1_000_000) for part in delay] for delay in delays]), flush=True)  # noqa: T201


if __name__ == "__main__":
    logs.configure("warning", pretty=False)
    uvloop.run(serve(int(sys.argv[1])))
