"""`consentry demo`, and then nothing but clicks: what README shows in pictures goes as it says."""

import pytest

from tests.cli.process import Running, running
from tests.journeys.story import Printed, tell
from tests.journeys.test_chromium import browsing

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


def printed(demo: Running) -> Printed:
    """As somebody copies it from the terminal."""
    names = ("MCP URL", "Email", "Password", "Dashboard")
    mcp_url, email, password, dashboard = (demo.line(f"{name}  ").removeprefix(name).strip() for name in names)
    return Printed(mcp_url, email, password, dashboard)


@pytest.mark.proves("C27")
async def test_an_agent_is_connected_by_hand_seen_at_work_and_cut_off(chromium_executable: str) -> None:
    shown: list[str] = []

    async def show(name: str) -> None:
        shown.append(name)

    with running("demo", "--port", "0") as demo:
        async with browsing(chromium_executable, javascript=False) as page:
            await tell(page, printed(demo), show)
    assert [name[0] for name in shown] == list("1234567")
