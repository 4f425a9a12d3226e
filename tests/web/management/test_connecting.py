"""Clients, connected applications and API keys by the API, as they work at the token endpoint and the gateway."""

from typing import Any

import pytest

from tests.web.management.conftest import Api
from tests.web.management.described import hold
from tests.web.world import OTHER_EMAIL, REDIRECT_URI

pytestmark = pytest.mark.anyio

CLIENTS = "deployments/reminders/clients"


async def test_a_client_is_made_used_given_another_secret_and_deleted(api: Api) -> None:
    here = api.here
    wanted = {"name": "Mine", "redirect_uris": [REDIRECT_URI], "confidential": True}
    made = await api.ask("owner", "POST", CLIENTS, json=wanted)
    assert made.status_code == 201, made.text
    client, secret = made.json()["client"], made.json()["client_secret"]
    assert made.headers["location"].endswith(f"/{CLIENTS}/{client['id']}")
    code = await here.approve(client["id"])
    tokens = (await here.exchange(client["id"], code, client_secret=secret)).json()
    assert (await here.call(tokens["access_token"])).status_code == 502

    at = f"{CLIENTS}/{client['id']}"
    rotated = (await api.ask("owner", "POST", f"{at}/rotate-secret", json={"overlap": 60})).json()
    assert rotated["client_secret"] != secret
    assert rotated["client"]["previous_secret_until"] == here.clock() + 60
    shown = await api.ask("owner", "GET", at)
    assert shown.json() == rotated["client"]
    assert secret not in shown.text
    assert (await api.ask("owner", "GET", CLIENTS)).json() == {"items": [rotated["client"]]}
    assert (await api.ask("owner", "GET", f"deployments/textkit/clients/{client['id']}")).status_code == 404

    assert (await api.ask("owner", "DELETE", at)).status_code == 204
    assert (await api.ask("owner", "DELETE", at)).status_code == 404
    assert (await here.call(tokens["access_token"])).status_code == 401


async def test_a_preset_brings_its_redirect_uris_and_a_public_client_has_no_secret(api: Api) -> None:
    made = (await api.ask("owner", "POST", CLIENTS, json={"preset": "claude-web"})).json()
    assert (made["client"]["name"], made["client"]["confidential"]) == ("Claude", False)
    assert "https://claude.ai/api/mcp/auth_callback" in made["client"]["redirect_uris"]
    assert "client_secret" not in made
    response = await api.ask("owner", "POST", f"{CLIENTS}/{made['client']['id']}/rotate-secret", json={"overlap": 0})
    assert (response.status_code, "has no secret" in response.json()["detail"]) == (409, True)


@pytest.mark.parametrize("body", [{}, {"redirect_uris": []}, {"redirect_uris": ["http://app.example.org/callback"]}])
async def test_a_client_that_cannot_be_is_refused(api: Api, body: dict[str, Any]) -> None:
    response = await api.ask("owner", "POST", CLIENTS, json=body)
    hold(response, "POST", CLIENTS)
    assert response.status_code == 422


async def test_what_is_connected_is_listed_told_and_ended(api: Api) -> None:
    here = api.here
    tokens = [(await here.connect())[1] for _ in range(3)]
    first = (await api.ask("owner", "GET", "grants?limit=2")).json()
    second = (await api.ask("owner", "GET", f"grants?limit=2&cursor={first['next']}")).json()
    found = first["items"] + second["items"]
    assert len({one["id"] for one in found}) == 3
    assert {(one["application"], one["deployment"], one["live"]) for one in found} == {("Agent", "reminders", True)}
    assert (await api.ask("operator", "GET", "grants")).json() == {"items": []}
    grant = found[0]["id"]
    for _ in range(2):
        assert (await api.ask("owner", "DELETE", f"grants/{grant}")).status_code == 204
    told = (await api.ask("owner", "GET", f"grants/{grant}")).json()
    assert (told["grant"]["live"], told["grant"]["ended_because"]) == (False, "ended by the account")
    assert told["story"][-1]["words"] == "The person disconnected the application."
    assert sorted([(await here.call(one["access_token"])).status_code for one in tokens]) == [401, 502, 502]


async def test_an_api_key_is_made_shown_once_and_revoked(api: Api) -> None:
    wanted = {"deployment": "textkit", "label": "Nightly backup", "expires_in": 3600, "scopes": ["mcp"]}
    made = (await api.ask("another", "POST", "api-keys", json=wanted)).json()
    assert made["expires_at"] == api.here.clock() + 3600
    assert (await api.here.call(made["key"], "textkit")).status_code == 502
    listed = await api.ask("another", "GET", "api-keys")
    assert [(one["id"], one["label"]) for one in listed.json()["items"]] == [(made["id"], "Nightly backup")]
    assert made["key"] not in listed.text
    assert (await api.ask("another", "GET", "grants")).json() == {"items": []}
    assert (await api.ask("owner", "DELETE", f"api-keys/{made['id']}")).status_code == 404
    assert (await api.ask("another", "DELETE", f"api-keys/{made['id']}")).status_code == 204
    assert (await api.here.call(made["key"], "textkit")).status_code == 401
    endless = await api.ask("another", "POST", "api-keys", json={"deployment": "textkit", "expires_in": 0})
    assert "expires_at" not in endless.json()


@pytest.mark.parametrize("change", [{"deployment": "reminders"}, {"deployment": "nothing"}, {"scopes": ["admin"]}])
async def test_a_key_that_cannot_be_is_refused(api: Api, change: dict[str, Any]) -> None:
    response = await api.ask("another", "POST", "api-keys", json={"deployment": "textkit", "expires_in": 1} | change)
    hold(response, "POST", "api-keys")
    assert response.status_code == 422


async def test_a_connected_application_is_no_api_key(api: Api) -> None:
    await api.here.connect()
    grant = (await api.ask("owner", "GET", "grants")).json()["items"][0]["id"]
    assert (await api.ask("owner", "DELETE", f"api-keys/{grant}")).status_code == 404


async def test_people_are_invited_and_kept_out_again(api: Api) -> None:
    guests = "deployments/reminders/guests"
    await api.ask("owner", "PATCH", "deployments/reminders", json={"access": "invited"})
    key = {"deployment": "reminders", "expires_in": 3600}
    assert (await api.ask("another", "POST", "api-keys", json=key)).status_code == 422
    for _ in range(2):
        assert (await api.ask("owner", "PUT", f"{guests}/{OTHER_EMAIL}")).status_code == 204
    assert (await api.ask("owner", "GET", guests)).json() == {"items": [{"email": OTHER_EMAIL}]}
    made = (await api.ask("another", "POST", "api-keys", json=key)).json()["key"]
    assert (await api.here.call(made)).status_code == 502
    assert (await api.ask("owner", "DELETE", f"{guests}/{OTHER_EMAIL}")).status_code == 204
    assert (await api.here.call(made)).status_code == 401
    assert (await api.ask("owner", "DELETE", f"{guests}/{OTHER_EMAIL}")).status_code == 404
    refused = await api.ask("owner", "PUT", f"{guests}/nobody")
    assert (refused.status_code, "email address" in refused.json()["detail"]) == (422, True)
