from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bench import Bench, open_bench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """A store with people, clients and a deployment in it."""
    made = await open_bench(tmp_path)
    yield made
    made.store.close()
