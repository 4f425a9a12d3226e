"""What cannot be taken back is asked for once more, where somebody sits at a terminal; scripts are believed."""

import sys
from typing import Annotated

import typer

from consentry.cli.output import Failure

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask at the terminal whether it is meant.")]


def confirm(what: str, *, yes: bool, as_json: bool) -> None:
    """Asks, unless it was said already."""
    if yes or as_json or not sys.stdin.isatty():
        return
    if not typer.confirm(f"{what} This cannot be taken back. Go on?", err=True):
        raise Failure("Nothing was done.")
