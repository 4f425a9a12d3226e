"""The reminders server: its tools, its progress, both eras on one endpoint."""

from collections.abc import AsyncIterator
from datetime import date

import anyio
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp import Client
from mcp.types import TextContent

from consentry.demo.reminders import Book, Reminder, plan
from consentry.demo.upstreams import Upstream
from tests.forked import BOUND_SECONDS

pytestmark = pytest.mark.anyio

ACCEPT = {"accept": "application/json, text/event-stream"}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


@pytest.fixture(params=["legacy", "2026-07-28"])
async def client(request: pytest.FixtureRequest, reminders: Upstream) -> AsyncIterator[Client]:
    async with Client(reminders.url, mode=request.param) as client:
        yield client


@given(st.lists(st.text(min_size=1, max_size=5), max_size=40))
def test_a_plan_holds_every_reminder_once_and_in_order(texts: list[str]) -> None:
    week = plan([Reminder(id=number, text=text) for number, text in enumerate(texts)])
    assert [text for day in week.days for text in day.reminders] == texts
    sizes = [len(day.reminders) for day in week.days]
    assert max(sizes) - min(sizes) <= 1


def test_reminders_that_are_due_come_before_those_that_are_not() -> None:
    book = Book()
    book.add("some day", None)
    book.add("later", date(2026, 12, 24))
    book.add("soon", date(2026, 12, 1))
    assert [reminder.text for reminder in book.in_order(include_completed=False)] == [
        "soon",
        "later",
        "some day",
    ]


@pytest.mark.slow
async def test_each_tool_says_what_it_may_do(client: Client) -> None:
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    hints = {
        name: (tool.annotations.read_only_hint, tool.annotations.destructive_hint)
        for name, tool in tools.items()
        if tool.annotations is not None
    }
    assert hints == {
        "add_reminder": (False, False),
        "list_reminders": (True, None),
        "complete_reminder": (False, False),
        "delete_reminder": (False, True),
        "plan_week": (True, None),
    }
    assert all(tool.title and tool.description and tool.output_schema for tool in tools.values())
    assert tools["add_reminder"].input_schema["required"] == ["text"]


@pytest.mark.slow
async def test_a_reminder_is_added_listed_completed_and_deleted(client: Client) -> None:
    added = await client.call_tool("add_reminder", {"text": "water the plants", "due": "2026-12-24"})
    assert added.structured_content is not None
    reminder_id = added.structured_content["id"]
    expected = {"id": reminder_id, "text": "water the plants", "due": "2026-12-24", "completed": False}
    assert added.structured_content == expected
    assert expected in await listed(client)

    await client.call_tool("complete_reminder", {"id": reminder_id})
    assert reminder_id not in [reminder["id"] for reminder in await listed(client)]
    assert expected | {"completed": True} in await listed(client, include_completed=True)

    await client.call_tool("delete_reminder", {"id": reminder_id})
    everything = await listed(client, include_completed=True)
    assert reminder_id not in [reminder["id"] for reminder in everything]


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["complete_reminder", "delete_reminder"])
async def test_an_unknown_reminder_is_an_error_that_says_where_to_look(client: Client, tool: str) -> None:
    result = await client.call_tool(tool, {"id": 4711})
    assert result.is_error
    (content,) = result.content
    assert isinstance(content, TextContent)
    assert content.text.endswith("There is no reminder 4711; list_reminders shows those there are")


@pytest.mark.slow
async def test_a_plan_reports_each_day(client: Client) -> None:
    heard: list[tuple[float, float | None]] = []

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total))

    result = await client.call_tool("plan_week", {"seconds": 0.05}, progress_callback=on_progress)
    assert result.structured_content is not None
    assert len(result.structured_content["days"]) == 5
    assert heard == [(number, 5) for number in range(1, 6)]


@pytest.mark.slow
async def test_progress_arrives_while_the_call_is_still_running(client: Client) -> None:
    first = anyio.Event()
    finished = False

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        first.set()

    async def call() -> None:
        nonlocal finished
        await client.call_tool("plan_week", {"seconds": 5}, progress_callback=on_progress)
        finished = True

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await first.wait()
        await listed(client)  # time enough for a result that was not held back
        assert not finished
        tasks.cancel_scope.cancel()


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [-1, 61])
async def test_a_plan_takes_no_longer_than_its_bound(client: Client, seconds: float) -> None:
    assert (await client.call_tool("plan_week", {"seconds": seconds})).is_error


@pytest.mark.slow
async def test_an_older_client_is_given_a_session_that_ends_when_it_says_so(reminders: Upstream) -> None:
    async with httpx2.AsyncClient(headers=ACCEPT, timeout=BOUND_SECONDS) as http:
        opened = await http.post(reminders.url, json=INITIALIZE)
        assert opened.headers["content-type"] == "text/event-stream"
        session = {"mcp-session-id": opened.headers["mcp-session-id"]}
        initialized = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        assert (await http.post(reminders.url, json=initialized, headers=session)).status_code == 202
        assert (await http.delete(reminders.url, headers=session)).status_code == 200
        ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
        assert (await http.post(reminders.url, json=ping, headers=session)).status_code == 404


@pytest.mark.slow
async def test_a_page_under_a_foreign_name_cannot_reach_it(reminders: Upstream) -> None:
    async with httpx2.AsyncClient(headers=ACCEPT, timeout=BOUND_SECONDS) as http:
        rebound = await http.post(reminders.url, json=INITIALIZE, headers={"host": "attacker.example"})
        proxied = await http.post(reminders.url, json=INITIALIZE, headers={"origin": "https://inspector.example"})
    assert rebound.status_code == 400
    assert proxied.status_code == 200


async def listed(client: Client, *, include_completed: bool = False) -> list[dict[str, object]]:
    result = await client.call_tool("list_reminders", {"include_completed": include_completed})
    assert result.structured_content is not None
    found: list[dict[str, object]] = result.structured_content["reminders"]
    return found
