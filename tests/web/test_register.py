"""Dynamic client registration over HTTP."""

import json
from typing import Any

import pytest

from tests.web.world import REDIRECT_URI, World

pytestmark = pytest.mark.anyio


@pytest.mark.proves("B10", "B9")
async def test_a_client_gets_back_all_that_it_registered(here: World) -> None:
    metadata = {
        "redirect_uris": [REDIRECT_URI, "http://127.0.0.1/cb"],
        "client_name": "Agent",
        "client_uri": "https://agent.example",
        "logo_uri": "https://agent.example/logo.png",
        "contacts": ["a@agent.example"],
        "software_id": "agent",
        "software_version": "1",
        "scope": "mcp",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    }
    response = await here.client.post("/register", json=metadata)
    assert response.status_code == 201
    assert response.headers["cache-control"] == "no-store"
    answer = response.json()
    assert {name: answer[name] for name in metadata} == metadata
    assert answer["client_id_issued_at"] == here.clock.now
    assert not answer["client_id"].startswith("https://")
    assert "client_secret" not in answer


@pytest.mark.proves("B12")
async def test_a_client_that_names_no_method_gets_a_secret_that_does_not_expire(here: World) -> None:
    answer = (await here.client.post("/register", json={"redirect_uris": [REDIRECT_URI]})).json()
    assert answer["token_endpoint_auth_method"] == "client_secret_basic"
    assert answer["client_secret_expires_at"] == 0
    assert answer["client_secret"]


@pytest.mark.proves("B21")
async def test_ids_and_secrets_need_no_escaping(here: World) -> None:
    answer = await here.register(token_endpoint_auth_method="client_secret_post")
    plain = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
    assert set(answer["client_id"] + answer["client_secret"]) <= plain


@pytest.mark.proves("B13")
async def test_what_is_not_supported_is_left_out_rather_than_refused(here: World) -> None:
    answer = await here.register(
        grant_types=["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
        response_types=["code", "token"],
        unheard_of={"deep": [None]},
    )
    assert answer["grant_types"] == ["authorization_code", "refresh_token"]
    assert answer["response_types"] == ["code"]
    assert "unheard_of" not in answer


@pytest.mark.proves("B11", "B14", "B15", "B16", "B19")
@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": "https://a.example"}, "invalid_redirect_uri"),
        ({"redirect_uris": [1]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://a.example/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://a.example/cb#f"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://u:p@a.example/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://*.a.example/cb", "/relative"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["data:text/html,x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["file:///etc/passwd"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["vbscript:x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["myapp://cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [f"https://a.example/{n}" for n in range(11)]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://a.example/" + "x" * 483]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://localhost/cb"], "application_type": "web"}, "invalid_redirect_uri"),
        ({"redirect_uris": [REDIRECT_URI], "application_type": "other"}, "invalid_client_metadata"),
        ({"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "magic"}, "invalid_client_metadata"),
        ({"redirect_uris": [REDIRECT_URI], "client_name": "x" * 501}, "invalid_client_metadata"),
        ({"redirect_uris": [REDIRECT_URI], "client_name": "\ud800"}, "invalid_client_metadata"),
        ({"redirect_uris": [REDIRECT_URI], "grant_types": ["password"]}, "invalid_client_metadata"),
        ({"redirect_uris": [REDIRECT_URI], "grant_types": "code"}, "invalid_client_metadata"),
        ({"redirect_uris": [REDIRECT_URI], "response_types": ["token"]}, "invalid_client_metadata"),
        ({"redirect_uris": [REDIRECT_URI], "scope": 'a"b'}, "invalid_client_metadata"),
    ],
)
async def test_bad_metadata_is_refused_with_the_standards_code(
    here: World, metadata: dict[str, Any], error: str
) -> None:
    response = await here.client.post("/register", content=json.dumps(metadata))
    assert (response.status_code, response.json()["error"]) == (400, error)
    assert response.json()["error_description"]


@pytest.mark.proves("B14", "B15", "B19")
@pytest.mark.parametrize(
    "metadata",
    [
        {"redirect_uris": ["https://a.example/" + "x" * 482]},
        {"redirect_uris": [f"https://a.example/{n}" for n in range(10)]},
        {"redirect_uris": ["http://localhost:6274/cb", "http://[::1]:1/cb"], "application_type": "native"},
        {"redirect_uris": ["https://a.example/cb"], "application_type": "web"},
    ],
)
async def test_what_is_within_the_limits_is_taken(here: World, metadata: dict[str, Any]) -> None:
    assert (await here.client.post("/register", json=metadata)).status_code == 201


@pytest.mark.proves("B16")
async def test_cursors_three_redirect_uris_are_taken_together(here: World) -> None:
    uris = [
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "https://www.cursor.com/agents/mcp/oauth/callback",
        "http://localhost:8787/callback",
    ]
    assert (await here.register(redirect_uris=uris))["redirect_uris"] == uris


@pytest.mark.proves("B11")
@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b'"x"', b"[" * 60_000, b'{"a":NaN}', b"\xff", b"9" * 5000])
async def test_what_is_no_json_object_is_refused(here: World, body: bytes) -> None:
    response = await here.client.post("/register", content=body)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_client_metadata")


async def test_a_body_without_end_is_refused(here: World) -> None:
    response = await here.client.post("/register", content=b" " * 70_000)
    assert (response.status_code, response.json()["error"]) == (413, "invalid_request")


@pytest.mark.proves("B23")
async def test_a_last_slash_is_answered_and_not_redirected(here: World) -> None:
    for path in ("/register", "/register/"):
        response = await here.client.post(path, json={"redirect_uris": [REDIRECT_URI]})
        assert response.status_code == 201
