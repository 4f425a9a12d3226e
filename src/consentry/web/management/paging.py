"""Pages of a list: so many from where the one before ended, by a cursor that nobody has to understand."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from consentry.web.management.problems import MALFORMED, Problem

V = TypeVar("V")
Key = tuple[str | int, ...]

DEFAULT = 50
MOST = 100
LONGEST_CURSOR = 1000
_BEGIN_AGAIN = "The cursor is none that this list gave out: leave it out, to begin at the start."


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page: at most `limit`, of what comes after `after`."""

    limit: int = DEFAULT
    after: Key | None = None


FIRST = Asked()


def parse(query: Mapping[str, str]) -> Asked | Problem:
    """From the query, which has nothing else in it."""
    unknown = next((name for name in query if name not in {"limit", "cursor"}), None)
    if unknown is not None:
        return Problem(MALFORMED, "The query has a limit and a cursor, and nothing else.")
    limit = query.get("limit", str(DEFAULT))
    if not (limit.isascii() and limit.isdigit() and len(limit) <= 3 and 1 <= int(limit) <= MOST):
        return Problem(MALFORMED, f"The limit is a number from 1 to {MOST}.")
    cursor = query.get("cursor")
    after = None if cursor is None else _key(cursor)
    if cursor is not None and after is None:
        return Problem(MALFORMED, _BEGIN_AGAIN)
    return Asked(int(limit), after)


def cut(things: Sequence[V], key: Callable[[V], Key], asked: Asked) -> tuple[list[V], str | None] | Problem:
    """The page, in the order of the keys, and the cursor of the next one; None at the end. It stays right when some
    come or go meanwhile."""
    after = asked.after
    try:
        rest = sorted((one for one in things if after is None or key(one) > after), key=key)
    except TypeError:  # a cursor of another list
        return Problem(MALFORMED, _BEGIN_AGAIN)
    page = rest[: asked.limit]
    return page, _cursor(key(page[-1])) if len(rest) > len(page) else None


def _cursor(key: Key) -> str:
    return urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")


def _key(cursor: str) -> Key | None:
    if not cursor.isascii() or len(cursor) > LONGEST_CURSOR:
        return None
    try:
        read = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (Error, ValueError, RecursionError):
        return None
    if not isinstance(read, list) or not all(isinstance(part, str | int) for part in read):
        return None
    return tuple(read)
