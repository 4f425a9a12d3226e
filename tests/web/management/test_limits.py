"""The rate limits of the API: an account's are its own, and a stranger's guesses are nobody else's."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from consentry.web.management import problems
from tests.stores import BOTH, settings
from tests.web.management.conftest import Api, furnished
from tests.web.management.described import hold
from tests.web.world import world

pytestmark = pytest.mark.anyio


@pytest.fixture(params=BOTH)
async def limited(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Api]:
    chosen = await settings(request, tmp_path)
    async with world(tmp_path, **chosen, rate_limits=True, api_per_minute=3, api_failures_per_minute=2) as here:
        yield await furnished(here)


def slowed(response: httpx2.Response, wait: int) -> None:
    hold(response, "GET", "account")
    assert (response.status_code, response.headers["retry-after"]) == (429, str(wait)), response.text
    assert response.json()["type"].endswith(f"#{problems.TOO_MANY.name}")
    assert f"wait {wait} seconds" in response.json()["detail"]
    assert "Retry-After" in response.headers["access-control-expose-headers"]


async def test_an_account_that_asks_too_often_is_told_when_to_come_back_and_others_go_on(limited: Api) -> None:
    second = await limited.token("owner", "account:read")
    for token in (None, second, None):
        assert (await limited.ask("owner", "GET", "account", token=token)).status_code == 200
    limited.here.clock.now += 20
    slowed(await limited.ask("owner", "GET", "account", token=second), 40)
    assert (await limited.ask("another", "GET", "account")).status_code == 200
    limited.here.clock.now += 40
    assert (await limited.ask("owner", "GET", "account")).status_code == 200


async def test_what_comes_without_a_live_token_is_counted_by_its_network_alone(limited: Api) -> None:
    for token in ("", limited.tokens["owner"][:-1]):
        assert (await limited.ask("nobody", "GET", "account", token=token)).status_code == 401
    slowed(await limited.ask("nobody", "GET", "account"), 60)
    assert (await limited.ask("owner", "GET", "account")).status_code == 200


async def test_the_document_and_the_reference_are_there_for_anybody(limited: Api) -> None:
    for _ in range(5):
        assert (await limited.ask("nobody", "GET", "openapi.json")).status_code == 200
