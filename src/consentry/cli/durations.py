"""Lengths of time on the command line: `90d`, `12h`, `30m`, `45s`, and `never` where a thing may have no end."""

import typer

from consentry.spec import periods

NEVER = periods.NEVER


def seconds(text: str, *, never: bool = False, none: bool = False) -> int:
    """In seconds; NEVER for `never`, and 0 for `0`, each where that is allowed."""
    if none and text == "0":
        return 0
    length = periods.seconds(text, never=never)
    if length is None:
        also = ", or never" if never else ""
        raise typer.BadParameter(f"{text} is no length of time here: write 90d, 12h, 30m or 45s, up to 10 years{also}")
    return length
