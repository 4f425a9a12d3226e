"""Moving SQLite's write-ahead log into the database, beside the event loop: it syncs two files, which takes long."""

import sqlite3
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

# About as many as fill the thousand pages after which SQLite would do it by itself, in the middle of a commit.
EVERY_WORKS = 250
# Where a thread cannot keep up, the one that writes helps along.
AUTOMATIC_PAGES = 16_000


class Checkpointer:
    """Told of every commit; now and then it starts a checkpoint, of which there is never more than one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._works = 0
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._running: Future[None] | None = None
        self._connection: sqlite3.Connection | None = None

    def committed(self, works: int) -> None:
        self._works += works
        if self._works >= EVERY_WORKS and (self._running is None or self._running.done()):
            self._works = 0
            self._running = self._threads.submit(self._checkpoint)

    def close(self) -> None:
        """Waits for the one under way."""
        self._threads.shutdown(cancel_futures=True)
        if self._connection is not None:
            self._connection.close()

    def _checkpoint(self) -> None:
        """PASSIVE: stops nobody, and takes what it can. A fault of the disk will be met by the next commit, too."""
        if self._connection is None:
            self._connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
