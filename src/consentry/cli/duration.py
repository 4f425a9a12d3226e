"""Durations as people write them: 90s, 30m, 12h, 7d."""

import re

import typer

_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
LONGEST_SECONDS = 10 * 365 * 86_400


def parse(text: str) -> int:
    """Seconds."""
    match = re.fullmatch(r"(\d{1,9})([smhdw]?)", text.strip())
    seconds = int(match[1]) * _SECONDS[match[2]] if match else LONGEST_SECONDS + 1
    if seconds > LONGEST_SECONDS:
        raise typer.BadParameter(f"{text!r} is no duration of at most ten years: write 90s, 30m, 12h or 7d")
    return seconds
