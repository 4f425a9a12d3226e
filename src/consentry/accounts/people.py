"""Accounts, page by page, as an operator looks through them."""

from dataclasses import dataclass
from typing import Protocol, Self

from consentry.accounts.model import Account

_LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class After:
    """Where a page ended: accounts are listed the newest first."""

    created_at: int
    account_id: str

    @property
    def written(self) -> str:
        return f"{self.created_at}.{self.account_id}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """What is none begins with the newest."""
        at, _, account_id = text.partition(".")
        known = account_id.isascii() and account_id.replace("_", "").isalnum() and len(account_id) <= _LONGEST_ID
        counted = at.isascii() and at.isdigit() and len(at) < len(str(1 << 53))
        return cls(int(at), account_id) if known and counted else None


@dataclass(frozen=True, slots=True)
class Found:
    """A page; `left` is where the next one begins, None at the end."""

    people: tuple[Account, ...]
    left: After | None


class PeopleTransaction(Protocol):
    """What looking through them needs of a transaction."""

    async def find_people(self, search: str, after: After | None, most: int) -> Found:
        """The newest first, of those who have the text in their address or name; those who are deleted are gone."""
        ...
