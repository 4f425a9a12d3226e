"""Whole conversations of real clients, from nothing but an MCP URL to a tool's result, and to the end of the grant."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from anyio import to_thread

from tests.journeys.client_process import Line, Name, run, started
from tests.journeys.installed import EMAIL, PASSWORD, Installed, installed

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

# fastmcp's client and `mcp` 2 speak 2026-07-28 first; in legacy mode, and always in `mcp` 1, 2025-11-25.
SPEAKERS: list[tuple[Name, str]] = [
    ("mcp2", "auto"),
    ("mcp2", "legacy"),
    ("mcp1", "legacy"),
    ("fastmcp", "auto"),
    ("fastmcp", "legacy"),
]
TOOLS = {"add_reminder", "list_reminders", "complete_reminder", "delete_reminder", "plan_week"}
ADD = 'call:add_reminder:{"text":"milk"}'
LIST = "call:list_reminders:{}"


@pytest.fixture
async def here(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Installed]:
    async with installed(tmp_path / "data") as running:
        yield running


def options(url: str, tmp_path: Path, mode: str) -> list[str]:
    return [url, "--email", EMAIL, "--password", PASSWORD, "--storage", str(tmp_path / "tokens"), "--mode", mode]


async def walk(name: Name, *args: str) -> list[Line]:
    """Runs a client to its end; a step that failed fails the test."""
    lines = await to_thread.run_sync(partial(run, name, *args))
    assert not [line for line in lines if "error" in line], lines
    return lines


def text_of(line: Line) -> str:
    return str(cast("dict[str, Any]", line["result"])["text"])


@pytest.mark.parametrize(("name", "mode"), SPEAKERS)
async def test_a_client_given_only_the_url_connects_lists_and_calls(
    here: Installed, tmp_path: Path, name: Name, mode: str
) -> None:
    connect, listed, added, shown, _ = await walk(
        name, *options(here.reminders, tmp_path, mode), "connect", "list", ADD, LIST, "disconnect"
    )
    assert connect["protocol"] == ("2026-07-28" if mode == "auto" else "2025-11-25")
    assert set(cast("list[str]", listed["tools"])) >= TOOLS
    assert "milk" in text_of(added)
    assert "milk" in text_of(shown)
    assert shown["authorizations"] == 1
    (grant,) = await here.grants()
    assert (grant.account_id, grant.permissions.resource) == ("account_1", here.reminders)
    assert grant.last_used_at == here.clock.now


@pytest.mark.parametrize(("name", "mode"), SPEAKERS)
async def test_progress_arrives_while_the_call_still_runs(
    here: Installed, tmp_path: Path, name: Name, mode: str
) -> None:
    _, line, _ = await walk(
        name, *options(here.reminders, tmp_path, mode), "connect", 'progress:plan_week:{"seconds":1.5}', "disconnect"
    )
    progress = cast("list[list[float]]", line["progress"])
    completed = cast("float", line["completed_at"])
    assert [done for done, _, _ in progress] == [1, 2, 3, 4, 5]
    # Five steps in a second and a half: the first is a step's time ahead of the result, at the very least.
    assert completed - progress[0][2] > 0.3


@pytest.mark.parametrize(("name", "mode"), SPEAKERS)
async def test_a_second_run_needs_nobody(here: Installed, tmp_path: Path, name: Name, mode: str) -> None:
    asked = options(here.reminders, tmp_path, mode)
    await walk(name, *asked, "connect", ADD, "disconnect")
    connect, shown, _ = await walk(name, *asked, "--no-browser", "connect", LIST, "disconnect")
    assert connect["authorizations"] == 0
    assert "milk" in text_of(shown)
    assert len(await here.grants()) == 1


@pytest.mark.parametrize(("name", "mode"), SPEAKERS)
async def test_a_client_refreshes_by_its_own_clock(tmp_path: Path, name: Name, mode: str) -> None:
    async with installed(tmp_path / "data", access_token_ttl=2) as here:
        _, first, second, _ = await walk(
            name, *options(here.reminders, tmp_path, mode), "connect", "refresh", "refresh", "disconnect"
        )
        for line in (first, second):
            assert line["access_token_changed"] is True
            assert line["refresh_token_changed"] is True
            assert line["authorized_again"] is False
        assert len(await here.grants()) == 1


@pytest.mark.parametrize(("name", "mode"), SPEAKERS)
async def test_a_grant_that_is_ended_is_over_and_stored_tokens_let_nobody_in(
    here: Installed, tmp_path: Path, name: Name, mode: str
) -> None:
    asked = options(here.reminders, tmp_path, mode)
    await walk(name, *asked, "connect", ADD, "disconnect")
    assert await here.end_every_grant() == 1
    refused = await to_thread.run_sync(partial(run, name, *asked, "--no-browser", "connect"))
    assert "authorization needed" in str(refused[-1]["error"])
    assert [grant.ended_because for grant in await here.grants()] == ["ended by the operator"]


@pytest.mark.parametrize(("name", "mode"), SPEAKERS)
async def test_a_grant_that_is_ended_in_mid_conversation_asks_the_person_anew(
    here: Installed, tmp_path: Path, name: Name, mode: str
) -> None:
    asked = options(here.reminders, tmp_path, mode)
    async with started(name, *asked, "connect", ADD, "wait-line", LIST) as client:
        told = [await client.next_line() for _ in range(2)]
        assert told[-1]["authorizations"] == 1
        assert await here.end_every_grant() == 1
        await client.send_line()
        told = [await client.next_line() for _ in range(2)]
    assert told[-1]["authorizations"] == 2
    assert [grant.ended_at is None for grant in await here.grants()].count(True) == 1


@pytest.mark.parametrize(("name", "mode"), SPEAKERS)
async def test_an_expired_token_of_ours_leads_back_in(here: Installed, tmp_path: Path, name: Name, mode: str) -> None:
    """Our clock moves, the client's does not: it learns of the expiry from the 401."""
    asked = options(here.reminders, tmp_path, mode)
    async with started(name, *asked, "connect", "wait-line", LIST) as client:
        await client.next_line()
        here.clock.now += 3600
        await client.send_line()
        told = [await client.next_line() for _ in range(2)]
    assert "error" not in told[-1], told


@pytest.mark.parametrize(("name", "mode"), SPEAKERS)
async def test_a_person_who_presses_deny_lets_nobody_in(here: Installed, tmp_path: Path, name: Name, mode: str) -> None:
    asked = options(here.reminders, tmp_path, mode)
    lines = await to_thread.run_sync(partial(run, name, *asked, "--decision", "Deny", "connect"))
    assert "denied" in str(lines[-1]["error"])
    assert await here.grants() == []
