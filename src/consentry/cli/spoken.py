"""What a command's help looks like: each word as it is typed, and a list of commands without a sentence cut short."""

from typing import Any

from typer.core import TyperArgument, TyperCommand

_LONGEST = 1000


class Spoken(TyperCommand):
    """A command as Typer makes them, but that it does not say of SLUG that it is a `<str>`."""

    def get_short_help_str(self, limit: int = _LONGEST) -> str:
        """The first sentence, whole; the list breaks its line."""
        return super().get_short_help_str(max(limit, _LONGEST))

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        words = [_optional(each) for each in self.params if isinstance(each, TyperArgument)]
        return ["[OPTIONS]", *words]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        params = self.get_params(ctx)
        words = [(_word(each), each.help or "") for each in params if isinstance(each, TyperArgument)]
        options = [each.get_help_record(ctx) for each in params if not isinstance(each, TyperArgument)]
        for title, rows in (("Arguments", words), ("Options", [row for row in options if row is not None])):
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def _word(argument: TyperArgument) -> str:
    return f"{argument.display_name_raw}{'' if argument.nargs == 1 else '...'}"


def _optional(argument: TyperArgument) -> str:
    return _word(argument) if argument.required else f"[{_word(argument)}]"
