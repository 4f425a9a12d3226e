"""Scopes that open some tools: from `--scope` to consent, the gateway's 403, the step up, and what is listed."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from consentry.demo import reminders
from consentry.deployments import administer, scope_map
from consentry.deployments.administer import Change
from consentry.store.sql import Transaction
from tests.gateway.serving import serving
from tests.stores import BOTH, settings
from tests.web.world import OTHER_EMAIL, World, world

pytestmark = pytest.mark.anyio

MAP = scope_map.parse(["read=@read", "write=@read,@write", "delete=delete_*"])
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "by hand", "version": "1"},
}
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
async def upstream(anyio_backend: str) -> AsyncIterator[str]:
    """The demo's server, which keeps sessions and speaks 2026-07-28 as well."""
    async with serving(reminders.app(), lifespan="on") as url:
        yield f"{url}/mcp"


@pytest.fixture(params=BOTH)
async def here(request: pytest.FixtureRequest, tmp_path: Path, upstream: str) -> AsyncIterator[World]:
    async with world(tmp_path, **await settings(request, tmp_path)) as built:
        await change(built, Change(upstream_url=upstream, access="verified", scope_map=MAP))
        yield built


@pytest.fixture
async def one(tmp_path: Path, upstream: str) -> AsyncIterator[World]:
    """The same on SQLite alone, for what no store has a part in."""
    async with world(tmp_path) as built:
        await change(built, Change(upstream_url=upstream, access="verified", scope_map=MAP))
        yield built


async def change(built: World, wanted: Change) -> None:
    assert administer.change_fault(wanted) is None

    async def work(tx: Transaction) -> None:
        found = await tx.find_deployment_by_slug("reminders")
        assert found is not None
        await administer.change(tx, found, wanted, built.clock.now)

    await built.installation.store.write(work)


async def token(built: World, scope: str | None = None, client_id: str = "") -> str:
    client_id = client_id or (await built.register())["client_id"]
    code = await built.approve(client_id, scope=scope)
    return str((await built.exchange(client_id, code)).json()["access_token"])


async def send(built: World, bearer: str, message: object, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = message if isinstance(message, bytes) else json.dumps(message).encode()
    said = ACCEPT | {"Content-Type": "application/json", "Authorization": f"Bearer {bearer}"} | named
    return await built.client.post(built.resource, content=content, headers=said)


def call(name: str, **arguments: object) -> dict[str, Any]:
    params = {"name": name, "arguments": arguments, "_meta": META}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


async def ask(built: World, bearer: str, message: dict[str, Any]) -> httpx2.Response:
    """In the stateless way of 2026-07-28."""
    named = {"Mcp_Name": message["params"]["name"]} if "name" in message["params"] else {}
    return await send(built, bearer, message, MCP_Protocol_Version="2026-07-28", Mcp_Method=message["method"], **named)


def said(response: httpx2.Response) -> dict[str, Any]:
    """The answer's JSON, which may come as an event."""
    text = response.text
    if response.headers["content-type"].startswith("text/event-stream"):
        text = [line for line in text.splitlines() if line.startswith("data: ")][-1].removeprefix("data: ")
    read: dict[str, Any] = json.loads(text)
    return read


async def listed(built: World, bearer: str) -> dict[str, Any]:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": META}}
    answer = await ask(built, bearer, message)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = said(answer)["result"]
    return result


def names(result: dict[str, Any]) -> set[str]:
    return {tool["name"] for tool in result["tools"]}


@pytest.mark.proves("F5", "F7", "F9", "F10", "G16")
async def test_a_client_begins_with_the_smallest_scope_and_steps_up_call_by_call(here: World) -> None:
    described = (await here.client.get("/.well-known/oauth-protected-resource/mcp/reminders")).json()
    assert described["scopes_supported"] == ["read"]
    unauthorized = await here.client.post(here.resource)
    assert 'scope="read"' in unauthorized.headers["www-authenticate"]

    client_id = (await here.register())["client_id"]
    reading = await token(here, None, client_id)
    assert (await ask(here, reading, call("list_reminders"))).status_code == 200

    bearer, granted, made = reading, "read", 1
    for tool, needed in (("add_reminder", "read write"), ("delete_reminder", "delete read write")):
        assert (await ask(here, bearer, call("list_reminders"))).status_code == 200
        refused = await ask(here, bearer, call(tool, text="milk", id=made))
        assert refused.status_code == 403
        challenge = refused.headers["www-authenticate"]
        assert challenge.startswith('Bearer error="insufficient_scope"')
        assert f'scope="{needed}"' in challenge
        assert "resource_metadata=" in challenge
        assert refused.json()["error"] == "insufficient_scope"
        bearer, granted = await token(here, needed, client_id), needed
        answer = await ask(here, bearer, call(tool, text="milk", id=made))
        assert answer.status_code == 200
        result = said(answer)["result"]
        assert result.get("isError", False) is False
        made = result.get("structuredContent", {}).get("id", made)
    assert granted == "delete read write"
    assert (await ask(here, reading, call("add_reminder", text="x"))).status_code == 403


@pytest.mark.proves("F10")
async def test_any_scope_of_the_deployment_lets_in_and_a_larger_one_stands_for_a_smaller(one: World) -> None:
    bearer = await token(one, "write")
    assert (await ask(one, bearer, call("list_reminders"))).status_code == 200
    refused = await ask(one, bearer, call("delete_reminder", id=1))
    assert 'scope="delete write"' in refused.headers["www-authenticate"]


async def test_the_page_says_what_each_scope_opens_and_shows_those_tools_alone(one: World) -> None:
    client_id = (await one.register())["client_id"]
    await one.sign_in()
    page = (await one.ask(client_id, scope="read")).text
    assert "the tools that only read" in page
    assert "list_reminders" in page
    assert "delete_reminder" not in page
    page = (await one.ask(client_id, scope="read delete")).text
    assert "the tools named delete_*" in page
    assert "delete_reminder" in page
    assert "add_reminder" not in page


async def test_scopes_that_are_not_the_deployments_are_not_granted(one: World) -> None:
    client_id = (await one.register())["client_id"]
    code = await one.approve(client_id, scope="mcp read everything")
    assert (await one.exchange(client_id, code)).json()["scope"] == "read"


async def test_a_map_that_is_changed_counts_for_what_was_granted_before(one: World) -> None:
    bearer = await token(one, "read")
    assert (await ask(one, bearer, call("add_reminder", text="milk"))).status_code == 403
    await change(one, Change(scope_map=scope_map.parse(["read=*"])))
    assert (await ask(one, bearer, call("add_reminder", text="milk"))).status_code == 200
    await change(one, Change(scope_map=scope_map.parse(["see=@read", "all=*"])))
    refused = await ask(one, bearer, call("list_reminders"))
    assert (refused.status_code, 'scope="see"' in refused.headers["www-authenticate"]) == (403, True)


@pytest.mark.proves("G13", "G16")
async def test_lists_leave_out_what_may_not_be_called_where_the_owner_says_so(here: World) -> None:
    bearer = await token(here, "read")
    whole = await listed(here, bearer)
    assert {"list_reminders", "add_reminder", "delete_reminder"} <= names(whole)
    await change(here, Change(hide_tools=True))
    result = await listed(here, bearer)
    assert names(result) == {"list_reminders", "plan_week"}
    assert result["cacheScope"] == "private"
    assert {**result, "tools": [], "cacheScope": ""} == {**whole, "tools": [], "cacheScope": ""}
    everything = await listed(here, await token(here, "write delete"))
    assert names(everything) == names(whole)
    assert everything["cacheScope"] == "private"


@pytest.mark.proves("G10", "G17")
@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (b'{"jsonrpc": "2.0",', {}, -32700),
        (b'{"a":' * 100 + b"1" + b"}" * 100, {}, -32700),
        (call("list_reminders"), {"MCP_Protocol_Version": "2026-07-28", "Mcp_Method": "tools/call"}, -32020),
        (
            call("add_reminder"),
            {"MCP_Protocol_Version": "2026-07-28", "Mcp_Method": "tools/call", "Mcp_Name": "list_reminders"},
            -32020,
        ),
        (call("list_reminders"), {"MCP_Protocol_Version": "2030-01-01", "Mcp_Method": "tools/call"}, -32022),
    ],
)
async def test_what_no_rule_could_be_kept_on_is_400(
    one: World, body: object, headers: dict[str, str], code: int
) -> None:
    answer = await send(one, await token(one), body, **headers)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, code)
    assert error["message"]
    assert error["data"]["deployment"] == "reminders"
    if code == -32022:
        assert error["data"]["requested"] == "2030-01-01"
        assert "2026-07-28" in error["data"]["supported"]


INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "by hand", "version": "1"}},
}
LISTING = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}


async def session(built: World, bearer: str) -> str:
    begun = await send(built, bearer, INITIALIZE)
    assert begun.status_code == 200, begun.text
    return str(begun.headers["mcp-session-id"])


@pytest.mark.proves("G7", "G9")
async def test_a_session_is_of_one_account_and_one_client_from_initialize_to_delete(here: World) -> None:
    client_id = (await here.register())["client_id"]
    mine = await token(here, None, client_id)
    held = await session(here, mine)
    assert (await send(here, mine, LISTING, Mcp_Session_Id=held)).status_code == 200
    assert (await send(here, await token(here, None, client_id), LISTING, Mcp_Session_Id=held)).status_code == 200

    another_client = await token(here)
    here.browser.cookies.clear()
    await here.sign_in(OTHER_EMAIL)
    another_account = await token(here, None, client_id)
    for stranger in (another_client, another_account):
        refused = await send(here, stranger, LISTING, Mcp_Session_Id=held)
        assert (refused.status_code, "initialize" in refused.json()["error"]["message"]) == (404, True)
        headers = {"Authorization": f"Bearer {stranger}", "Mcp-Session-Id": held} | ACCEPT
        assert (await here.client.delete(here.resource, headers=headers)).status_code == 404
        assert (await here.client.get(here.resource, headers=headers)).status_code == 404

    headers = {"Authorization": f"Bearer {mine}", "Mcp-Session-Id": held}
    assert (await send(here, mine, LISTING, Mcp_Session_Id=held)).status_code == 200
    assert (await here.client.delete(here.resource, headers=headers)).status_code in (200, 204)
    assert (await send(here, mine, LISTING, Mcp_Session_Id=held)).status_code == 404


async def test_a_batch_of_an_older_revision_is_refused_for_its_worst_call(one: World) -> None:
    bearer = await token(one)
    messages = [LISTING, {**call("delete_reminder", id=1), "id": 5}, {**call("list_reminders"), "id": 6}]
    for message in messages[1:]:
        message["params"] = {**message["params"]}
        message["params"].pop("_meta")
    refused = await send(one, bearer, messages)
    assert (refused.status_code, 'scope="delete read"' in refused.headers["www-authenticate"]) == (403, True)


async def test_forward_authentication_refuses_what_it_could_not_keep(one: World) -> None:
    bearer = {"Authorization": f"Bearer {await token(one, 'write delete')}"}
    refused = await one.client.get("/forward-auth/reminders", headers=bearer)
    assert (refused.status_code, "gateway" in refused.json()["error"]["message"]) == (403, True)
    await change(one, Change(scope_map=scope_map.parse(["read=*", "write=*"])))
    assert (await one.client.get("/forward-auth/reminders", headers=bearer)).status_code == 200
