"""What every command shares: its options, an open installation, and errors as sentences."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError

from consentry import settings
from consentry.cli.output import Failure, warn
from consentry.cli.spoken import Spoken
from consentry.installation import Installation, open_installation
from consentry.settings import Settings, SettingsError
from consentry.store.driver import StoreError
from consentry.store.sql import Transaction

T = TypeVar("T")
Work = Callable[[Transaction, Installation], Awaitable[T]]

Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings in TOML. CONSENTRY_… variables win over it."),
]
Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON value.")]


@contextlib.contextmanager
def in_sentences() -> Iterator[None]:
    """Errors are sentences on standard error, with exit code 1."""
    try:
        yield
    except (Failure, SettingsError, StoreError) as error:
        warn(str(error))
        raise typer.Exit(1) from None
    except typer.BadParameter as error:
        if isinstance(error.__cause__, ValidationError):
            error.message = "; ".join(settings.in_words(dict(fault)) for fault in error.__cause__.errors()) + "."
        raise


class Sentence(Spoken):
    """A command that was imported by its name."""

    def make_context(self, *words: Any, **given: Any) -> Any:
        with in_sentences():
            return super().make_context(*words, **given)

    def invoke(self, ctx: Any) -> Any:
        with in_sentences():
            return super().invoke(ctx)


def load(config: Path | None, **overrides: object) -> Settings:
    """The settings of the file and of the environment."""
    return settings.load(config, os.environ, **overrides)


def run(config: Path | None, work: Callable[[Installation], Awaitable[T]]) -> T:
    """Opens the installation that is there, does the work in it and closes it."""
    chosen = load(config)
    require_database(chosen)

    async def whole() -> T:
        installation = open_installation(chosen)
        try:
            await installation.require_current()
            return await work(installation)
        finally:
            await installation.aclose()

    return asyncio.run(whole())


def read(config: Path | None, work: Work[T]) -> T:
    """Runs the work on one snapshot of the database."""

    async def within(here: Installation) -> T:
        return await here.store.read(lambda tx: work(tx, here))

    return run(config, within)


def write(config: Path | None, work: Work[T]) -> T:
    """Runs the work as one transaction; a Failure in it leaves everything as it was."""

    async def within(here: Installation) -> T:
        return await here.store.write(lambda tx: work(tx, here))

    return run(config, within)


def note_addresses(config: Path | None) -> None:
    """Says of printed URLs that they are a guess: without public_url, `serve` is its own issuer where it listens."""
    chosen = load(config)
    if "public_url" not in chosen.model_fields_set:
        warn(
            f"Note: public_url is not set; these URLs are for `consentry serve` on port {settings.DEFAULT_PORT} of "
            "this machine. Set CONSENTRY_PUBLIC_URL (or public_url in the --config file) to where clients find it."
        )


def require_database(chosen: Settings) -> None:
    """Only `init` and `serve` make a database: a mistyped data_dir must not look like an empty installation."""
    if chosen.sqlite and not chosen.database_path.exists():
        there = f"There is no database at {chosen.database_path} yet"
        raise Failure(f"{there}: run `consentry init` (or `consentry serve`).")
