"""Redis: windows that are counted, and what waits for minutes. Nothing that must not be forgotten (ADR 20)."""

import asyncio
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

import redis
from redis.asyncio import BlockingConnectionPool
from redis.asyncio import Redis as Client
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from consentry.limits.model import Window
from consentry.store.driver import StoreError
from consentry.tokens import Digest

ANSWER_SECONDS = 1.0
CONNECTIONS = 50
# One that does not answer is not asked again for so long: everybody would wait for it.
AVOIDED_SECONDS = 2.0
_MARGIN_SECONDS = 60  # the clock that says when a window ends is ours; Redis only tidies up
_PREFIX = b"consentry:"

# One window a key. Scripts run one at a time, so that no two callers see one number.
_COUNT = """
local window = redis.call('HMGET', KEYS[1], 'times', 'ends_at')
local now, ends_at = tonumber(ARGV[1]), tonumber(window[2] or '0')
if ends_at <= now then
  ends_at = now + tonumber(ARGV[2])
  redis.call('HSET', KEYS[1], 'times', '0', 'ends_at', string.format('%.0f', ends_at))
  redis.call('EXPIRE', KEYS[1], ARGV[3])
end
return {redis.call('HINCRBY', KEYS[1], 'times', 1), ends_at}
"""

# RFC 8628 §3.5, as the database's own statement has it: `ARGV[3]` more seconds for one that came too soon.
_POLL = """
local found = redis.call('HMGET', KEYS[1], 'row', 'client_id', 'next_poll_at', 'poll_seconds')
if not found[1] or found[2] ~= ARGV[1] then return false end
local now, seconds, slowed = tonumber(ARGV[2]), tonumber(found[4]), 0
if now < tonumber(found[3]) then
  seconds, slowed = seconds + tonumber(ARGV[3]), 1
end
redis.call('HSET', KEYS[1], 'next_poll_at', string.format('%.0f', now + seconds), 'poll_seconds', seconds)
return {found[1], seconds, slowed}
"""


class RedisAwayError(StoreError):
    """It does not answer. Whoever asked goes on without it."""


class Redis:
    """Connections are made at their first use. Every verb is one round trip, or raises `RedisAwayError`."""

    def __init__(self, url: str) -> None:
        self._url = url
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=ANSWER_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 1),  # a connection that was cut while it was idle
            retry_on_error=[redis.ConnectionError],
            client_name="consentry",
        )
        self._client = Client(connection_pool=pool)
        self._count = self._client.register_script(_COUNT)
        self._poll = self._client.register_script(_POLL)
        self._avoided_until = 0.0

    @property
    def place(self) -> str:
        """Where it is, for sentences: without the password."""
        parts = urlsplit(self._url)
        return f"Redis at {parts.hostname or parts.path}"

    async def aclose(self) -> None:
        await self._client.aclose()
        await self._client.connection_pool.disconnect()

    async def ping(self) -> None:
        """Whether it answers."""
        await self._ask(self._client.ping)

    async def count(self, key: Digest, seconds: int, now: int) -> Window:
        """One more in the window of that key."""
        arguments = [now, seconds, seconds + _MARGIN_SECONDS]
        return Window(*await self._ask(self._count, [_name("window", key)], arguments))

    async def times(self, key: Digest, now: int) -> int:
        """How many there are in the window of that key, without one more."""
        told = await self._ask(self._client.hmget, _name("window", key), ["times", "ends_at"])
        times, ends_at = (int(value or 0) for value in told)
        return times if ends_at > now else 0

    async def keep(self, kind: str, digest: Digest, value: bytes, seconds: int) -> None:
        """Keeps a value for so long."""
        await self._ask(self._client.set, _name(kind, digest), value, ex=max(seconds, 1))

    async def reserve(self, kind: str, name: bytes, value: bytes, seconds: int) -> bool:
        """Keeps a value under a name that nobody else has; False where somebody has."""
        return bool(await self._ask(self._client.set, _name(kind, name), value, ex=max(seconds, 1), nx=True))

    async def keep_polled(
        self, digest: Digest, row: bytes, client_id: str, now: int, poll_seconds: int, seconds: int
    ) -> None:
        """Keeps what its client asks for again and again."""
        key = _name("device", digest)
        paced: dict[Any, Any] = {"row": row, "client_id": client_id, "next_poll_at": now, "poll_seconds": poll_seconds}

        async def keep() -> None:
            async with self._client.pipeline(transaction=True) as pipe:
                pipe.hset(key, mapping=paced)
                pipe.expire(key, max(seconds, 1))
                await pipe.execute()

        await self._ask(keep)

    async def poll(self, digest: Digest, client_id: str, now: int, slower: int) -> tuple[bytes, int, bool] | None:
        """Notes the poll: the value, the seconds between polls from now on, and whether this one came too soon."""
        told = await self._ask(self._poll, [_name("device", digest)], [client_id, now, slower])
        return (told[0], int(told[1]), bool(told[2])) if told else None

    async def row_of_polled(self, digest: Digest) -> bytes | None:
        """The value, looked at by another than its client."""
        return cast("bytes | None", await self._ask(self._client.hget, _name("device", digest), "row"))

    async def fetch(self, kind: str, digest: bytes) -> bytes | None:
        """The value, which stays."""
        return cast("bytes | None", await self._ask(self._client.get, _name(kind, digest)))

    async def take(self, kind: str, digest: Digest) -> bytes | None:
        """The value, which one caller gets."""
        return cast("bytes | None", await self._ask(self._client.getdel, _name(kind, digest)))

    async def _ask(self, command: Callable[..., Any], *arguments: object, **options: object) -> Any:
        now = asyncio.get_running_loop().time()
        if now < self._avoided_until:
            raise RedisAwayError(f"{self.place} did not answer a moment ago.")
        try:
            return await command(*arguments, **options)
        except (redis.RedisError, OSError) as error:
            self._avoided_until = asyncio.get_running_loop().time() + AVOIDED_SECONDS
            raise RedisAwayError(f"{self.place} does not answer ({error}): is it running?") from error


def _name(kind: str, digest: bytes) -> bytes:
    return b"%s%s:%s" % (_PREFIX, kind.encode(), digest.hex().encode())
