"""Clients by the API: their secrets, what they may do, and those that wait for an operator."""

from typing import Any
from urllib.parse import quote

import pytest

from consentry.clients.model import Client
from tests.web.management.conftest import EVERYWHERE, Api
from tests.web.world import REDIRECT_URI

pytestmark = pytest.mark.anyio

CLIENTS = "deployments/reminders/clients"


@EVERYWHERE
async def test_the_older_of_two_secrets_is_ended_and_the_newest_goes_on(api: Api) -> None:
    wanted = {"name": "Mine", "redirect_uris": [REDIRECT_URI], "confidential": True}
    made = (await api.ask("owner", "POST", CLIENTS, json=wanted)).json()
    at, older = f"{CLIENTS}/{made['client']['id']}", made["client_secret"]
    assert (await api.ask("owner", "DELETE", f"{at}/previous-secret")).status_code == 404
    newer = (await api.ask("owner", "POST", f"{at}/rotate-secret", json={"overlap": 3600})).json()["client_secret"]
    assert (await api.ask("owner", "DELETE", f"{at}/previous-secret")).status_code == 204
    assert "previous_secret_until" not in (await api.ask("owner", "GET", at)).json()
    for secret, status in ((older, 401), (newer, 200)):
        code = await api.here.approve(made["client"]["id"])
        assert (await api.here.exchange(made["client"]["id"], code, client_secret=secret)).status_code == status


async def test_a_client_that_acts_for_itself_and_how_it_refreshes(api: Api) -> None:
    wanted = {"name": "Batch", "grant_types": ["client_credentials"], "confidential": True}
    made = (await api.ask("owner", "POST", CLIENTS, json=wanted)).json()
    assert (made["client"]["grant_types"], made["client"]["redirect_uris"]) == (["client_credentials"], [])
    form = {"grant_type": "client_credentials", "client_id": made["client"]["id"], "resource": api.here.resource}
    taken = await api.here.token(**form, client_secret=made["client_secret"])
    assert (await api.here.call(taken.json()["access_token"])).status_code == 502
    at = f"{CLIENTS}/{made['client']['id']}"
    changed = await api.ask("owner", "PATCH", at, json={"refresh": "reuse"})
    assert (changed.status_code, changed.json()) == (200, (await api.ask("owner", "GET", at)).json())
    assert changed.json()["refresh"] == "reuse"


@pytest.mark.parametrize(
    ("body", "member"),
    [
        ({"grant_types": ["password"]}, "/grant_types"),
        ({"preset": "cursor", "grant_types": ["client_credentials"], "confidential": True}, "/redirect_uris"),
        ({"grant_types": ["client_credentials"]}, "/grant_types"),
        ({"grant_types": ["client_credentials", "refresh_token"], "confidential": True}, "/grant_types"),
        ({"preset": "cursor", "confidential": True, "jwks_uri": "https://a.example/jwks"}, "/confidential"),
    ],
)
async def test_what_does_not_go_together_is_said_of_the_member_that_it_is(
    api: Api, body: dict[str, Any], member: str
) -> None:
    response = await api.ask("owner", "POST", CLIENTS, json=body)
    assert (response.status_code, response.json()["member"]) == (422, member)


async def test_a_deployments_own_server_gets_credentials_for_introspection(api: Api) -> None:
    _, tokens = await api.here.connect()
    made = (await api.ask("owner", "POST", "deployments/reminders/credentials", json={"overlap": 0})).json()
    again = (await api.ask("owner", "POST", "deployments/reminders/credentials", json={"overlap": 0})).json()
    assert made["client_id"] == again["client_id"]
    for secret, status in ((made["client_secret"], 401), (again["client_secret"], 200)):
        form = {"token": tokens["access_token"]}
        told = await api.here.client.post(made["introspection_url"], data=form, auth=(made["client_id"], secret))
        assert told.status_code == status
    told = await api.here.client.post(
        made["introspection_url"],
        data={"token": tokens["access_token"]},
        auth=(made["client_id"], again["client_secret"]),
    )
    assert told.json()["active"] is True
    assert (await api.ask("owner", "GET", CLIENTS)).json() == {"items": []}


@EVERYWHERE
async def test_an_operator_lets_in_who_waits_and_turns_others_away(api: Api) -> None:
    waiting = await api.waiting()
    listed = (await api.ask("operator", "GET", "clients?waiting=true")).json()["items"]
    assert [(one["id"], one["waiting"], one["source"]) for one in listed] == [(waiting, True, "registration")]
    assert (await api.ask("operator", "POST", f"clients/{waiting}/approve")).status_code == 204
    assert (await api.ask("operator", "POST", f"clients/{waiting}/approve")).status_code == 409
    assert (await api.ask("operator", "GET", "clients?waiting=true")).json() == {"items": []}
    shown = (await api.ask("operator", "GET", f"clients/{waiting}")).json()
    assert (await api.ask("operator", "GET", "clients?waiting=false")).json() == {"items": [shown]}
    assert (await api.ask("operator", "DELETE", f"clients/{waiting}")).status_code == 204
    assert (await api.ask("operator", "GET", "clients")).json() == {"items": []}


async def test_a_client_that_is_known_by_its_document_is_named_by_its_url(api: Api) -> None:
    url = "https://agent.example/oauth/client.json"
    uris = ("https://agent.example/callback",)
    client = Client(url, "Agent", uris, ("authorization_code",), "none", "document", api.here.clock())
    await api.here.installation.store.write(lambda tx: tx.add_client(client))
    at = f"clients/{quote(url, safe='')}"
    assert (await api.ask("operator", "GET", at)).json()["id"] == url
    assert (await api.ask("operator", "DELETE", at)).status_code == 204
    assert (await api.ask("operator", "GET", at)).status_code == 404
