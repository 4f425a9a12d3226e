"""Lengths of time on the command line: `90d`, `12h`, `30m`, `45s`, and `never` where a thing may have no end."""

import re

import typer

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
LONGEST_DAYS = 3650
NEVER = 0


def seconds(text: str, *, never: bool = False, none: bool = False) -> int:
    """In seconds; NEVER for `never`, and 0 for `0`, each where that is allowed."""
    if never and text == "never":
        return NEVER
    if none and text == "0":
        return 0
    match = re.fullmatch(r"([1-9]\d{0,8})([smhdw])", text, re.ASCII)
    length = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 0 < length <= LONGEST_DAYS * 86_400:
        also = ", or never" if never else ""
        raise typer.BadParameter(f"{text} is no length of time here: write 90d, 12h, 30m or 45s, up to 10 years{also}")
    return length
