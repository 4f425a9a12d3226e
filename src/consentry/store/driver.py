"""What the verbs ask of a database, whichever it is: three calls, with `$1` for the first argument."""

from collections.abc import Sequence
from typing import Any, Protocol

Value = str | int | bytes | None
Row = Sequence[Any]


class Driver(Protocol):
    """One open transaction. SQLite's calls never suspend; PostgreSQL's may."""

    async def one(self, sql: str, *values: Value) -> Row | None:
        """The first row."""
        ...

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        """Every row."""
        ...

    async def run(self, sql: str, *values: Value) -> int:
        """How many rows the statement changed."""
        ...
