"""Where it is kept: the only room that speaks SQL. It remembers and decides nothing."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Protocol, TypeVar

from consentry.store.driver import StoreError
from consentry.store.migrate import Migration
from consentry.store.sql import Transaction

__all__ = ["Store", "StoreError", "Transaction", "loud", "quiet"]

T = TypeVar("T")


def loud(_outcome: object) -> bool:
    """Whatever came of it, what is remembered may be old now."""
    return False


def quiet(_outcome: object) -> bool:
    """Whatever came of it, nobody remembers any of it."""
    return True


class Store(Protocol):
    """What every store is: transactions, and the shape of its tables. `place` names it in sentences."""

    @property
    def place(self) -> str: ...

    async def read(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Looks at what is committed."""
        ...

    async def write(self, work: Callable[[Transaction], Awaitable[T]], *, quiet: Callable[[T], bool] = loud) -> T:
        """One transaction: returning commits, raising rolls back.

        `quiet`: whether what came of it changes nothing that anyone remembers.
        """
        ...

    def version(self) -> Hashable:
        """While it is the same, what was read may be taken for what would be read now (ADR 22).

        On SQLite it differs as soon as anybody has committed anything, on PostgreSQL as soon as this process has, and
        a second later whoever did.
        """
        ...

    async def migrate(self, now: int) -> list[Migration]: ...

    async def pending(self) -> list[Migration]: ...

    async def aclose(self) -> None: ...
