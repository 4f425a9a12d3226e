"""A session held open between steps, in a task of its own, so that its death ends the step at hand."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

Shown = Mapping[str, object]
Progress = Callable[[float, float | None, str | None], Awaitable[None]]
T = TypeVar("T")


class Session(Protocol):
    """What each SDK's program must do with an open session; what it returns goes into JSON."""

    def about(self) -> Shown: ...
    async def tools(self) -> list[str]: ...
    async def call(self, name: str, arguments: dict[str, object], progress: Progress | None) -> Shown: ...


class NotConnectedError(Exception):
    """There is no open session."""


class Connection:
    """SDKs report a dead transport by cancelling whoever entered the session; nobody else is to be hit."""

    def __init__(self, opening: Callable[[], AbstractAsyncContextManager[Session]]) -> None:
        self._opening = opening
        self._life: asyncio.Task[None] | None = None
        self._harmed = False
        self._closing = asyncio.Event()
        self._session: asyncio.Future[Session] | None = None

    async def open(self) -> Session:
        self._harmed, self._closing = False, asyncio.Event()
        self._session = asyncio.get_running_loop().create_future()
        self._life = asyncio.create_task(self._live(self._session, self._closing))
        return await self._while_alive(self._life, self._session)

    async def use(self, work: Callable[[Session], Awaitable[T]]) -> T:
        if self._life is None or self._session is None or not self._session.done():
            raise NotConnectedError("not connected: the step `connect` must come, and succeed, before this one")
        self._harmed = True
        done = await self._while_alive(self._life, asyncio.ensure_future(work(self._session.result())))
        self._harmed = False
        return done

    async def close(self) -> None:
        """Leave the session; what it died of is raised, unless the last step has met that already."""
        life, self._life = self._life, None
        if life is not None:
            self._closing.set()
            await asyncio.wait([life])
            if not self._harmed:
                life.result()

    async def _live(self, opened: asyncio.Future[Session], closing: asyncio.Event) -> None:
        async with self._opening() as session:
            opened.set_result(session)
            await closing.wait()

    async def _while_alive(self, life: asyncio.Task[None], work: asyncio.Future[T]) -> T:
        either: list[asyncio.Future[Any]] = [life, work]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
        finally:
            work.cancel()
        self._life = None
        life.result()
        raise NotConnectedError("the session ended in the middle of this step")
