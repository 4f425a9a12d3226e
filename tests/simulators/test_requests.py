"""What is played is what was seen: the requests of the simulators, as the server hears them."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from dev.simulators.rows import CLIENTS, NOT_PLAYED
from dev.simulators.rows.editors import CURSOR

from tests.simulators.overheard import Between
from tests.simulators.staging import Staged, staged

pytestmark = pytest.mark.anyio

RESOURCE = "/.well-known/oauth-protected-resource/mcp/reminders"
SERVER = "/.well-known/oauth-authorization-server"
MCP = "/mcp/reminders"
OAUTH = (RESOURCE, SERVER, "/register", "/token")
ROWS = {
    "Claude web, Desktop, mobile, Cowork",
    "Claude Code",
    "ChatGPT",
    "Codex CLI",
    "VS Code",
    "Cursor",
    "MCP Inspector 2.x",
    "mcp-remote 0.15.1",
    "Gemini CLI",
    "goose",
    "Zed / OpenCode",
    "TS SDK 1.32 / 2.4",
    "Python SDK 2.3.0",
}


@pytest.fixture
async def heard(tmp_path: Path, upstream_url: str) -> AsyncIterator[tuple[Staged, Between]]:
    between = Between()
    async with staged(tmp_path, upstream_url, before=between) as stage:
        yield stage, between


Heard = tuple[Staged, Between]


def test_every_row_of_the_matrix_is_played_or_has_a_reason_why_not() -> None:
    assert {client.row for client in CLIENTS.values()} == ROWS
    assert [row.row for row in NOT_PLAYED] == ["Antigravity", "Zed"]
    assert all(len(row.why) > 40 for row in NOT_PLAYED)


@pytest.mark.parametrize("name", ["python-2", "python-1", "fastmcp"])
async def test_python_clients_send_no_user_agent_and_no_accept(heard: Heard, name: str) -> None:
    stage, between = heard
    await stage.play(CLIENTS[name])
    asked = between.by_client(*OAUTH)
    assert {one.path for one in asked} == set(OAUTH)
    assert not [one for one in asked if {"user-agent", "accept"} & one.headers.keys()]
    assert {len(one.form["code_verifier"][0]) for one in asked if b"code_verifier" in one.body} == {128}


async def test_the_typescript_sdk_sends_eight_refreshes_with_one_token(heard: Heard) -> None:
    stage, between = heard
    await stage.play(CLIENTS["ts-2"])
    refreshes = [one for one in between.by_client("/token") if one.form["grant_type"] == ["refresh_token"]]
    first = refreshes[0].form["refresh_token"]
    assert [one.form["refresh_token"] for one in refreshes[:8]] == [first] * 8
    assert all(one.form["resource"] == [stage.here.resource] for one in refreshes)
    assert {one.headers["accept"] for one in refreshes} == {"application/json"}


async def test_mcp_remote_looks_before_it_speaks(heard: Heard) -> None:
    stage, between = heard
    await stage.play(CLIENTS["mcp-remote"])
    begun = [(one.method, one.path) for one in between.sent][:7]
    assert begun == [
        *(("GET", MCP), ("GET", RESOURCE), ("GET", SERVER)),
        *(("GET", MCP), ("POST", MCP), ("GET", RESOURCE), ("GET", SERVER)),
    ]
    refreshes = [one for one in between.by_client("/token") if one.form["grant_type"] == ["refresh_token"]]
    assert all(one.form["scope"] == ["mcp offline_access"] for one in refreshes)
    assert len({one.form["refresh_token"][0] for one in refreshes}) >= 6


async def test_a_build_that_ignores_the_challenge_goes_by_the_path(tmp_path: Path, upstream_url: str) -> None:
    between = Between()
    async with staged(tmp_path, upstream_url, before=between, resource_metadata="appended") as stage:
        await stage.play(CLIENTS["claude-code-deaf"])
        await stage.play(CLIENTS["claude-code"])
    asked = [one.path for one in between.sent if "oauth-protected-resource" in one.path]
    assert asked == [RESOURCE, f"{MCP}/.well-known/oauth-protected-resource"]


async def test_cursor_registers_three_kinds_of_address_at_once(heard: Heard) -> None:
    stage, between = heard
    await stage.play(CLIENTS["cursor"])
    body = json.loads(between.by_client("/register")[0].body)
    assert [uri.partition(":")[0] for uri in body["redirect_uris"]] == ["cursor", "https", "http"]
    assert body["client_name"] == CURSOR


async def test_claude_comes_from_two_addresses_and_refreshes_without_scope(heard: Heard) -> None:
    stage, between = heard
    await stage.play(CLIENTS["claude"])
    refreshes = [one for one in between.by_client("/token") if one.form["grant_type"] == ["refresh_token"]]
    assert {one.address for one in refreshes} == {"192.0.2.10", "192.0.2.11"}
    assert {one.address for one in between.by_client(MCP)} == {"192.0.2.10", "192.0.2.11"}
    assert not [one for one in refreshes if "scope" in one.form]
    (client_id,) = {one.form["client_id"][0] for one in refreshes}
    assert client_id == "https://claude.ai/oauth/mcp-oauth-client-metadata"


async def test_codex_leaves_the_resource_out_of_a_refresh_alone(heard: Heard) -> None:
    stage, between = heard
    await stage.play(CLIENTS["codex"])
    for one in between.by_client("/token"):
        assert ("resource" in one.form) == (one.form["grant_type"] == ["authorization_code"])


async def test_chatgpt_asks_for_every_openid_scope_and_signs_where_it_may(heard: Heard) -> None:
    stage, between = heard
    await stage.play(CLIENTS["chatgpt-signed"])
    asked = next(one.query for one in between.sent if one.path == "/authorize")
    assert set(asked["scope"][0].split()) == {"mcp", "openid", "profile", "email", "offline_access"}
    assert all("client_assertion" in one.form for one in between.by_client("/token"))


async def test_fastmcp_asks_for_the_authorization_page_itself_first(heard: Heard) -> None:
    stage, between = heard
    await stage.play(CLIENTS["fastmcp"])
    itself, by_browser = [one for one in between.sent if one.path == "/authorize"][:2]
    assert "sec-fetch-mode" not in itself.headers
    assert "sec-fetch-mode" in by_browser.headers
    assert itself.query == by_browser.query


async def test_a_secret_is_shown_as_each_sdk_writes_it(heard: Heard) -> None:
    stage, between = heard
    for name in ("ts-1-basic", "python-2", "claude-basic", "python-2-post"):
        await stage.play(CLIENTS[name])
        asked = between.by_client("/token")
        assert all(one.headers.get("authorization", "").startswith("Basic ") for one in asked) == (
            name != "python-2-post"
        )
        assert all("client_secret" in one.form for one in asked) == (name == "python-2-post")
        between.sent.clear()


@pytest.mark.proves("H1", "H2", "H3", "H4")
async def test_a_page_asks_before_each_request_that_is_not_simple(heard: Heard) -> None:
    stage, between = heard
    await stage.play(CLIENTS["inspector-1-direct"])
    preflights = [(one.path, one.headers["access-control-request-headers"]) for one in between.sent
                  if one.method == "OPTIONS"]  # fmt: skip
    assert (RESOURCE, "mcp-protocol-version") in preflights
    assert ("/register", "content-type") in preflights
    assert (MCP, "authorization,content-type,mcp-protocol-version,mcp-session-id") in preflights
    assert {one.headers["origin"] for one in between.by_client(*OAUTH)} == {"http://localhost:6274"}
