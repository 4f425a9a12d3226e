"""consentry log."""

import asyncio
import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

import typer

from consentry.audit import Event
from consentry.calls import Call, Names
from consentry.cli import opening
from consentry.cli.finding import deployment_of
from consentry.cli.opening import Config, Json
from consentry.cli.output import plain, say, show_json, show_json_line, warn, when
from consentry.cli.tail import Tail
from consentry.installation import Installation
from consentry.lines import facts
from consentry.spec.errors import AwayError
from consentry.store.sql import Transaction

LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log."""

    of: Call | Event
    names: Names

    @property
    def line(self) -> str:
        """For a person."""
        account = self.names.account or self.of.account_id or "nobody"
        client = self.names.client or self.of.client_id or "no application"
        where = f"{when(self.of.at)}  {self.names.deployment or self.of.deployment_id or 'no deployment'}"
        match self.of:
            case Call(method=method, tool=tool, status=status, milliseconds=milliseconds) as call:
                what = f"{method} {tool}".rstrip()
                went = f"{status or 'left'}  {milliseconds} ms  {call.bytes_in} B in, {call.bytes_out} B out"
                return plain(f"{where}  {account}  {client}  {what}  {went}  {call.request_id}")
            case Event(name=name, reason=reason) as event:
                mark = "  suspicious" if event.suspicious else ""
                return plain(f"{where}  {account}  {client}  {name}{f' ({reason})' if reason else ''}{mark}")

    @property
    def json(self) -> dict[str, object]:
        """For a script."""
        return facts(self.of, self.names)


def run(
    *,
    deployment: Annotated[str | None, typer.Option(metavar="SLUG", help="Of this deployment alone.")] = None,
    most: Annotated[
        int, typer.Option("--lines", min=1, max=10_000, metavar="N", help="How many, of the newest.")
    ] = 100,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Calls and OAuth events, oldest first. With --follow, --json prints an object a line."""

    async def work(here: Installation) -> None:
        deployment_id = await _deployment_id(here, deployment)
        entries, calls, events = await _newest(here, deployment_id, most)
        if not follow:
            _show(entries, as_json)
            return
        _print(entries, as_json)
        clock = asyncio.get_running_loop().time
        waiting = False
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            came, away = await news((calls, events), clock())
            _print(came, as_json)
            if away is not None and not waiting:
                warn(f"{away} Going on when it does.")
            waiting = away is not None

    with contextlib.suppress(KeyboardInterrupt):
        opening.run(config, work)


async def _deployment_id(here: Installation, slug: str | None) -> str | None:
    async def work(tx: Transaction) -> str | None:
        return (await deployment_of(tx, slug)).id if slug is not None else None

    return await here.store.read(work)


async def _newest(
    here: Installation, deployment_id: str | None, most: int
) -> tuple[list[Entry], Tail[Entry], Tail[Entry]]:
    """The newest entries of both kinds together, and what reads on behind them."""

    async def work(tx: Transaction) -> tuple[list[tuple[int, Entry]], list[tuple[int, Entry]]]:
        calls = [(number, Entry(call, names)) for number, call, names in await tx.list_calls(deployment_id, most)]
        events = await tx.list_logged_events(deployment_id, most)
        return calls, [(number, Entry(event, names)) for number, event, names in events]

    calls, events = await here.store.read(work)

    async def calls_after(last: int, most: int) -> list[tuple[int, Entry]]:
        found = await here.store.read(lambda tx: tx.list_calls_after(last, deployment_id, most))
        return [(number, Entry(call, names)) for number, call, names in found]

    async def events_after(last: int, most: int) -> list[tuple[int, Entry]]:
        found = await here.store.read(lambda tx: tx.list_events_after(last, deployment_id, most))
        return [(number, Entry(event, names)) for number, event, names in found]

    newest = _merged([entry for _, entry in calls], [entry for _, entry in events])[-most:]
    return newest, Tail(calls_after, _last(calls)), Tail(events_after, _last(events))


async def news(tails: Iterable[Tail[Entry]], now: float) -> tuple[list[Entry], AwayError | None]:
    """What came since; and why that may not be all, where the database is away for a while."""
    came: list[Entry] = []
    try:
        for tail in tails:
            came = _merged(came, await tail.new(now))
    except AwayError as error:
        return came, error
    return came, None


def _last(lines: Iterable[tuple[int, Entry]]) -> int:
    return max((number for number, _ in lines), default=0)


def _merged(calls: list[Entry], events: list[Entry]) -> list[Entry]:
    return sorted([*events, *calls], key=lambda entry: entry.of.at)


def _show(entries: list[Entry], as_json: bool) -> None:
    if as_json:
        show_json([entry.json for entry in entries])
    elif entries:
        _print(entries, as_json)
    else:
        say("Nothing is in the log yet.")


def _print(entries: list[Entry], as_json: bool) -> None:
    for entry in entries:
        if as_json:
            show_json_line(entry.json)
        else:
            say(entry.line)
