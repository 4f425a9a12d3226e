"""Commands that are known by name, and imported when they are called: a start costs what its command needs."""

import importlib
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from consentry.cli.spoken import Spoken


@dataclass(frozen=True, slots=True)
class Later:
    """`place` is a module of this room and what it has there: a group, or a function that is a command."""

    name: str
    place: str
    about: str


class Deferred(TyperCommand):
    """Stands in a group for a command that is not imported yet."""

    def __init__(self, later: Later) -> None:
        super().__init__(later.name, short_help=later.about)
        self._place = later.place

    @property
    def command(self) -> Any:
        """The command itself."""
        from consentry.cli.opening import Sentence  # noqa: PLC0415 - what every command opens is not needed to list them

        module, _, name = self._place.partition(":")
        found = getattr(importlib.import_module(f"consentry.cli.{module}"), name)
        if isinstance(found, typer.Typer):
            whole = typer.main.get_group(found)
            whole.name = self.name
            return whole
        lone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
        lone.command(self.name, cls=Sentence)(found)
        return typer.main.get_command(lone)

    def make_context(self, info_name: Any, args: Any, parent: Any = None, **extra: Any) -> Any:
        return self.command.make_context(info_name, args, parent=parent, **extra)


class _Commands(typer.Typer):
    def command(self, name: str | None = None, **given: Any) -> Any:
        return super().command(name, **{"cls": Spoken} | given)


def group(about: str, *later: Later, kind: type[TyperGroup] = TyperGroup) -> typer.Typer:
    """A group of commands, in plain text throughout; these come last in it."""

    class Group(kind):  # type: ignore[valid-type, misc]
        def __init__(self, **given: Any) -> None:
            super().__init__(**given)
            for one in later:
                self.add_command(Deferred(one))

    return _Commands(
        help=about,
        cls=Group,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
