"""Every client whose requests are known gets through in its own way: from a 401 to the end of its connection."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from dev.simulators.client import Client
from dev.simulators.rows import CLIENTS

from tests.simulators.staging import SAMPLE, Staged, staged
from tests.stores import database_url

pytestmark = pytest.mark.anyio

MANY = [client for client in CLIENTS.values() if not client.only_one]
PLAYED = [
    *(pytest.param("sqlite", client, id=f"sqlite-{client.name}") for client in MANY),
    *(pytest.param("postgres", CLIENTS[name], id=f"postgres-{name}", marks=pytest.mark.slow) for name in SAMPLE),
]


@pytest.fixture
async def stage(
    request: pytest.FixtureRequest, tmp_path: Path, upstream_url: str, anyio_backend: str
) -> AsyncIterator[Staged]:
    async with staged(tmp_path, upstream_url, database_url=await database_url(request, tmp_path)) as built:
        yield built


@pytest.mark.proves("B13", "D7", "D13", "D14", "D17", "F2")
@pytest.mark.parametrize(("stage", "client"), PLAYED, indirect=["stage"])
async def test_it_gets_through(stage: Staged, client: Client) -> None:
    steps = await stage.play(client)
    acts = list(dict.fromkeys(step.act for step in steps))
    assert acts[0] == "connects"
    assert acts[-1] == "is disconnected"
    assert any("list_reminders called" in step.came for step in steps)
    ended = {grant.ended_because for grant in await stage.grants()}
    assert "ended by the account" in ended
    assert not ended - {"ended by the account", "client deleted"}
