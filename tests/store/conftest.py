"""Every store that there is, opened on a database of its own: the contract's tests run once for each."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from consentry.store.sqlite import SQLiteStore
from tests.builders import NOW


@pytest.fixture(params=["sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SQLiteStore]:
    """Migrated and empty. Another database joins by another name here."""
    assert request.param == "sqlite"
    opened = SQLiteStore(tmp_path / "consentry.db", "NORMAL")
    await opened.migrate(NOW)
    yield opened
    opened.close()
