"""Pages of a list: so many from where the one before ended, by a cursor that nobody has to understand."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import Field

from consentry.web.management.problems import UNFIT, Problem
from consentry.web.management.shapes import LARGEST, Query

V = TypeVar("V")
Key = tuple[str | int, ...]

DEFAULT = 50
MOST = 100
LONGEST_CURSOR = 1000
NEXT = "The cursor of the next page; not there on the last."
BEGIN_AGAIN = Problem(UNFIT, "The cursor is none that this list gave out: leave it out, to begin at the start.")


class Paged(Query):
    """The query of a list that comes in pages."""

    limit: int = Field(DEFAULT, ge=1, le=MOST, description="How many at most.")
    cursor: str | None = Field(None, max_length=LONGEST_CURSOR, description="Where the page before ended: its next.")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page: at most `limit`, of what comes after `after`."""

    limit: int = DEFAULT
    after: Key | None = None

    def numbers(self, count: int) -> tuple[int, ...] | Problem | None:
        """`after`, of a list whose keys are so many numbers; None at the start."""
        if self.after is None:
            return None
        found = tuple(part for part in self.after if type(part) is int and 0 <= part <= LARGEST)
        return found if len(found) == len(self.after) == count else BEGIN_AGAIN

    def moment(self) -> tuple[int, str] | Problem | None:
        """`after`, of a list by when things were made, and their ids; None at the start."""
        match self.after:
            case None:
                return None
            case (int() as at, str() as name) if 0 <= at <= LARGEST and name.isprintable():
                return at, name
            case _:
                return BEGIN_AGAIN


FIRST = Asked()


def parse(query: Query) -> Asked | Problem:
    """Which page the query asks for."""
    if not isinstance(query, Paged):
        return FIRST
    after = None if query.cursor is None else _key(query.cursor)
    if query.cursor is not None and after is None:
        return BEGIN_AGAIN
    return Asked(query.limit, after)


def cut(things: Sequence[V], key: Callable[[V], Key], asked: Asked) -> tuple[list[V], str | None] | Problem:
    """The page, in the order of the keys, and the cursor of the next one; None at the end. It stays right when some
    come or go meanwhile."""
    after = asked.after
    try:
        rest = sorted((one for one in things if after is None or key(one) > after), key=key)
    except TypeError:  # a cursor of another list
        return BEGIN_AGAIN
    page = rest[: asked.limit]
    return page, cursor(key(page[-1])) if len(rest) > len(page) else None


def cursor(key: Key) -> str:
    """Where a page ended that ended there."""
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
