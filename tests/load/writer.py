"""Writes as the command line does, again and again: opens the database, makes one transaction, closes it.

`python -m tests.load.writer FILE` says `ready`, begins at a line that it reads, ends at the next, and tells how many of
its clients it was told to have been added.
"""

import asyncio
import sys
import threading
from functools import partial
from pathlib import Path

from consentry.clients import preregister
from consentry.clients.register import Registered
from consentry.store.sqlite import SQLiteStore
from tests.builders import client


async def write(file: Path, over: threading.Event) -> int:
    written = 0
    while not over.is_set():
        added = Registered(client(f"written_{written}"), None)
        store = SQLiteStore(file)
        await store.write(partial(preregister.create, registered=added))
        store.close()
        written += 1
    return written


def wait_for_the_end(over: threading.Event) -> None:
    sys.stdin.readline()
    over.set()


if __name__ == "__main__":
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    ended = threading.Event()
    threading.Thread(target=wait_for_the_end, args=(ended,), daemon=True).start()
    print(asyncio.run(write(Path(sys.argv[1]), ended)))  # noqa: T201
