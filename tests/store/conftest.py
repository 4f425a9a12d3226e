"""Every store that there is, opened on a database of its own: the contract's tests run once for each."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from consentry.store import Store
from tests.stores import BOTH, opened


@pytest.fixture(params=BOTH)
async def store(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Store]:
    """Migrated and empty."""
    async with opened(request, tmp_path) as found:
        yield found
