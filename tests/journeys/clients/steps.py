"""What the clients are told to do, step by step, and how they tell what happened: a line of JSON each."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.journeys.clients.connection import Connection, Session, Shown
from tests.journeys.clients.person import Person

STEP_SECONDS = 60
EXPIRY_WAIT_SECONDS = 30
CLOCK_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Held:
    """What the client keeps in its storage; `expires_at` is epoch seconds by its own clock."""

    client_id: str | None
    access_token: str | None
    refresh_token: str | None
    expires_at: float | None


class Client(Protocol):
    """What each SDK's program must offer."""

    def session(self) -> AbstractAsyncContextManager[Session]: ...
    async def held(self) -> Held: ...


@dataclass(frozen=True)
class Arguments:
    """`redirect_port` is None where the client is to choose one; `mode` is the SDK's own word."""

    mcp_url: str
    storage: Path
    redirect_port: int | None
    mode: str


class StepError(Exception):
    """The step cannot be done as asked."""


class Walk:
    """One run of a client through its steps."""

    def __init__(self, client: Client, person: Person) -> None:
        self._client = client
        self._person = person
        self._connection = Connection(client.session)

    async def take(self, step: str) -> Shown:
        """The line that tells of `step`."""
        self._person.missed = False
        try:
            async with asyncio.timeout(None if step == "wait-line" else STEP_SECONDS):
                shown = await self._do(step)
        except Exception as error:
            shown = {"error": "authorization needed" if self._person.missed else _told(error)}
        return {"step": step, **shown, "authorizations": self._person.authorizations}

    async def _do(self, step: str) -> Shown:
        verb, _, rest = step.partition(":")
        name, _, written = rest.partition(":")
        plain: dict[str, Callable[[], Awaitable[Shown]]] = {
            "connect": self._connect,
            "list": self._list,
            "refresh": self._refresh,
            "disconnect": self._disconnect,
            "wait-line": self._wait_line,
        }
        if verb in plain and not rest:
            return await plain[verb]()
        if verb in {"call", "progress"} and name:
            return await self._call(name, json.loads(written or "{}"), watched=verb == "progress")
        raise StepError(f"unknown step {step!r}: {', '.join(plain)}, call:TOOL:JSON or progress:TOOL:JSON")

    async def _connect(self) -> Shown:
        session = await self._connection.open()
        return {**session.about(), "client_id": (await self._client.held()).client_id}

    async def _list(self) -> Shown:
        return {"tools": await self._connection.use(lambda session: session.tools())}

    async def _call(self, name: str, arguments: dict[str, object], *, watched: bool) -> Shown:
        seen: list[tuple[float, float | None, float]] = []

        async def progress(done: float, total: float | None, _message: str | None) -> None:
            seen.append((done, total, time.monotonic()))

        watching = progress if watched else None
        result = await self._connection.use(lambda session: session.call(name, arguments, watching))
        shown = {"result": result}
        return {**shown, "progress": seen, "completed_at": time.monotonic()} if watched else shown

    async def _refresh(self) -> Shown:
        before, asked = await self._client.held(), self._person.authorizations
        await _pass_expiry(before)
        tools = await self._connection.use(lambda session: session.tools())
        after = await self._client.held()
        return {
            "tools": tools,
            "access_token_changed": after.access_token != before.access_token,
            "refresh_token_changed": after.refresh_token != before.refresh_token,
            "authorized_again": self._person.authorizations != asked,
        }

    async def _disconnect(self) -> Shown:
        await self._connection.close()
        return {}

    async def _wait_line(self) -> Shown:
        line = await asyncio.to_thread(sys.stdin.readline)
        if not line:
            raise StepError("standard input ended before a line came")
        return {"line": line.rstrip("\n")}

    async def end(self) -> None:
        """Leave nothing open; what is still wrong then has been told in a step already."""
        try:
            async with asyncio.timeout(STEP_SECONDS):
                await self._connection.close()
        except Exception as error:
            sys.stderr.write(f"while ending: {_told(error)}\n")


async def _pass_expiry(held: Held) -> None:
    if held.expires_at is None:
        raise StepError("the client knows of no expiry (the Python SDK forgets it over a restart)")
    if held.expires_at - time.time() > EXPIRY_WAIT_SECONDS:
        raise StepError("the access token lives too long to wait for: start the server with a short one")
    while time.time() <= held.expires_at:
        await asyncio.sleep(CLOCK_POLL_SECONDS)


def _told(error: BaseException) -> str:
    return "; ".join(dict.fromkeys(f"{type(leaf).__name__}: {leaf}" for leaf in _leaves(error)))


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


async def _walk(client: Client, person: Person, steps: list[str]) -> None:
    walk = Walk(client, person)
    for step in steps:
        sys.stdout.write(json.dumps(await walk.take(step)) + "\n")
        sys.stdout.flush()
    await walk.end()


def main(client_for: Callable[[Arguments, Person], Client]) -> None:
    """Run the program: what goes wrong in a step is told in its line, and the exit code stays 0."""
    parser = argparse.ArgumentParser(description="Walk an MCP client through steps, one JSON line for each.")
    parser.add_argument("mcp_url")
    parser.add_argument("--email", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--storage", type=Path, required=True)
    parser.add_argument("--redirect-port", type=int)
    parser.add_argument("--mode", choices=("auto", "legacy"), default="auto")
    parser.add_argument("--decision", choices=("Approve", "Deny"), default="Approve")
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("steps", nargs="+", metavar="STEP")
    given = parser.parse_intermixed_args()
    person = Person(given.email, given.password, given.decision, present=not given.no_browser)
    arguments = Arguments(given.mcp_url, given.storage, given.redirect_port, given.mode)
    asyncio.run(_walk(client_for(arguments, person), person, given.steps))
