"""What waits in Redis for its first use, and goes into the database with it (ADR 20)."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Generic, TypeVar

import structlog

from consentry.grants.model import AuthorizationCode, DeviceAuthorization, PushedRequest
from consentry.sealing import Sealer
from consentry.store.driver import Value
from consentry.store.redis import Redis, RedisAwayError
from consentry.store.sql.rows import CODES, DEVICE_AUTHORIZATIONS, PUSHED_REQUESTS, Table, code_of, device_of, pushed_of
from consentry.tokens import Digest

log = structlog.get_logger(__name__)

V = TypeVar("V")

_EXPIRED_SECONDS = 300  # a device is told that its code has expired, rather than that there is none


class RedisShelf:
    """Under the digest of what opens it, and under its own time to live; sealed, so that whoever writes to Redis makes
    no code of anybody's, and whoever reads there learns of none."""

    def __init__(self, redis: Redis, sealer: Sealer) -> None:
        self._redis = redis
        self._codes = _Box(CODES, sealer)
        self._pushed = _Box(PUSHED_REQUESTS, sealer)
        self._devices = _Box(DEVICE_AUTHORIZATIONS, sealer)

    async def keep_code(self, code: AuthorizationCode, now: int) -> bool:
        """False where the database has to keep it."""
        value = self._codes.seal(code, code.digest, made_at=now)
        return await self._keep("code", code.digest, value, code.expires_at - now)

    async def fetch_code(self, digest: Digest) -> tuple[AuthorizationCode, int] | None:
        """The code, and when it was made. It stays: what was spent of it is known to the database."""
        box = self._codes.open(await self._redis.fetch("code", digest), digest)
        return (code_of([box[name] for name in CODES.columns]), int(box["made_at"])) if box else None

    async def keep_pushed_request(self, pushed: PushedRequest, now: int) -> bool:
        """False where the database has to keep it."""
        value = self._pushed.seal(pushed, pushed.digest, made_at=now)
        return await self._keep("pushed", pushed.digest, value, pushed.expires_at - now)

    async def take_pushed_request(self, digest: Digest) -> PushedRequest | None:
        """The request, which nobody finds here again: its one answer is the database's to see to."""
        box = self._pushed.open(await self._redis.take("pushed", digest), digest)
        return pushed_of([box[name] for name in PUSHED_REQUESTS.columns]) if box else None

    async def keep_device_authorization(self, waiting: DeviceAuthorization, now: int) -> bool:
        """False where the database has to keep it; also where another device has that user code here."""
        seconds = waiting.expires_at - now + _EXPIRED_SECONDS
        row = self._devices.seal(waiting, waiting.digest)
        redis = self._redis
        try:
            if not await redis.reserve("user_code", waiting.user_code, waiting.digest, seconds):
                return False
            await redis.keep_polled(waiting.digest, row, waiting.client_id, now, waiting.poll_seconds, seconds)
        except RedisAwayError as error:
            log.warning("kept in the database", kind="device", reason=str(error))
            return False
        return True

    async def fetch_device_authorization(self, user_codes: tuple[bytes, ...]) -> DeviceAuthorization | None:
        """The one that shows a code which may be kept under any of these."""
        for user_code in user_codes:
            digest = await self._redis.fetch("user_code", user_code)
            row = await self._redis.row_of_polled(Digest(digest)) if digest is not None else None
            waiting = self._device(row, Digest(digest)) if digest is not None else None
            if waiting is not None and waiting.user_code == user_code:
                return waiting
        return None

    async def poll_device_authorization(
        self, digest: Digest, client_id: str, now: int, slower: int
    ) -> DeviceAuthorization | None:
        """As the database does it, for one that waits here."""
        polled = await self._redis.poll(digest, client_id, now, slower)
        waiting = self._device(polled[0], digest) if polled else None
        if polled is None or waiting is None or waiting.client_id != client_id:
            return None
        return replace(waiting, poll_seconds=polled[1], slowed=polled[2])

    def _device(self, row: bytes | None, digest: Digest) -> DeviceAuthorization | None:
        box = self._devices.open(row, digest)
        return device_of([box[name] for name in DEVICE_AUTHORIZATIONS.columns]) if box else None

    async def _keep(self, kind: str, digest: Digest, value: bytes, seconds: int) -> bool:
        try:
            await self._redis.keep(kind, digest, value, seconds)
        except RedisAwayError as error:
            log.warning("kept in the database", kind=kind, reason=str(error))
            return False
        return True


class _Box(Generic[V]):
    """A row as JSON, by column, with its bytes in hex; sealed for its table and its place there."""

    def __init__(self, table: Table[V], sealer: Sealer) -> None:
        self._table = table
        self._sealer = sealer
        self._purpose = f"shelf {table.name}"

    def seal(self, value: V, digest: Digest, **more: int) -> bytes:
        row: dict[str, Value] = dict(zip(self._table.columns, self._table.row(value), strict=True))
        text = json.dumps({name: _plain(each) for name, each in row.items()} | more)
        return self._sealer.seal(text.encode(), self._purpose, digest)

    def open(self, sealed: bytes | None, digest: Digest) -> Mapping[str, Any] | None:
        """None too for what another has put there, and for a row of another version: the person is asked once more."""
        text = self._sealer.open(sealed, self._purpose, digest) if sealed is not None else None
        found: dict[str, Any] = json.loads(text) if text is not None else {}
        if not found.keys() >= self._table.columns.keys():
            return None
        kinds = self._table.columns
        return {
            name: bytes.fromhex(value) if kinds.get(name) == "BYTEA" and value is not None else value
            for name, value in found.items()
        }


def _plain(value: Value) -> str | int | None:
    return value.hex() if isinstance(value, bytes) else value
