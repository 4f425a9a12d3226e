"""The installation that is attacked, on every store."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stores import BOTH, database_url
from tests.web.world import World, world


@pytest.fixture(params=BOTH)
async def here(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    async with world(tmp_path, database_url=await database_url(request, tmp_path)) as built:
        yield built
