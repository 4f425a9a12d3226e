"""Deployments by the API: made, listed in pages, changed, tested, paused, deleted; what cannot be is said."""

from pathlib import Path
from typing import Any

import pytest

from tests.web.management.conftest import Api, furnished
from tests.web.management.described import hold
from tests.web.world import OTHER_EMAIL, no_way_out, world

pytestmark = pytest.mark.anyio

NEW = {"slug": "notes", "upstream_url": "http://127.0.0.1:9/mcp"}


async def test_a_deployment_lives_its_whole_life(api: Api) -> None:
    whole = NEW | {
        "name": "My notes",
        "access": "domain",
        "domain": "Example.com",
        "token_format": "api_key",
        "key_prefix": "nts_",
        "key_ttl": 86_400,
        "scopes": {"read": ["@read", "search_*"], "all": ["*"]},
        "hide_tools": True,
        "identity": True,
    }
    headers = {"Authorization": "Bearer of-the-upstream", "X-Tenant": "7"}
    made = await api.ask("operator", "POST", "deployments", json=whole | {"upstream_headers": headers})
    assert made.status_code == 201, made.text
    assert made.headers["location"] == "https://consentry.example/api/v1/deployments/notes"
    shown = made.json()
    assert {name: shown[name] for name in whole} == whole | {"domain": "example.com"}
    assert (shown["mcp_url"], shown["owner"], shown["paused"]) == (
        "https://consentry.example/mcp/notes",
        "olga@example.com",
        False,
    )
    assert (shown["upstream_headers"], shown["auth"]) == (
        ["authorization", "x-tenant"],
        {"modes": ["oauth"], "secret": False},
    )
    assert "of-the-upstream" not in made.text
    assert (shown["health"], shown["use"]) == ({"state": "unknown"}, {"connections": 0})
    assert (await api.ask("operator", "GET", "deployments/notes")).json() == shown

    changed = await api.ask("operator", "PATCH", "deployments/notes", json={"access": "verified", "paused": True})
    assert changed.json() == {name: value for name, value in shown.items() if name != "domain"} | {
        "access": "verified",
        "paused": True,
        "health": {"state": "paused"},
    }
    again = await api.ask(
        "operator",
        "PATCH",
        "deployments/notes",
        json={"paused": False, "token_format": "opaque", "upstream_headers": {"X-Tenant": ""}},
    )
    assert (again.json()["paused"], again.json()["token_format"]) == (False, "opaque")
    assert "key_prefix" not in again.json()
    assert again.json()["upstream_headers"] == ["authorization"]

    found = (await api.ask("operator", "POST", "deployments/notes/test")).json()
    assert (found["state"], found["looked_at"]) == ("down", api.here.clock())
    assert "127.0.0.1" in found["fault"]
    assert (await api.ask("operator", "GET", "deployments/notes")).json()["health"] == found

    assert (await api.ask("operator", "DELETE", "deployments/notes")).status_code == 204
    for method in ("GET", "DELETE"):
        assert (await api.ask("operator", method, "deployments/notes")).status_code == 404


async def test_what_is_changed_here_is_so_at_the_gateway(api: Api) -> None:
    _, tokens = await api.here.connect()
    assert (await api.here.call(tokens["access_token"])).status_code == 502
    await api.ask("owner", "PATCH", "deployments/reminders", json={"paused": True})
    assert (await api.here.call(tokens["access_token"])).status_code == 503
    shown = (await api.ask("owner", "GET", "deployments/reminders")).json()
    assert shown["use"]["connections"] == 1
    await api.ask("owner", "DELETE", "deployments/reminders")
    assert (await api.here.call(tokens["access_token"])).status_code in {401, 404}


async def test_a_list_is_read_page_by_page_and_stays_right_when_some_come_and_go(api: Api) -> None:
    for slug in ("a-1", "a1", "b", "z"):
        await api.ask("operator", "POST", "deployments", json=NEW | {"slug": slug})
    read: list[str] = []
    cursor = ""
    while True:
        page = (await api.ask("operator", "GET", f"deployments?limit=2{cursor}")).json()
        read += [one["slug"] for one in page["items"]]
        if "next" not in page:
            break
        cursor = f"&cursor={page['next']}"
        if len(read) == 2:
            await api.ask("operator", "DELETE", "deployments/a1")
            await api.ask("operator", "POST", "deployments", json=NEW | {"slug": "a0"})
            await api.ask("operator", "POST", "deployments", json=NEW | {"slug": "c"})
    assert read == ["a-1", "a1", "b", "c", "reminders", "textkit", "z"]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "limit=²", "page=2"])
async def test_a_query_that_cannot_be_read_is_refused(api: Api, query: str) -> None:
    response = await api.ask("owner", "GET", f"deployments?{query}")
    assert response.status_code == 400, response.text
    hold(response, "GET", "deployments")


async def test_an_mcp_server_is_tried_before_there_is_a_deployment_and_nothing_is_kept(api: Api) -> None:
    before = await api.rows()
    tried = await api.ask("operator", "POST", "trials", json=NEW)
    hold(tried, "POST", "trials")
    assert (tried.status_code, tried.json()["state"]) == (200, "down")
    assert "Nothing answers at" in tried.json()["fault"]
    elsewhere = {"slug": "x", "resource": "https://mcp.example.org/mcp"}
    assert (await api.ask("operator", "POST", "trials", json=elsewhere)).json() == {"state": "elsewhere"}
    for body in (
        {"slug": "No slug", "upstream_url": "http://127.0.0.1:9/mcp"},
        {"slug": "x", "upstream_url": "https://consentry.example/mcp/reminders"},
    ):
        refused = await api.ask("operator", "POST", "trials", json=body)
        hold(refused, "POST", "trials")
        assert refused.status_code == 422
    assert await api.rows() == before


@pytest.mark.parametrize("cursor", ["%7B", "WzFd", "eyJ9", "WyJhIiwx"])
async def test_a_cursor_that_no_page_gave_out_begins_nowhere(api: Api, cursor: str) -> None:
    for path in ("deployments", "deployments/reminders/calls", "clients", "invitations"):
        response = await api.ask("operator", "GET", f"{path}?cursor={cursor}")
        hold(response, "GET", path)
        assert (response.status_code, "begin at the start" in response.json()["detail"]) == (422, True)


@pytest.mark.parametrize(
    ("body", "status", "kind", "said"),
    [
        ({"slug": "reminders"}, 409, "conflict", "There is a deployment reminders already."),
        ({"slug": "No"}, 422, "unfit", "A slug is"),
        ({"upstream_url": "nowhere"}, 422, "unfit", "whole URL"),
        ({"upstream_url": "http://[::1"}, 422, "unfit", "whole URL"),
        ({"upstream_url": "http://\u2100/", "upstream_headers": {"X-A": "b"}}, 422, "unfit", "whole URL"),
        ({"upstream_url": "https://consentry.example/mcp/reminders"}, 422, "unfit", "would call itself"),
        ({"resource": "https://mcp.example.org/mcp"}, 422, "unfit", "Name either the upstream"),
        ({"access": "domain"}, 422, "unfit", "name the domain"),
        ({"public_upstream": True}, 422, "unfit", "public"),
        ({"upstream_headers": {"Host": "x"}}, 422, "unfit", "the gateway's own"),
        ({"scopes": {}}, 422, "unfit", "1 to 20 scopes"),
        ({"key_ttl": 10**12, "token_format": "api_key"}, 422, "unfit", "ten years"),
        ({"color": "red"}, 400, "malformed", "There is no member color here. There are: name,"),
        ({"slug": 1}, 400, "malformed", "The member slug will not do"),
        ({"slug": None}, 400, "malformed", "Leave the member slug out rather than sending null."),
        ({"access": "everybody"}, 400, "malformed", "'owner', 'invited', 'domain' or 'verified'"),
        ({"hide_tools": "yes"}, 400, "malformed", "hide_tools"),
    ],
)
async def test_a_body_that_will_not_do_is_told_what_would(
    api: Api, body: dict[str, Any], status: int, kind: str, said: str
) -> None:
    before = await api.rows()
    response = await api.ask("operator", "POST", "deployments", json=NEW | body)
    hold(response, "POST", "deployments")
    told = response.json()
    assert (response.status_code, told["status"]) == (status, status)
    assert told["type"] == f"https://consentry.example/api/v1#{kind}"
    assert said in told["detail"]
    assert await api.rows() == before


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"slug": "\\ud800"}', "application/json", 400),
        (b"{}", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"slug=x", "application/x-www-form-urlencoded", 415),
        (b" " * 70_000, "application/json", 413),
    ],
)
async def test_a_body_that_is_no_json_object_is_refused(api: Api, content: bytes, media_type: str, status: int) -> None:
    response = await api.ask("operator", "POST", "deployments", content=content, headers={"Content-Type": media_type})
    assert response.status_code == status, response.text
    hold(response, "POST", "deployments")


async def test_an_owner_changes_what_is_theirs_but_not_what_this_server_calls(api: Api) -> None:
    path = "deployments/reminders"
    for body in ({"upstream_url": "http://127.0.0.1:5432/mcp"}, {"public_upstream": True}):
        response = await api.ask("owner", "PATCH", path, json={"name": "Mine", **body})
        assert (response.status_code, response.json()["type"]) == (403, "https://consentry.example/api/v1#forbidden")
    same = {"upstream_url": "http://127.0.0.1:9/mcp", "public_upstream": False, "name": "Mine"}
    assert (await api.ask("owner", "PATCH", path, json=same)).json()["name"] == "Mine"


async def test_a_server_elsewhere_has_no_upstream_to_test(api: Api) -> None:
    elsewhere = {"slug": "archive", "resource": "https://mcp.example.org/mcp", "token_format": "jwt"}
    made = (await api.ask("operator", "POST", "deployments", json=elsewhere)).json()
    assert made["resource_metadata_url"] == "https://mcp.example.org/.well-known/oauth-protected-resource/mcp"
    assert made["health"] == {"state": "elsewhere"}
    assert (await api.ask("operator", "POST", "deployments/archive/test")).status_code == 422


async def test_another_method_another_path_and_another_origin_are_answered_in_the_same_manner(api: Api) -> None:
    for method in ("PUT", "DELETE"):
        wrong = await api.ask("owner", method, "deployments")
        assert (wrong.status_code, wrong.headers["allow"]) == (405, "OPTIONS, GET, POST")
        assert wrong.headers["content-type"] == "application/problem+json"
    nothing = await api.ask("owner", "GET", "nothing/at/all")
    assert (nothing.status_code, nothing.json()["title"]) == (404, "There is no such thing")
    head = await api.ask("owner", "HEAD", "deployments")
    assert (head.status_code, head.headers["access-control-allow-origin"]) == (200, "*")
    asked = await api.ask("nobody", "OPTIONS", "deployments/reminders")
    assert asked.headers["access-control-allow-methods"] == "GET, PATCH, DELETE"
    assert "access-control-allow-credentials" not in asked.headers


async def test_where_everybody_may_make_deployments_theirs_are_held_to_public_addresses(tmp_path: Path) -> None:
    async def resolve(host: str, _port: int) -> tuple[str, ...]:
        return ("10.0.0.1",) if host == "inside.example" else ("93.184.216.34",)

    async with world(tmp_path, no_way_out, None, resolve, deployment_owners="any") as here:
        api = await furnished(here)
        private = {"slug": "inside", "upstream_url": "https://inside.example/mcp"}
        assert (await api.ask("another", "POST", "deployments", json=private)).status_code == 422
        public = {"slug": "outside", "upstream_url": "https://outside.example/mcp"}
        made = await api.ask("another", "POST", "deployments", json=public)
        assert (made.status_code, made.json()["public_upstream"], made.json()["owner"]) == (201, True, OTHER_EMAIL)
        path = "deployments/outside"
        for body, status in (
            ({"upstream_url": private["upstream_url"]}, 422),
            ({"public_upstream": False}, 403),
            ({"public_upstream": True, "name": "Mine"}, 200),
            ({"upstream_url": "https://other.example/mcp"}, 200),
        ):
            assert (await api.ask("another", "PATCH", path, json=body)).status_code == status, body
        moved = await api.ask("operator", "PATCH", path, json={"upstream_url": private["upstream_url"]})
        assert (moved.status_code, moved.json()["public_upstream"]) == (200, False)
