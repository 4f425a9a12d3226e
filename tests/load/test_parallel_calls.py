"""The TypeScript SDK refreshes once for each call that meets an expired token: eight calls, eight refreshes at once."""

import json
from pathlib import Path

import pytest
from anyio import to_thread

from tests.journeys.clients.browser import Browser
from tests.journeys.installed import EMAIL, PASSWORD, installed
from tests.load.conftest import Tell
from tests.load.typescript import Flavour, started
from tests.stores import BOTH, database_url

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

CALLS = 8


@pytest.fixture(params=BOTH)
async def url(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> str:
    return await database_url(request, tmp_path)


@pytest.mark.parametrize("flavour", ["sdk", "client"])
async def test_eight_calls_at_once_that_meet_an_expired_token_all_recover(
    url: str, tmp_path: Path, tell: Tell, flavour: Flavour
) -> None:
    async with (
        installed(tmp_path / "data", database_url=url, secret_key="of-the-load-tests-and-of-nothing-else") as here,
        started(flavour, here.reminders, CALLS) as program,
    ):
        asked = json.loads(await program.told())["authorize"]
        await program.say(await to_thread.run_sync(Browser().approve, asked, EMAIL, PASSWORD))
        assert json.loads(await program.told()) == {"connected": True, "authorizations": 1}
        here.clock.now += here.installation.settings.access_token_ttl
        await program.say("go")
        told = json.loads(await program.told())
        assert told["errors"] == []
        assert told["answered"] == CALLS
        assert told["refreshes"] == CALLS
        assert told["refreshTokens"] == 1  # the very same successor for all
        assert told["authorizations"] == 1
        (grant,) = await here.grants()
        assert grant.ended_at is None
    store = "SQLite" if here.installation.settings.sqlite else "PostgreSQL"
    tell(
        f"{store}: {CALLS} calls at once of the TypeScript {flavour} package: "
        f"{told['refreshes']} refreshes, {CALLS} recovered"
    )
