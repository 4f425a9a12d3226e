from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bench import Bench
from tests.stores import BOTH, opened


@pytest.fixture(params=BOTH)
async def bench(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Bench]:
    """A store with people, clients and a deployment in it."""
    async with opened(request, tmp_path) as store:
        yield await Bench(store).prepare()
