"""What a consent page is told of tools: as they were a minute ago at most, and nobody waits twice for a slow server."""

from dataclasses import dataclass, field, replace

import pytest

from consentry import probe
from consentry.deployments.model import Deployment
from consentry.tool_lines import AGAIN_SECONDS, FRESH_SECONDS, MOST_DEPLOYMENTS, ToolLines
from consentry.web.pages import words
from consentry.web.pages.views import ToolLine
from tests.builders import deployment

pytestmark = pytest.mark.anyio

NOTES = replace(deployment(1), upstream_url="http://127.0.0.1:9/mcp")
SLOW = probe.Unreachable("It did not answer.")


def tool(name: str, *, read_only: bool = False, destructive: bool = True) -> probe.ToolSummary:
    return probe.ToolSummary(name, None, None, read_only, destructive and not read_only)


@dataclass
class Server:
    """Says what it has, and counts who asks."""

    now: int = 1_800_000_000
    asked: list[str] = field(default_factory=list)
    says: probe.Found | probe.Unreachable = field(default_factory=lambda: probe.Found("s", "1", (tool("add"),)))

    async def look(self, of: Deployment, seconds: float) -> probe.Found | probe.Unreachable:
        self.asked.append(of.id)
        return self.says


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def lines(server: Server) -> ToolLines:
    return ToolLines(server.look, lambda: server.now)


async def test_tools_are_shown_with_the_worst_that_they_may_do(server: Server, lines: ToolLines) -> None:
    server.says = probe.Found("s", "1", (tool("a", read_only=True), tool("b", destructive=False), tool("c")))
    assert await lines(NOTES) == (
        ToolLine("a", None, None, "reads"),
        ToolLine("b", None, None, "changes"),
        ToolLine("c", None, None, "destroys"),
    )


async def test_they_are_remembered_for_a_minute(server: Server, lines: ToolLines) -> None:
    first = await lines(NOTES)
    server.says = probe.Found("s", "1", ())
    server.now += FRESH_SECONDS - 1
    assert await lines(NOTES) == first
    server.now += 1
    assert await lines(NOTES) == ()
    assert len(server.asked) == 2


async def test_a_slow_server_is_waited_for_once_in_a_while(server: Server, lines: ToolLines) -> None:
    server.says = SLOW
    assert await lines(NOTES) == await lines(NOTES) == words.TOOLS_UNREACHABLE
    assert len(server.asked) == 1
    server.now += AGAIN_SECONDS
    server.says = probe.Found("s", "1", ())
    assert await lines(NOTES) == ()


@pytest.mark.parametrize("change", [{"upstream_url": "http://127.0.0.1:8/mcp"}, {"sealed_headers": b"others"}])
async def test_another_server_is_asked_at_once(server: Server, lines: ToolLines, change: dict[str, str]) -> None:
    await lines(NOTES)
    await lines(replace(NOTES, **change))  # type: ignore[arg-type]
    assert len(server.asked) == 2


async def test_no_more_are_remembered_than_there_is_room_for(server: Server, lines: ToolLines) -> None:
    for number in range(MOST_DEPLOYMENTS + 1):
        await lines(replace(NOTES, id=f"d_{number}"))
    for number in (MOST_DEPLOYMENTS, 0):
        await lines(replace(NOTES, id=f"d_{number}"))
    assert len(server.asked) == MOST_DEPLOYMENTS + 2


async def test_a_server_elsewhere_is_not_asked(server: Server, lines: ToolLines) -> None:
    assert await lines(replace(NOTES, upstream_url=None)) == words.TOOLS_ELSEWHERE
    assert server.asked == []
