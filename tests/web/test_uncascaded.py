"""Revocation with `revocation_cascade` off: a refresh token goes, and what it bought runs out."""

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from tests.stores import BOTH, database_url
from tests.web.acting import bought, connectable
from tests.web.world import World, world

pytestmark = pytest.mark.anyio


@pytest.fixture(params=BOTH)
async def loose(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    url = await database_url(request, tmp_path)
    async with world(tmp_path, database_url=url, revocation_cascade=False) as built:
        yield built


async def revoke(here: World, token: str, **form: str) -> None:
    assert (await here.client.post("/revoke", data={"token": token, **form})).status_code == 200


@pytest.mark.proves("E5", "E6")
async def test_its_access_tokens_run_out_and_nothing_refreshes_any_more(loose: World) -> None:
    client_id, first = await loose.connect()
    loose.clock.now += 100
    second = (await loose.refresh(client_id, first["refresh_token"])).json()
    await revoke(loose, second["refresh_token"], client_id=client_id)
    for tokens in (first, second):
        assert (await loose.call(tokens["access_token"])).status_code == 502
        refused = await loose.refresh(client_id, tokens["refresh_token"])
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    loose.clock.now += 3599
    assert (await loose.call(first["access_token"])).status_code == 401
    assert (await loose.call(second["access_token"])).status_code == 502
    loose.clock.now += 1
    assert (await loose.call(second["access_token"])).status_code == 401
    (grant,) = await loose.installation.store.read(lambda tx: tx.list_grants())
    assert not grant.live(loose.clock())
    events = await loose.installation.store.read(lambda tx: tx.list_events(grant_id=grant.id))
    assert [event.name for event in events][-1] == "grant:refresh:ended"


@pytest.mark.proves("E5")
async def test_a_spent_token_ends_the_refreshing_as_well_and_only_once(loose: World) -> None:
    client_id, first = await loose.connect()
    second = (await loose.refresh(client_id, first["refresh_token"])).json()
    for _ in range(2):
        await revoke(loose, first["refresh_token"], client_id=client_id)
    assert (await loose.refresh(client_id, second["refresh_token"])).json()["error"] == "invalid_grant"
    names = [event.name for event in await loose.installation.store.read(lambda tx: tx.list_events())]
    assert names.count("grant:refresh:ended") == 1


async def test_a_token_that_stays_goes_too(loose: World) -> None:
    client = await connectable(loose, confidential=True, refresh="reuse")
    tokens = await bought(loose, client)
    await revoke(loose, tokens["refresh_token"], **client.proof)
    asked = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert (await loose.token(**asked, **client.proof)).json()["error"] == "invalid_grant"
    assert (await loose.call(tokens["access_token"])).status_code == 502


@pytest.mark.proves("E5")
async def test_whoever_refreshes_while_it_is_given_back_cannot_refresh_again(loose: World) -> None:
    client_id, tokens = await loose.connect()
    fresh: list[str] = []

    async def refresh() -> None:
        response = await loose.refresh(client_id, tokens["refresh_token"])
        if response.status_code == 200:
            fresh.append(response.json()["refresh_token"])

    async with anyio.create_task_group() as tasks:
        for number in range(8):
            if number == 3:
                tasks.start_soon(lambda: revoke(loose, tokens["refresh_token"], client_id=client_id))
            else:
                tasks.start_soon(refresh)
    for token in {*fresh, tokens["refresh_token"]}:
        assert (await loose.refresh(client_id, token)).json()["error"] == "invalid_grant"
