"""From the dashboard alone, without JavaScript: an agent is connected by "Set up OAuth", seen, and cut off."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journeys.installed import Installed, installed
from tests.journeys.test_chromium import browsing, sign_in, waiting

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
async def here(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Installed]:
    async with installed(tmp_path) as running:
        yield running


@pytest.mark.proves("C27")
async def test_an_agent_is_connected_seen_and_cut_off(here: Installed, chromium_executable: str) -> None:
    async with waiting(here) as agent, browsing(chromium_executable, javascript=False) as page:
        await page.goto(f"{here.url}/dashboard")
        await sign_in(page)
        await page.get_by_role("link", name="Reminders").click()
        await page.get_by_role("button", name="Test the connection").click()
        await page.get_by_text("delete_reminder").wait_for()
        await page.get_by_role("link", name="Set up OAuth").click()
        await page.get_by_label("Another application").check()
        await page.get_by_label("Redirect URIs", exact=True).fill(agent.redirect_uri)
        await page.get_by_label("Name", exact=True).fill("My agent")
        await page.get_by_role("button", name="Make the client").click()
        agent.client_id = await page.locator("#client-id").inner_text()
        assert await page.locator("#mcp-url").inner_text() == here.reminders

        await page.goto(agent.request())
        await page.get_by_role("heading", name="Allow My agent to use Reminders?").wait_for()
        await page.get_by_role("button", name="Approve").click()
        await page.get_by_role("heading", name="Go back").wait_for()
        tokens = await agent.tokens((await agent.answer())["code"][0])
        assert await agent.call(tokens["access_token"]) != 401

        await page.goto(f"{here.url}/dashboard")
        await page.get_by_role("cell", name="1", exact=True).wait_for()
        await page.get_by_role("link", name="Reminders").click()
        await page.get_by_role("link", name="Log", exact=True).click()
        await page.get_by_role("cell", name="My agent").wait_for()
        await page.get_by_role("link", name="OAuth events").click()
        await page.get_by_text("You approved My agent for reminders.").wait_for()
        await page.get_by_role("link", name="Reminders").click()
        await page.get_by_role("link", name="Use", exact=True).click()
        await page.get_by_role("img", name="Calls and errors over time").wait_for()
        await page.get_by_role("link", name="Activity").click()
        await page.get_by_text("You signed in.").wait_for()
        await page.get_by_role("link", name="Applications").click()
        await page.get_by_role("heading", name="My agent").wait_for()
        await page.get_by_role("button", name="Disconnect").click()
        await page.get_by_text("The access ended at once").wait_for()
        assert await agent.call(tokens["access_token"]) == 401
