"""A store that is away: everybody is told so with 503 and when to come back, and nobody is logged out."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from anyio import to_thread

from tests.load.test_killed_postgres import kill, mortal, start_again
from tests.postgres import Server
from tests.web.world import SECRET_KEY, World, world

__all__ = ["mortal"]

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
async def here(mortal: Server, tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    url = await mortal.fresh()
    async with world(tmp_path, database_url=url, secret_key=SECRET_KEY, rate_limits=True) as built:
        yield built


def away(response: httpx2.Response) -> str:
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert response.headers["x-request-id"]
    return response.text


async def test_programs_people_and_probes_are_told_that_the_store_is_away_and_go_on_when_it_is_back(
    here: World,
    mortal: Server,
) -> None:
    client_id, tokens = await here.connect()
    await to_thread.run_sync(kill, mortal)
    answers = await asyncio.gather(
        here.refresh(client_id, tokens["refresh_token"]),
        here.client.post("/register", json={"redirect_uris": ["https://client.example/callback"]}),
        here.client.get("/readyz"),
        here.call(tokens["access_token"]),
        here.browser.get("/account"),
        here.ask(client_id),
    )
    told = [away(answer) for answer in answers]
    assert [answer.json()["error"] for answer in answers[:3]] == ["temporarily_unavailable"] * 3
    assert answers[0].headers["access-control-allow-origin"] == "*"
    assert "temporarily_unavailable" not in told[3]
    assert "cannot look your access up just now" in answers[3].json()["error"]["message"]
    assert all("This server cannot answer just now" in page for page in told[4:])
    assert not any("postgres" in text.lower() for text in told)
    assert (await here.client.get("/healthz")).status_code == 200

    await to_thread.run_sync(start_again, mortal)
    assert (await here.client.get("/readyz")).status_code == 200
    assert (await here.refresh(client_id, tokens["refresh_token"])).status_code == 200
    assert (await here.call(tokens["access_token"])).status_code == 502  # it is let in; nothing is behind
