"""Clients that keep what a good answer brings, and after anything else try again with what they had."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
import httpx2

from tests.builders import REDIRECT_URI, VERIFIER
from tests.load.ground import Ground, name_of

BOUND_SECONDS = 90.0
UNLIMITED = httpx2.Limits(max_connections=None, max_keepalive_connections=None)


@dataclass
class Caller:
    """One client with its grant. `refused` holds every answer that says no."""

    http: httpx2.AsyncClient
    client_id: str
    refresh_token: str = ""
    access_token: str = ""
    answers: int = 0
    lost: int = 0
    failed: int = 0
    refused: list[str] = field(default_factory=list)

    async def refresh(self) -> bool:
        """Whether there is something new to keep."""
        return await self._ask(grant_type="refresh_token", refresh_token=self.refresh_token)

    async def exchange(self, code: str) -> bool:
        return await self._ask(
            grant_type="authorization_code", code=code, code_verifier=VERIFIER, redirect_uri=REDIRECT_URI
        )

    async def gets_in(self) -> bool:
        """Whether the gateway takes the access token: then only the server behind is missing."""
        ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        headers = {"Authorization": f"Bearer {self.access_token}"}
        return (await self.http.post("/mcp/reminders", json=ping, headers=headers)).status_code == 502

    async def _ask(self, **form: str) -> bool:
        try:
            response = await self.http.post("/token", data={"client_id": self.client_id} | form)
        except httpx2.TransportError:
            self.lost += 1
            return False
        if response.status_code >= 500:
            self.failed += 1
            return False
        if response.status_code != 200:
            self.refused.append(response.text)
            return False
        told = response.json()
        self.refresh_token, self.access_token = told["refresh_token"], told["access_token"]
        self.answers += 1
        return True


@asynccontextmanager
async def connecting(ground: Ground) -> AsyncIterator[httpx2.AsyncClient]:
    """As many connections as there are requests at once."""
    async with httpx2.AsyncClient(base_url=ground.url, limits=UNLIMITED, timeout=60, verify=False) as http:
        yield http


class Crowd:
    """Callers that refresh without a pause, each its own grant, for as long as the block runs."""

    def __init__(self, callers: list[Caller], until_up: Callable[[], Awaitable[None]]) -> None:
        self.callers = callers
        self._until_up = until_up
        self._moved = anyio.Event()
        self._over = False

    @property
    def answers(self) -> int:
        return sum(caller.answers for caller in self.callers)

    @property
    def lost(self) -> int:
        return sum(caller.lost for caller in self.callers)

    @property
    def failed(self) -> int:
        return sum(caller.failed for caller in self.callers)

    @property
    def refused(self) -> list[str]:
        return [text for caller in self.callers for text in caller.refused]

    async def more_answers(self, count: int) -> None:
        """Waits for as many more, of any of them."""
        wanted = self.answers + count
        await self._until(lambda: self.answers >= wanted)

    async def more_failures(self, count: int) -> None:
        """Waits for as many more answers that blame the server."""
        wanted = self.failed + count
        await self._until(lambda: self.failed >= wanted)

    async def everyone_goes_on(self) -> None:
        """Waits until each has had an answer from now on."""
        before = [caller.answers for caller in self.callers]
        await self._until(
            lambda: all(caller.answers > old for caller, old in zip(self.callers, before, strict=True)),
        )

    async def _until(self, enough: Callable[[], bool]) -> None:
        with anyio.fail_after(BOUND_SECONDS):
            while not enough() and not self.refused:
                self._moved = anyio.Event()
                await self._moved.wait()
        assert self.refused == []

    async def _live(self, caller: Caller) -> None:
        while not self._over and not caller.refused:
            if not await caller.refresh():
                await self._until_up()
            self._moved.set()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator["Crowd"]:
        """When the block is over, each ends with its answer in hand."""
        async with anyio.create_task_group() as tasks:
            for caller in self.callers:
                tasks.start_soon(self._live, caller)
            yield self
            self._over = True
            tasks.cancel_scope.deadline = anyio.current_time() + BOUND_SECONDS
        assert not tasks.cancel_scope.cancelled_caught, "some callers had no answer in the end"


async def crowd(ground: Ground, http: httpx2.AsyncClient, size: int, until_up: Callable[[], Awaitable[None]]) -> Crowd:
    """Registered and connected; none has refreshed yet."""
    await ground.add_clients(size)
    callers = [Caller(http, name_of(number), await ground.connect(number)) for number in range(size)]
    return Crowd(callers, until_up)
