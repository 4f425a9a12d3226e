"""A group of commands that share what every command opens: whatever is wrong in one is told in a sentence."""

from typing import Any

import typer
from typer.core import TyperGroup

from consentry.cli import later
from consentry.cli.later import Later
from consentry.cli.opening import in_sentences


class Sentences(TyperGroup):
    """The group as Typer makes it, but for its errors."""

    def invoke(self, ctx: Any) -> Any:
        with in_sentences():
            return super().invoke(ctx)


def group(about: str, *commands: Later) -> typer.Typer:
    """These commands come last in it, and are imported when they are called."""
    return later.group(about, *commands, kind=Sentences)
