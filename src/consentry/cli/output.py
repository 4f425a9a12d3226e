"""What is printed: aligned text for people, exactly one JSON value for scripts."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import typer

from consentry.grants.model import NEVER

Facts = Iterable[tuple[str, str | Sequence[str]]]


class Failure(Exception):  # noqa: N818 - it is the sentence that the person reads, and no fault of the program
    """The command cannot do what was asked; the sentence says what to do. Exit code 1."""


def show_json(value: Mapping[str, object] | Sequence[Mapping[str, object]]) -> None:
    """One JSON object or array."""
    typer.echo(json.dumps(value, indent=2))


def show_json_line(value: Mapping[str, object]) -> None:
    """One JSON object on a line of its own, at once: what goes on for ever is no array."""
    typer.echo(json.dumps(value))


def show_facts(facts: Facts) -> None:
    """A name and its value a line; further values stand below the first."""
    rows = [(name, [value] if isinstance(value, str) else list(value)) for name, value in facts]
    width = max(len(name) for name, _ in rows)
    for name, values in rows:
        for position, value in enumerate(values or ["none"]):
            typer.echo(f"{'' if position else name:{width}}  {plain(value)}")


def show_table(header: Sequence[str], rows: Sequence[Sequence[str]], if_empty: str) -> None:
    """A thing a line, in columns."""
    if not rows:
        typer.echo(if_empty)
        return
    lines = [header, *([plain(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    for line in lines:
        typer.echo("  ".join(f"{cell:{width}}" for cell, width in zip(line, widths, strict=True)).rstrip())


def say(sentence: str) -> None:
    """A line for people."""
    typer.echo(sentence)


def warn(sentence: str) -> None:
    """A line on standard error; the command goes on."""
    typer.echo(sentence, err=True)


def when(at: int | None, otherwise: str = "never") -> str:
    """Epoch seconds for a person to read."""
    if at == NEVER:
        return "never"
    return otherwise if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"


def plain(text: str) -> str:
    """Without what could steer the terminal: clients choose their names themselves."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
