"""In which browser, and from where, a connection was approved: its person sees it where they can end it (P26)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.test_security import FIREFOX
from tests.web.world import World, no_way_out, world

pytestmark = pytest.mark.anyio


@pytest.fixture
async def here(tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    async with world(tmp_path, no_way_out) as built:
        yield built


async def test_a_connection_says_in_which_browser_it_was_approved(here: World) -> None:
    here.browser.headers.update(FIREFOX)
    await here.sign_in()
    await here.connect()
    page = " ".join((await here.browser.get("/account")).text.split())
    assert "<dt>Approved in</dt><dd>Firefox on Linux, <bdi>" in page
    (grant,) = await here.installation.store.read(lambda tx: tx.list_grants(account_id="account_1"))
    assert grant.browser == "Firefox on Linux"


async def test_what_is_no_browser_that_we_know_is_not_called_one(here: World) -> None:
    here.browser.headers["User-Agent"] = "<b>x</b>/1.0"
    await here.sign_in()
    await here.connect()
    page = (await here.browser.get("/account")).text
    assert "<dt>Approved from</dt><dd><bdi>" in " ".join(page.split())
    assert "x</b>/1.0" not in page
