"""Clients that act for themselves, and refresh tokens that stay, in every format of access token; and how often."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from consentry.audit import Event
from consentry.formats import Format
from consentry.spec import jose
from consentry.store.sql import Transaction
from tests.web.acting import bought, connectable, made
from tests.web.world import ISSUER, World, world

pytestmark = pytest.mark.anyio

FORMATS = [Format("opaque"), Format("jwt"), Format("api_key", "rmt_")]
Ask = Callable[[], Awaitable[dict[str, Any]]]


async def shaped(here: World, shape: Format) -> None:
    async def work(tx: Transaction) -> None:
        found = await tx.find_deployment_by_slug("reminders")
        assert found is not None
        await tx.update_deployment(replace(found, format=shape))

    await here.installation.store.write(work)


async def keys(here: World) -> int:
    """How many API keys work."""
    held = await here.installation.store.read(lambda tx: tx.list_api_keys())
    return sum(here.clock() < one.token.expires_at for one in held)


async def works_twice_and_keeps_one_key(here: World, shape: Format, ask: Ask) -> None:
    first = await ask()
    assert (await here.call(first["access_token"])).status_code == 502
    here.clock.now += 5
    second = await ask()
    assert second["access_token"] != first["access_token"]
    # A call under way with the key before is not cut off.
    assert (await here.call(first["access_token"])).status_code == 502
    here.clock.now += 60
    assert (await here.call(second["access_token"])).status_code == 502
    replaced = shape.kind == "api_key"
    assert (await here.call(first["access_token"])).status_code == (401 if replaced else 502)
    assert await keys(here) == (1 if replaced else 0)


@pytest.mark.proves("D19")
@pytest.mark.parametrize("shape", FORMATS, ids=lambda shape: shape.kind)
async def test_a_client_acts_for_itself_in_every_format(here: World, shape: Format) -> None:
    await shaped(here, shape)
    client = await made(here, confidential=True)

    async def ask() -> dict[str, Any]:
        response = await here.token(grant_type="client_credentials", **client.proof)
        assert response.status_code == 200, response.text
        assert "refresh_token" not in response.json()
        return dict(response.json())

    await works_twice_and_keeps_one_key(here, shape, ask)


@pytest.mark.parametrize("shape", FORMATS, ids=lambda shape: shape.kind)
async def test_a_refresh_token_stays_in_every_format(here: World, shape: Format) -> None:
    await shaped(here, shape)
    client = await connectable(here, confidential=True, refresh="reuse")
    token = (await bought(here, client))["refresh_token"]

    async def ask() -> dict[str, Any]:
        response = await here.token(grant_type="refresh_token", refresh_token=token, **client.proof)
        assert response.status_code == 200, response.text
        assert response.json()["refresh_token"] == token
        return dict(response.json())

    await works_twice_and_keeps_one_key(here, shape, ask)


@pytest.mark.proves("D19", "E1")
async def test_a_jwt_of_a_client_that_acts_for_itself_names_the_client_alone(here: World) -> None:
    await shaped(here, Format("jwt"))
    client = await made(here, confidential=True)
    tokens = (await here.token(grant_type="client_credentials", **client.proof)).json()
    jws = jose.parse(tokens["access_token"])
    assert jws is not None
    assert (jws.claims["iss"], jws.claims["sub"], jws.claims["client_id"]) == (ISSUER, client.id, client.id)
    assert "account_1" not in str(jws.claims)


@pytest.mark.proves("D28")
async def test_a_client_that_takes_too_many_tokens_is_told_when_to_come_back(tmp_path: Path) -> None:
    async with world(tmp_path, rate_limits=True, token_per_minute=3) as here:
        client, other = await made(here, confidential=True), await made(here, confidential=True)
        taken = [await here.token(grant_type="client_credentials", **client.proof) for _ in range(5)]
        assert [response.status_code for response in taken] == [200] * 3 + [429] * 2
        assert taken[-1].headers["retry-after"] == "60"
        assert (await here.token(grant_type="client_credentials", **other.proof)).status_code == 200
        here.clock.now += 60
        assert (await here.token(grant_type="client_credentials", **client.proof)).status_code == 200
        told: list[Event] = await here.installation.store.read(lambda tx: tx.list_events())
        assert [event.name for event in told].count("limits:rate:exceeded") == 1
