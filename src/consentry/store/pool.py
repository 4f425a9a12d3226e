"""Connections to PostgreSQL, lent one at a time: asyncpg's own pool makes two tasks for each loan (ADR 11)."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

Connection = Any  # asyncpg ships no types


class NoneFreeError(Exception):
    """All connections were lent for as long as somebody waited for one."""


class Pool:
    """At most so many are open. One that lay idle for `idle_seconds` is closed."""

    def __init__(self, most: int, idle_seconds: float, connect: Callable[[], Awaitable[Connection]]) -> None:
        self._most = most
        self._idle_seconds = idle_seconds
        self._connect = connect
        self._free: deque[tuple[float, Connection]] = deque()  # since when; the one that was used last is the last
        self._lent = 0  # with those that are being opened
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._tidying: asyncio.TimerHandle | None = None
        self._closed = False
        self._all_back = asyncio.Event()

    async def borrow(self, seconds: float) -> Connection:
        """One that works, as far as anybody knows; opened where none is free."""
        while self._free:
            _, connection = self._free.pop()
            if not connection.is_closed():
                self._lent += 1
                return connection
        if self._lent < self._most:
            self._lent += 1
            return await self._opened()
        return await self._wait(seconds) or await self._opened()

    def give_back(self, connection: Connection) -> None:
        """One that is in the middle of something is closed."""
        if self._closed or connection.is_closed() or connection.is_in_transaction():
            connection.terminate()
            self._pass_on(None)
        else:
            self._pass_on(connection)

    async def aclose(self) -> None:
        """Waits for those that are lent."""
        self._closed = True
        if self._tidying is not None:
            self._tidying.cancel()
        while self._lent:
            self._all_back.clear()
            await self._all_back.wait()
        while self._free:
            await self._free.pop()[1].close()

    async def _opened(self) -> Connection:
        try:
            return await self._connect()
        except BaseException:
            self._pass_on(None)
            raise

    async def _wait(self, seconds: float) -> Connection | None:
        """A connection, or the right to open one."""
        waiting: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout(seconds):
                return await waiting
        except BaseException as error:
            if waiting.done() and not waiting.cancelled():  # given at the very moment in which we went
                self._pass_on(waiting.result())
            if isinstance(error, TimeoutError):
                raise NoneFreeError from error
            raise

    def _pass_on(self, connection: Connection | None) -> None:
        """To the one who has waited longest, or else among the free."""
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(connection)
                return
        self._lent -= 1
        if self._lent == 0:
            self._all_back.set()
        if connection is not None:
            loop = asyncio.get_running_loop()
            self._free.append((loop.time(), connection))
            if self._tidying is None:
                self._tidying = loop.call_later(self._idle_seconds, self._tidy)

    def _tidy(self) -> None:
        loop = asyncio.get_running_loop()
        while self._free and self._free[0][0] + self._idle_seconds <= loop.time():
            self._free.popleft()[1].terminate()
        self._tidying = loop.call_at(self._free[0][0] + self._idle_seconds, self._tidy) if self._free else None
