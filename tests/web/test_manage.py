"""A registration and its own token: RFC 7592 over HTTP."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consentry.store.sql import Transaction
from tests.web.test_everywhere import nulls
from tests.web.world import REDIRECT_URI, World

pytestmark = pytest.mark.anyio

OWN = {"redirect_uris": [REDIRECT_URI], "client_name": "Agent", "token_endpoint_auth_method": "none"}
NEW_URI = "https://client.example/new"


def bearer(registered: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {registered['registration_access_token']}"}


def at(registered: dict[str, Any]) -> str:
    uri: str = registered["registration_client_uri"]
    return uri


async def names(here: World) -> list[str]:
    async def work(tx: Transaction) -> list[str]:
        return [event.name for event in await tx.list_events() if event.name.startswith("client:")]

    return await here.installation.store.read(work)


@pytest.mark.proves("B18")
@pytest.mark.parametrize("method", ["none", "client_secret_basic", "client_secret_post"])
async def test_a_client_reads_what_it_registered(here: World, method: str) -> None:
    made = await here.register(token_endpoint_auth_method=method)
    assert at(made) == f"https://consentry.example/register/{made['client_id']}"
    response = await here.client.get(at(made), headers=bearer(made))
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == {name: value for name, value in made.items() if name != "client_secret"}


@pytest.mark.proves("B18")
async def test_a_client_changes_itself_and_what_it_leaves_out_is_gone(here: World) -> None:
    made = await here.register(client_uri="https://client.example", scope="mcp")
    asked = {"client_id": made["client_id"], "redirect_uris": [NEW_URI], "client_name": "New name"}
    response = await here.client.put(at(made), json=asked, headers=bearer(made))
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer == (await here.client.get(at(made), headers=bearer(made))).json()
    assert {name: answer[name] for name in asked} == asked
    assert answer["token_endpoint_auth_method"] == "none"
    assert not {"client_uri", "scope", "software_version"} & answer.keys()
    assert (await here.ask(made["client_id"], redirect_uri=REDIRECT_URI)).status_code == 400
    assert (await here.ask(made["client_id"], redirect_uri=NEW_URI)).status_code == 303
    assert (await names(here))[-1] == "client:registration:changed"


@pytest.mark.proves("B18")
async def test_the_whole_answer_may_be_sent_back_with_a_change(here: World) -> None:
    made = await here.register(token_endpoint_auth_method="client_secret_post")
    changed = made | {"client_name": "Renamed"}
    response = await here.client.put(at(made), json=changed, headers=bearer(made))
    assert (response.status_code, response.json()["client_name"]) == (200, "Renamed")
    code = await here.approve(made["client_id"])
    assert (await here.exchange(made["client_id"], code, client_secret=made["client_secret"])).status_code == 200


@pytest.mark.proves("B18")
async def test_a_client_that_deletes_itself_takes_its_grants_and_codes_with_it(here: World) -> None:
    made = await here.register()
    client_id = made["client_id"]
    tokens = (await here.exchange(client_id, await here.approve(client_id))).json()
    waiting = await here.approve(client_id)
    gone = await here.client.delete(at(made), headers=bearer(made))
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await here.call(tokens["access_token"])).status_code == 401
    for answer in (await here.refresh(client_id, tokens["refresh_token"]), await here.exchange(client_id, waiting)):
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    for method in ("GET", "PUT", "DELETE"):
        again = await here.client.request(method, at(made), headers=bearer(made), content=b"{}")
        assert (again.status_code, again.json()["error"]) == (401, "invalid_token")
    assert {"client:client:removed", "client:client:returned"} <= set(await names(here))


@pytest.mark.proves("B18")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_only_the_clients_own_token_opens_it(here: World, method: str) -> None:
    made, other = await here.register(), await here.register()
    token = made["registration_access_token"]
    wrong = [
        {},
        bearer(other),
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {token}x"},
        {"Authorization": f"Bearer {token[:-1]}"},
        {"Authorization": f"Basic {token}"},
        {"Authorization": token},
    ]
    for headers in wrong:
        response = await here.client.request(method, at(made), headers=headers, json=OWN)
        assert response.status_code == 401
        assert response.json()["error"] == "invalid_token"
        assert response.headers["www-authenticate"].startswith("Bearer ")
    in_the_address = await here.client.request(method, f"{at(made)}?access_token={token}", json=OWN)
    assert in_the_address.status_code == 401
    assert (await here.client.get(at(made), headers=bearer(made))).status_code == 200


async def test_nothing_else_opens_a_registration(here: World) -> None:
    client_id, tokens = await here.connect()
    for token in (tokens["access_token"], tokens["refresh_token"]):
        response = await here.client.get(f"/register/{client_id}", headers={"Authorization": f"Bearer {token}"})
        assert response.status_code == 401
    made = await here.register()
    assert (await here.call(made["registration_access_token"])).status_code == 401


@pytest.mark.proves("B18")
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": None}, "invalid_client_metadata"),
        ({"client_id": "client_other"}, "invalid_client_metadata"),
        ({"client_id": ["x"]}, "invalid_client_metadata"),
        ({"client_secret": "invented"}, "invalid_client_metadata"),
        ({"client_secret": "\ud800"}, "invalid_client_metadata"),
        ({"client_secret": 1}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "client_secret_basic"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": ["none"]}, "invalid_client_metadata"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": None}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://evil.example/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [f"https://a.example/{n}" for n in range(11)]}, "invalid_redirect_uri"),
        ({"logo_uri": "javascript:alert(1)"}, "invalid_client_metadata"),
    ],
)
async def test_a_change_is_held_to_the_rules_of_registration(here: World, changes: dict[str, Any], error: str) -> None:
    made = await here.register()
    before = (await here.client.get(at(made), headers=bearer(made))).json()
    content = json.dumps(OWN | {"client_id": made["client_id"]} | changes)
    response = await here.client.put(at(made), content=content, headers=bearer(made))
    assert (response.status_code, response.json()["error"]) == (400, error)
    assert response.json()["error_description"]
    assert (await here.client.get(at(made), headers=bearer(made))).json() == before


@pytest.mark.proves("B18", "H1")
async def test_a_script_may_preflight_it_and_another_method_is_405(here: World) -> None:
    made = await here.register()
    preflight = await here.client.options(at(made), headers={"Origin": "https://inspector.example"})
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-methods"] == "GET, PUT, DELETE"
    assert (await here.client.post(at(made), headers=bearer(made))).status_code == 405
    assert (await here.client.get(f"{at(made)}/", headers=bearer(made))).status_code == 200


async def test_the_address_follows_an_issuer_with_a_path(below: World) -> None:
    made = await below.register()
    assert at(made) == f"https://h.example/functions/v1/oauth/register/{made['client_id']}"
    assert (await below.client.get(at(made), headers=bearer(made))).json()["client_id"] == made["client_id"]


@pytest.mark.proves("D26")
async def test_a_registration_token_is_kept_as_a_digest_alone(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    made = await here.register()
    await here.client.put(at(made), json=OWN | {"client_id": made["client_id"]}, headers=bearer(made))

    async def rows(tx: Transaction) -> str:
        return str([await tx.db.all(f"SELECT * FROM {table}") for table in ("registrations", "clients", "events")])  # noqa: S608

    token = made["registration_access_token"]
    assert token not in await here.installation.store.read(rows)
    assert token not in "".join(capsys.readouterr())


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
MEMBERS = st.sampled_from(
    ["client_id", "client_secret", "redirect_uris", "client_name", "client_name#de", "logo_uri", "client_uri#x-y",
     "contacts", "grant_types", "scope", "application_type", "token_endpoint_auth_method", "software_statement"]
)  # fmt: skip


@pytest.mark.proves("D27", "B11")
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(metadata=st.dictionaries(MEMBERS, ANYTHING), named=st.booleans())
async def test_no_metadata_breaks_registering_or_changing(here: World, metadata: dict[str, Any], named: bool) -> None:
    made = await here.register()
    asked = {"redirect_uris": [REDIRECT_URI], **metadata} | ({"client_id": made["client_id"]} if named else {})
    content = json.dumps(asked)
    for response in (
        await here.client.post("/register", content=content),
        await here.client.put(at(made), content=content, headers=bearer(made)),
    ):
        assert response.status_code in {200, 201, 400}
        assert response.json()
        assert not nulls(response.json())
