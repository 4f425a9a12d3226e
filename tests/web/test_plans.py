"""Plans at the gateway, and its log, through the whole application and a real upstream."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from consentry.calls import Call
from consentry.gateway.asked import MOST_READ_BYTES
from consentry.limits.quota import Usage
from consentry.store.sql import Transaction
from tests.gateway.serving import serving
from tests.gateway.upstreams import echo
from tests.stores import BOTH, SQLITE, settings
from tests.web.world import World, world

pytestmark = pytest.mark.anyio

HOUR = 3600


async def within(here: World, sql: str) -> None:
    async def work(tx: Transaction) -> None:
        await tx.db.run(sql)

    await here.installation.store.write(work)


async def plan(here: World, name: str) -> None:
    await within(here, f"UPDATE accounts SET plan = '{name}' WHERE id = 'account_1'")  # noqa: S608


class Agent:
    """A client that is connected."""

    def __init__(self, here: World, client_id: str, token: str) -> None:
        self._here = here
        self.client_id = client_id
        self.token = token

    async def says(self, body: Any, **headers: str) -> httpx2.Response:
        authorization = {"Authorization": f"Bearer {self.token}"}
        return await self._here.client.post(self._here.resource, json=body, headers=authorization | headers)

    async def calls(self, tool: str = "add", number: int = 1) -> httpx2.Response:
        return await self.says(call(tool, number))


def call(tool: str = "add", number: int = 1) -> dict[str, Any]:
    return {
        "jsonrpc": "2.0",
        "id": number,
        "method": "tools/call",
        "params": {"name": tool, "arguments": {"a": "s3cret"}},
    }


ON_BOTH = pytest.mark.parametrize("here", BOTH, indirect=True)


@pytest.fixture(params=[SQLITE])
async def here(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    """What differs between stores is proven with the leases; a few tests see to the whole."""
    async with world(tmp_path, **await settings(request, tmp_path)) as built:
        yield built


@dataclass
class Served:
    """An installation with a real server behind its deployments, and two clients that are connected to one of them."""

    here: World
    one: Agent
    other: Agent


@pytest.fixture
async def served(here: World) -> AsyncIterator[Served]:
    async with serving(echo) as url:
        one, other = [await agent(here) for _ in range(2)]
        # Only now: it knows no tools to show at consent.
        await within(here, f"UPDATE deployments SET upstream_url = '{url}/mcp'")  # noqa: S608
        yield Served(here, one, other)


async def agent(here: World) -> Agent:
    client_id, tokens = await here.connect()
    return Agent(here, client_id, tokens["access_token"])


async def used(here: World) -> Usage | None:
    return (await here.installation.store.read(lambda tx: tx.list_usage())).get("account_1")


async def logged(here: World) -> list[Call]:
    await here.app.journal.aclose()
    return [one for _, one, _ in await here.installation.store.read(lambda tx: tx.list_calls("d_1", 100))]


@ON_BOTH
async def test_a_plan_lets_through_what_it_says_and_the_next_call_is_told_how_long_to_wait(served: Served) -> None:
    await plan(served.here, "free")
    answers = [await served.one.calls(number=number) for number in range(21)]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == [str(n) for n in range(19, -1, -1)] + [
        "0"
    ]
    refused = answers[20]
    began = served.here.clock.now - served.here.clock.now % 60
    assert refused.headers["retry-after"] == str(began + HOUR + 60 - served.here.clock.now)
    for answer in answers:
        assert answer.headers["x-ratelimit-limit"] == "20"
        assert answer.headers["x-ratelimit-reset"] == str(began + HOUR + 60)
        assert "x-ratelimit-limit" in answer.headers["access-control-expose-headers"].lower()
    error = refused.json()["error"]
    assert (refused.json()["jsonrpc"], refused.json()["id"], error["code"]) == ("2.0", 20, -32029)
    assert error["message"] == (
        "The plan of this MCP server's owner (free) allows 20 tool calls an hour, and they are used up: try again in "
        "61 minutes. Calling sooner does not help; what is no tool call still works."
    )
    assert error["data"] == {
        "window": "hour",
        "limit": 20,
        "remaining": 0,
        "retry_after": int(refused.headers["retry-after"]),
        "deployment": "reminders",
        "request_id": refused.headers["x-request-id"],
    }


async def test_calls_come_back_after_as_long_as_was_told(served: Served) -> None:
    await plan(served.here, "free")
    await within(served.here, f"UPDATE access_tokens SET expires_at = {served.here.clock.now + 10 * HOUR}")  # noqa: S608
    for _ in range(20):
        await served.one.calls()
    wait = int((await served.one.calls()).headers["retry-after"])
    served.here.clock.now += wait - 1
    assert (await served.one.calls()).status_code == 429
    served.here.clock.now += 1
    assert (await served.one.calls()).status_code == 200


async def test_what_is_no_tool_call_passes_though_the_plan_is_used_up(served: Served) -> None:
    await plan(served.here, "free")
    standing = await served.one.says({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    assert standing.headers["x-ratelimit-remaining"] == "20"
    for _ in range(20):
        await served.one.calls()
    for body in ({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, {"jsonrpc": "2.0", "method": "notifications/x"}):
        answer = await served.one.says(body)
        assert (answer.status_code, answer.headers["x-ratelimit-remaining"]) == (200, "0")


async def test_calls_count_for_the_owner_whoever_makes_them_and_wherever(served: Served) -> None:
    await plan(served.here, "free")
    one, other = served.one, served.other
    for _ in range(10):
        assert (await one.calls()).status_code == 200
        assert (await other.calls()).status_code == 200
    assert (await one.calls()).status_code == (await other.calls()).status_code == 429
    events = await served.here.installation.store.read(lambda tx: tx.list_events())
    (told,) = [event for event in events if event.name == "limits:plan:exhausted"]
    assert (told.account_id, told.deployment_id, told.reason) == ("account_1", "d_1", "hour")


async def test_headers_that_claim_to_be_something_else_do_not_get_around_a_plan(served: Served) -> None:
    await plan(served.here, "free")
    lie = {"Mcp-Method": "ping", "Mcp-Name": "harmless"}
    statuses = [(await served.one.says(call(), **lie)).status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]


async def test_a_body_that_is_too_large_to_be_held_up_passes_unread_where_nothing_is_limited(served: Served) -> None:
    large = call()
    large["params"]["arguments"]["a"] = "a" * MOST_READ_BYTES
    named = {"Mcp-Method": "tools/call", "Mcp-Name": "by header"}
    assert (await served.one.says(large, **named)).json()["size"] > MOST_READ_BYTES
    await plan(served.here, "free")
    answer = await served.one.says(large, **named)
    assert (answer.json()["size"] > MOST_READ_BYTES, answer.headers["x-ratelimit-remaining"]) == (True, "19")
    assert [one.tool for one in await logged(served.here)] == ["by header", "add"]


async def test_a_batch_is_let_through_whole_or_not_at_all(served: Served) -> None:
    await plan(served.here, "free")
    assert (await served.one.says([call()] * 15)).status_code == 200
    refused = await served.one.says([call()] * 6)
    assert refused.status_code == 429
    assert "5 are left, and this asks for 6" in refused.json()["error"]["message"]
    never = await served.one.says([call()] * 21)
    assert (never.status_code, "retry-after" in never.headers) == (429, False)
    assert "send fewer at once" in never.json()["error"]["message"]
    assert (await served.one.says([call()] * 5)).status_code == 200


@ON_BOTH
async def test_without_a_limit_calls_are_counted_and_nothing_is_said_of_limits(served: Served) -> None:
    answers = [await served.one.calls() for _ in range(30)]
    assert {answer.status_code for answer in answers} == {200}
    assert not any(name.startswith("x-ratelimit") for answer in answers for name in answer.headers)
    await served.one.says({"jsonrpc": "2.0", "id": 1, "method": "ping"})
    await served.here.app.leases.tend()
    usage = await used(served.here)
    assert usage is not None
    assert usage.month_calls == 30


@ON_BOTH
async def test_another_plan_holds_from_the_next_call_on(served: Served) -> None:
    assert "x-ratelimit-limit" not in (await served.one.calls()).headers
    await plan(served.here, "pro")
    assert (await served.one.calls()).headers["x-ratelimit-limit"] == "1000"
    await plan(served.here, "free")
    assert (await served.one.calls()).headers["x-ratelimit-limit"] == "20"


@ON_BOTH
async def test_a_call_is_logged_with_whose_it_was_and_how_it_went_and_never_what_it_said(served: Served) -> None:
    answer = await served.one.calls("remind")
    await served.one.says({"jsonrpc": "2.0", "id": 1, "method": "ping"})
    remind, ping = await logged(served.here)
    assert remind._replace(milliseconds=0) == Call(
        served.here.clock.now,
        answer.headers["x-request-id"],
        "d_1",
        "account_1",
        served.one.client_id,
        "tools/call",
        "remind",
        200,
        0,
        len(answer.request.content),
        len(answer.content),
    )
    assert 0 <= remind.milliseconds < 10_000
    assert (ping.method, ping.tool) == ("ping", "")
    rows = await served.here.installation.store.read(lambda tx: tx.db.all("SELECT * FROM calls"))
    assert "s3cret" not in str(rows)


async def test_what_a_policy_refuses_is_logged_and_what_no_token_opens_is_not(served: Served) -> None:
    await plan(served.here, "free")
    for _ in range(21):
        await served.one.calls("remind")
    assert (await served.here.call("no-token")).status_code == 401
    calls = await logged(served.here)
    assert [one.status for one in calls] == [200] * 20 + [429]
    assert (calls[20].tool, calls[20].client_id) == ("remind", served.one.client_id)
    assert calls[20].bytes_out > 100
    hourly = await served.here.installation.store.read(lambda tx: tx.sum_by("tool", "d_1", 0, 9))
    assert sum(one.calls for one in hourly) == 21
    assert {(one.of, one.errors) for one in hourly if one.errors} == {("remind", 1)}


async def test_a_stream_that_is_only_listened_to_is_logged_by_its_method(served: Served) -> None:
    headers = {"Authorization": f"Bearer {served.one.token}"}
    await served.here.client.request("DELETE", served.here.resource, headers=headers)
    (one,) = await logged(served.here)
    assert (one.method, one.client_id) == ("DELETE", served.one.client_id)


async def test_trace_context_passes_in_headers_and_in_meta_and_none_is_made_up(served: Served) -> None:
    trace = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate": "vendor=a:1,b=2"}
    body = call()
    body["params"]["_meta"] = trace
    seen = (await served.one.says(body, **trace)).json()
    passed = {name: value for name, value in seen["headers"] if name in trace}
    assert passed == trace
    assert '"_meta":{"traceparent":"00-0af7651916cd43dd8448eb211c80319c' in seen["body"]
    plain = (await served.one.calls()).json()
    assert not any(name.startswith("trace") for name, _ in plain["headers"])
