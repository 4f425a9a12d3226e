"""What is remembered is what would be read now (ADR 22)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from consentry.accounts.model import Account
from consentry.store import quiet
from consentry.store.memory import Memory
from consentry.store.sql import Transaction
from consentry.store.sqlite import SQLiteStore
from tests.builders import NOW, account

pytestmark = pytest.mark.anyio


class Looked:
    """A look-up that counts how often it was made."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self, tx: Transaction) -> Account | None:
        self.times += 1
        return await tx.find_account(account(1).id)


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[tuple[SQLiteStore, SQLiteStore]]:
    here, there = (SQLiteStore(tmp_path / "consentry.db", "NORMAL") for _ in range(2))
    yield here, there
    here.close()
    there.close()


async def add(tx: Transaction) -> None:
    await tx.add_account(account(1))


async def rename(tx: Transaction) -> None:
    await tx.db.run("UPDATE accounts SET name = name || ' again'")


async def test_what_was_found_is_read_once_until_anybody_commits(stores: tuple[SQLiteStore, SQLiteStore]) -> None:
    here, there = stores
    await here.migrate(NOW)
    await here.write(add)
    memory, look = Memory[str, Account](here), Looked()
    first = await memory.find("one", look)
    await here.write(rename, quiet=lambda _: False)
    renamed = await memory.find("one", look)
    assert (first, renamed) == (account(1), await here.read(Looked()))
    assert renamed != first
    await memory.find("one", look)
    assert look.times == 2
    await there.write(rename)
    await memory.find("one", look)
    assert look.times == 3


async def test_a_quiet_commit_leaves_it_as_it_is_and_an_absence_is_never_kept(
    stores: tuple[SQLiteStore, SQLiteStore],
) -> None:
    here, _ = stores
    await here.migrate(NOW)
    memory, look = Memory[str, Account](here), Looked()
    assert await memory.find("one", look) is None
    await here.write(add, quiet=quiet)
    assert await memory.find("one", look) == account(1)
    await here.write(rename, quiet=quiet)
    assert await memory.find("one", look) == account(1)
