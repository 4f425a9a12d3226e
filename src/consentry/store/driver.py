"""What the verbs ask of a database, whichever it is, with `$1` for the first argument."""

from collections.abc import Sequence
from typing import Any, Protocol

from consentry.spec.errors import AwayError

Value = str | int | bytes | None
Row = Sequence[Any]


class StoreError(AwayError):
    """The database cannot be used; the sentence says what to do."""


class Driver(Protocol):
    """One transaction. SQLite's calls never suspend; PostgreSQL's may."""

    async def one(self, sql: str, *values: Value) -> Row | None:
        """The first row that is read."""
        ...

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        """Every row that is read."""
        ...

    async def run(self, sql: str, *values: Value) -> int:
        """How many rows the statement changed."""
        ...

    async def many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """The statement once for each row."""
        ...

    async def returning(self, sql: str, *values: Value) -> Row | None:
        """The row that the statement changed."""
        ...
