"""Applications by the API: folded as on the page, ended as one, and what people may connect them to."""

import pytest

from tests.web.management.conftest import EVERYWHERE, Api

pytestmark = pytest.mark.anyio


@EVERYWHERE
async def test_connections_of_one_application_are_one_and_end_together(api: Api) -> None:
    here = api.here
    tokens = [(await here.connect())[1] for _ in range(2)]
    here.clock.now += 60
    other = (await here.connect(client_name="Another"))[1]
    page = (await api.ask("owner", "GET", "applications?limit=1")).json()
    rest = (await api.ask("owner", "GET", f"applications?cursor={page['next']}")).json()["items"]
    assert [(one["name"], len(one["connections"])) for one in page["items"] + rest] == [("Another", 1), ("Agent", 2)]
    assert {one["whereabouts"] for one in rest} == {"client.example"}
    assert rest[0]["connections"][0] in (await api.ask("owner", "GET", "grants")).json()["items"]
    assert (await api.ask("operator", "GET", "applications")).json() == {"items": []}
    assert (await api.ask("operator", "DELETE", f"applications/{rest[0]['id']}")).status_code == 404
    assert (await api.ask("owner", "DELETE", f"applications/{rest[0]['id']}")).status_code == 204
    assert [(await here.call(one["access_token"])).status_code for one in (*tokens, other)] == [401, 401, 502]
    assert (await api.ask("owner", "DELETE", f"applications/{rest[0]['id']}")).status_code == 404


async def test_a_deployments_owner_sees_what_is_connected_and_not_by_whom_and_what_would_end(api: Api) -> None:
    await api.here.connect()
    await api.ask("another", "POST", "api-keys", json={"deployment": "textkit", "expires_in": 0})
    users = await api.ask("owner", "GET", "deployments/reminders/applications")
    assert users.json() == {"items": [{"name": "Agent", "whereabouts": "client.example", "connections": 1}]}
    assert (await api.ask("owner", "GET", "deployments/textkit/applications")).json() == {"items": []}
    await api.ask("owner", "POST", "deployments/textkit/clients", json={"preset": "vscode"})
    assert (await api.ask("owner", "GET", "deployments/textkit/toll")).json() == {
        "connections": 0,
        "keys": 1,
        "clients": 1,
    }


async def test_what_one_may_use_is_listed_whosever_it_is(api: Api) -> None:
    found = {who: (await api.ask(who, "GET", "usable")).json()["items"] for who in api.tokens}
    slugs = {who: [one["slug"] for one in items] for who, items in found.items()}
    assert slugs == {"another": ["textkit"], "owner": ["reminders", "textkit"], "operator": ["textkit"]}
    assert found["another"][0]["mcp_url"] == api.here.other_resource
