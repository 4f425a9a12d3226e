"""The story that README tells: an agent is connected by "Set up OAuth", seen at work, and cut off, by clicks alone."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import anyio
from playwright.async_api import Page

from tests.journeys.agent import waiting

BOUND_SECONDS = 60
# What is called when there is something to see; its name is the picture's.
Show = Callable[[str], Awaitable[None]]
CALLS: tuple[tuple[str, dict[str, object]], ...] = (
    ("add_reminder", {"text": "Water the plants"}),
    ("add_reminder", {"text": "Call Grace about the compiler"}),
    ("add_reminder", {"text": "Renew the passport"}),
    ("plan_week", {"seconds": 0.2}),
    ("complete_reminder", {"id": 1}),
    ("list_reminders", {}),
)


@dataclass(frozen=True)
class Printed:
    """What `consentry demo` prints, and all that is read."""

    mcp_url: str
    email: str
    password: str
    dashboard: str


async def tell(page: Page, printed: Printed, show: Show) -> None:
    """From the printed account to the agent that is refused."""
    await page.goto(printed.dashboard)
    await page.get_by_label("Email").fill(printed.email)
    await page.get_by_label("Password").fill(printed.password)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("heading", name="Deployments").wait_for()
    await show("1-dashboard")
    async with waiting(printed.mcp_url) as agent:
        client_id = await _set_up(page, printed, show)

        async def approve(url: str) -> None:
            """What the agent opens in the browser."""
            await page.goto(url)
            await page.get_by_role("heading", name="Allow MCP Inspector to use Reminders?").wait_for()
            if agent.asked == 1:
                await show("4-consent")
                await page.get_by_role("button", name="Approve").click()
            else:
                await page.get_by_role("button", name="Deny").click()
            await page.get_by_role("heading", name="Go back").wait_for()

        refused: Exception | None = None
        try:
            async with agent.connected(client_id, approve) as client:
                for tool, arguments in CALLS:
                    result = await client.call_tool(tool, arguments)
                    assert not result.is_error, result
                await _look(page, printed, show)
                await _cut_off(page, show)
                await client.call_tool("list_reminders", {})
        except Exception as error:  # a group of them, where one task of the SDK ends another
            refused = error
        assert "access_denied" in str([*_leaves(refused)] if refused else "the agent goes on"), refused
        assert agent.asked == 2


async def _set_up(page: Page, printed: Printed, show: Show) -> str:
    await page.get_by_role("link", name="Reminders").click()
    await page.get_by_role("button", name="Test the connection").click()
    await page.get_by_text("Tested just now").wait_for()
    await page.get_by_text("delete_reminder").wait_for()
    await page.get_by_role("link", name="Set up OAuth").click()
    await page.get_by_label("MCP Inspector").check()
    await show("2-set-up")
    await page.get_by_role("button", name="Make the client").click()
    await page.get_by_role("heading", name="What to click there").wait_for()
    assert await page.locator("#mcp-url").inner_text() == printed.mcp_url
    await show("3-client")
    return await page.locator("#client-id").inner_text()


async def _look(page: Page, printed: Printed, show: Show) -> None:
    await page.goto(printed.dashboard)
    await page.get_by_role("link", name="Reminders").click()
    await page.get_by_role("link", name="Log", exact=True).click()
    await _until(page, "list_reminders")
    await show("5-log")
    await page.get_by_role("link", name="OAuth events").click()
    await page.get_by_text("You approved MCP Inspector for reminders.").wait_for()
    await page.get_by_role("link", name="Reminders").click()
    await page.get_by_role("link", name="Use", exact=True).click()
    await page.get_by_role("img", name="Calls and errors over time").wait_for()
    await page.get_by_text(f"{len(CALLS)} calls of tools").wait_for()
    await show("6-use")
    await page.get_by_role("link", name="Activity").click()
    await page.get_by_text("You signed in.").wait_for()


async def _cut_off(page: Page, show: Show) -> None:
    await page.get_by_role("link", name="Applications").click()
    await page.get_by_role("heading", name="MCP Inspector").wait_for()
    await page.get_by_role("button", name="Disconnect").click()
    await page.get_by_text("The access ended at once").wait_for()
    await show("7-disconnected")


async def _until(page: Page, tool: str) -> None:
    """Calls are written down in batches, so the newest may need another look."""
    with anyio.fail_after(BOUND_SECONDS):
        while not await page.get_by_role("rowheader", name=tool).count():
            await page.reload()


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error
