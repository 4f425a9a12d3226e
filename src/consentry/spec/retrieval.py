"""What came of fetching a stranger's URL, and for how long it may be kept: RFC 9111 §4.2.1, §5.2.2."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import mktime_tz, parsedate_tz
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is taken, for how long it is waited for, and what is asked for."""

    most_bytes: int
    seconds: float
    accept: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """A 200, whole. `media_type` is in small letters and without parameters; `headers` are those about caching."""

    url: str
    media_type: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Unfetched:
    """Why there is nothing: a sentence for a person, `reason` for the audit log, `status` where it was a status."""

    sentence: str
    reason: str
    status: int | None = None


class Fetch(Protocol):
    """Gets a stranger's URL, safely."""

    async def __call__(self, url: str, bounds: Bounds) -> Fetched | Unfetched: ...


def lifetime(headers: Mapping[str, str], *, least: int, most: int, otherwise: int) -> int:
    """For how many seconds an answer may be used without asking again, within our own bounds."""
    directives = _directives(headers.get("cache-control", ""))
    if {"no-store", "no-cache"} & directives.keys():
        return least
    stated = _seconds(directives.get("s-maxage")) or _seconds(directives.get("max-age"))
    if stated is None and ("max-age" in directives or "s-maxage" in directives):
        stated = 0
    if stated is None:
        stated = _until_expiry(headers)
    if stated is None:
        return otherwise
    return max(least, min(stated - (_seconds(headers.get("age")) or 0), most))


def _directives(header: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in header.lower().split(","))
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs}


def _seconds(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"[0-9]{1,10}", text) else None


def _until_expiry(headers: Mapping[str, str]) -> int | None:
    """RFC 9111 §5.3: an invalid Expires, above all `0`, is in the past."""
    if "expires" not in headers:
        return None
    expires, date = _moment(headers["expires"]), _moment(headers.get("date", ""))
    if expires is None or date is None:
        return 0
    return max(0, expires - date)


def _moment(text: str) -> int | None:
    parsed = parsedate_tz(text)
    try:
        return mktime_tz(parsed) if parsed is not None else None
    except (ValueError, OverflowError):
        return None
