"""Clients that meet a 403 for a tool beyond their scope: they ask the person for more, and go on."""

from pathlib import Path

import pytest

from consentry.deployments import administer, scope_map
from consentry.deployments.administer import Change
from consentry.store.sql import Transaction
from tests.journeys.client_process import Name
from tests.journeys.installed import Installed, installed
from tests.journeys.test_clients import ADD, LIST, options, text_of, walk

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def limit(here: Installed) -> None:
    async def work(tx: Transaction) -> None:
        found = await tx.find_deployment_by_slug("reminders")
        assert found is not None
        mapped = scope_map.parse(["read=@read", "write=@write", "delete=@destructive"])
        await administer.change(tx, found, Change(scope_map=mapped), here.clock.now)

    await here.installation.store.write(work)


@pytest.mark.proves("F9", "G16")
@pytest.mark.parametrize(("name", "mode"), [("mcp2", "auto"), ("mcp1", "legacy")])
async def test_a_client_steps_up_by_itself_when_a_call_needs_more(tmp_path: Path, name: Name, mode: str) -> None:
    async with installed(tmp_path / "data") as here:
        await limit(here)
        _, before, added, after, _ = await walk(
            name, *options(here.reminders, tmp_path, mode), "connect", LIST, ADD, LIST, "disconnect"
        )
        assert before["authorizations"] == 1
        assert "milk" in text_of(added)
        assert "milk" in text_of(after)
        assert after["authorizations"] == 2
        scopes = {grant.permissions.scope - {"offline_access"} for grant in await here.grants()}
    assert scopes == {frozenset({"read"}), frozenset({"read", "write"})}
