"""Commands, run in this process against a real database, and what they did to it."""

import asyncio
import atexit
import json
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from typer.testing import CliRunner, Result

from consentry.cli import app
from consentry.clients.model import Client
from consentry.grants.exchange import Issued
from consentry.store.sql import Transaction
from consentry.store.sqlite import SQLiteStore
from tests.bench import Bench, open_bench
from tests.builders import DAY, terms

T = TypeVar("T")

EMAIL = "ada@example.com"
PASSWORD = "correct horse battery staple"


@cache
def _kept() -> Path:
    folder = tempfile.mkdtemp(prefix="consentry-commands-")
    atexit.register(shutil.rmtree, folder)
    return Path(folder)


@dataclass(frozen=True)
class Commands:
    """`consentry`, with its data in `folder`."""

    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "consentry.db"

    def run(self, *words: str, stdin: str | bytes | None = None) -> Result:
        """One command, however it ends; a traceback is a failure of the test."""
        result = CliRunner().invoke(app, list(words), input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def says(self, *words: str, stdin: str | None = None) -> str:
        """What a command that succeeds prints."""
        result = self.run(*words, stdin=stdin)
        assert result.exit_code == 0, result.output
        return result.stdout

    def answers(self, *words: str, stdin: str | None = None) -> Any:
        """The one JSON value of a command that succeeds."""
        return json.loads(self.says(*words, "--json", stdin=stdin))

    def fails(self, *words: str, stdin: str | bytes | None = None) -> str:
        """The one sentence of a command that fails."""
        result = self.run(*words, stdin=stdin)
        assert result.exit_code == 1, result.output
        assert result.stdout == ""
        lines = result.stderr.splitlines()
        assert len(lines) == 1, result.stderr
        return lines[0]

    def misused(self, *words: str) -> str:
        """What a command says that was written wrongly."""
        result = self.run(*words)
        assert result.exit_code == 2, result.output
        assert result.stdout == ""
        return result.stderr

    def init(self) -> "Commands":
        self.says("init")
        return self

    def with_account(self) -> "Commands":
        return self._furnished("account", self._make_account)

    def with_deployment(self) -> "Commands":
        """With an account that owns one."""
        return self._furnished("deployment", self._make_deployment)

    def _make_account(self) -> None:
        self.init().says("account", "create", EMAIL, "--password-stdin", "--verified", stdin=PASSWORD + "\n")

    def _make_deployment(self) -> None:
        made = ("deployment", "create", "reminders", "--upstream", "http://127.0.0.1:9/mcp", "--owner", EMAIL)
        self.with_account().says(*made)

    def _furnished(self, kind: str, make: Callable[[], None]) -> "Commands":
        """Made by the commands once, and copied since: a password takes long to hash."""
        kept = _kept() / kind
        usual = [name for name in os.environ if name.startswith("CONSENTRY_")] == ["CONSENTRY_DATA_DIR"]
        if usual and kept.exists():
            shutil.copytree(kept, self.folder)
        else:
            make()
            if usual:
                shutil.copytree(self.folder, kept)
        return self

    def within(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Work in a transaction on the same database."""

        async def whole() -> T:
            store = SQLiteStore(self.database)
            try:
                return await store.write(work)
            finally:
                store.close()

        return asyncio.run(whole())

    def client(self, client_id: str) -> Client:
        """As it is kept."""

        async def work(tx: Transaction) -> Client:
            found = await tx.find_client(client_id)
            assert found is not None
            return found

        return self.within(work)

    def events(self, *names: str) -> list[tuple[str, str]]:
        """Names and reasons of the events that bear one of these names, oldest first."""

        async def work(tx: Transaction) -> list[tuple[str, str]]:
            return [(event.name, event.reason) for event in await tx.list_events() if event.name in names]

        return self.within(work)

    def lived(self, steps: Callable[[Bench], Awaitable[T]]) -> T:
        """Steps of a client's life in the same database. Its grants last for a century: here time is not moved."""

        async def whole() -> T:
            bench = await open_bench(self.folder)
            try:
                return await steps(replace(bench, terms=replace(terms(), refresh_token_ttl=36_500 * DAY)))
            finally:
                await bench.store.aclose()

        return asyncio.run(whole())

    def ended(self, issued: Issued) -> bool:
        """Whether the grant of a token has come to its end."""

        async def work(tx: Transaction) -> bool:
            held = await tx.find_access_token(issued.access_token.digest())
            return held is not None and held.grant.ended_at is not None

        return self.within(work)
