"""Lengths of time as people write them: `90d`, `12h`, `30m`, `45s`, and `never` where a thing may have no end."""

import re

_UNITS = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
LONGEST_SECONDS = 3650 * 86_400
NEVER = 0


def seconds(text: str, *, never: bool = False) -> int | None:
    """In seconds, NEVER for `never` where that is allowed; None for what is no length of time."""
    if never and text == "never":
        return NEVER
    match = re.fullmatch(r"([1-9]\d{0,8})([wdhms])", text, re.ASCII)
    length = int(match[1]) * _UNITS[match[2]] if match else 0
    return length if 0 < length <= LONGEST_SECONDS else None


def render(length: int) -> str:
    """In the largest unit that is exact; days are the longest, since people count them."""
    if length == NEVER:
        return "never"
    return next(f"{length // size}{unit}" for unit, size in _UNITS.items() if unit != "w" and length % size == 0)
