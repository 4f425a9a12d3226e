"""Refresh tokens that stay: product rule P13, `reuse`."""

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from consentry.clients import preregister
from consentry.store.sql import Transaction
from tests.stores import BOTH, database_url
from tests.web.acting import Made, bought, connectable
from tests.web.world import World, world

pytestmark = pytest.mark.anyio

DAY = 86_400


async def refreshed(here: World, client: Made, token: str, **form: str) -> tuple[int, dict[str, str]]:
    asked = {"grant_type": "refresh_token", "refresh_token": token}
    response = await here.token(**(asked | client.proof | form))
    return response.status_code, response.json()


async def test_one_token_refreshes_again_and_again_until_its_term(here: World) -> None:
    client = await connectable(here, confidential=True, refresh="reuse")
    tokens = await bought(here, client)
    seen = {tokens["access_token"]}
    for _ in range(3):
        here.clock.now += 20 * DAY
        status, fresh = await refreshed(here, client, tokens["refresh_token"])
        assert (status, fresh["refresh_token"], fresh["scope"]) == (200, tokens["refresh_token"], "mcp")
        assert (await here.call(fresh["access_token"])).status_code == 502
        seen.add(fresh["access_token"])
    assert len(seen) == 4
    here.clock.now += 30 * DAY
    status, refused = await refreshed(here, client, tokens["refresh_token"])
    assert (status, refused["error"]) == (400, "invalid_grant")


@pytest.mark.proves("D8", "D11", "D13")
async def test_a_token_that_stays_is_bound_and_narrowed_as_others_are(here: World) -> None:
    client, other = [await connectable(here, confidential=True, refresh="reuse") for _ in range(2)]
    token = (await bought(here, client))["refresh_token"]
    assert (await refreshed(here, other, token))[1]["error"] == "invalid_grant"
    assert (await refreshed(here, client, token, resource=here.other_resource))[1]["error"] == "invalid_target"
    assert (await refreshed(here, client, token, scope="admin"))[1]["error"] == "invalid_scope"
    assert (await refreshed(here, client, token))[0] == 200


async def test_requests_that_race_all_get_a_token(here: World) -> None:
    client = await connectable(here, confidential=True, refresh="reuse")
    token = (await bought(here, client))["refresh_token"]
    outcomes: list[tuple[int, dict[str, str]]] = []

    async def refresh() -> None:
        outcomes.append(await refreshed(here, client, token))

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(refresh)
    assert [status for status, _ in outcomes] == [200] * 8
    assert len({tokens["access_token"] for _, tokens in outcomes}) == 8


@pytest.mark.proves("E5")
async def test_a_token_that_stays_is_over_when_it_is_given_back(here: World) -> None:
    client = await connectable(here, confidential=True, refresh="reuse")
    tokens = await bought(here, client)
    await here.client.post("/revoke", data={"token": tokens["refresh_token"], **client.proof})
    assert (await refreshed(here, client, tokens["refresh_token"]))[1]["error"] == "invalid_grant"
    assert (await here.call(tokens["access_token"])).status_code == 401


@pytest.mark.proves("D9")
async def test_a_public_client_rotates_unless_the_operator_says_otherwise(here: World) -> None:
    rotating, staying = await connectable(here), await connectable(here, refresh="reuse")
    for client, stays in ((rotating, False), (staying, True)):
        token = (await bought(here, client))["refresh_token"]
        status, fresh = await refreshed(here, client, token)
        assert (status, fresh["refresh_token"] == token) == (200, stays)


async def test_a_grant_remembers_how_it_is_refreshed(here: World) -> None:
    client = await connectable(here, confidential=True, refresh="reuse")
    before = (await bought(here, client))["refresh_token"]

    async def change(tx: Transaction) -> None:
        found = await tx.find_client(client.id)
        assert found is not None
        await preregister.set_refresh(tx, found, "rotate", here.clock())

    await here.installation.store.write(change)
    assert (await refreshed(here, client, before))[1]["refresh_token"] == before
    after = (await bought(here, client))["refresh_token"]
    assert (await refreshed(here, client, after))[1]["refresh_token"] != after


@pytest.fixture(params=BOTH)
async def staying(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    """Where confidential clients reuse, and tokens lie idle for ten days at most."""
    url = await database_url(request, tmp_path)
    more = {"confidential_refresh": "reuse", "refresh_token_idle_ttl": 10 * DAY}
    async with world(tmp_path, database_url=url, **more) as built:
        yield built


@pytest.mark.proves("D9", "D12")
async def test_the_setting_is_for_those_who_prove_who_they_are(staying: World) -> None:
    public, confidential = await connectable(staying), await connectable(staying, confidential=True)
    token = (await bought(staying, public))["refresh_token"]
    assert (await refreshed(staying, public, token))[1]["refresh_token"] != token
    token = (await bought(staying, confidential))["refresh_token"]
    for _ in range(2):
        staying.clock.now += 10 * DAY - 1
        assert (await refreshed(staying, confidential, token))[1]["refresh_token"] == token
    staying.clock.now += 10 * DAY
    assert (await refreshed(staying, confidential, token))[1]["error"] == "invalid_grant"
