"""What a person approves is what they were shown: neither an application nor anybody else changes it meanwhile."""

import pytest

from tests.web.devices import GRANT_TYPES, Device, answer, ask, enter
from tests.web.world import REDIRECT_URI, World

pytestmark = pytest.mark.anyio

ELSEWHERE = "https://elsewhere.example/cb"


@pytest.mark.parametrize("decision", ["approve", "deny"])
async def test_an_answer_goes_where_the_page_said_and_nowhere_else(here: World, decision: str) -> None:
    """OAuth 2.1 §2.3.1 lets a client with one redirect URI leave it out of the request, and RFC 7592 change it."""
    made = await here.register()
    await here.sign_in()
    page = await here.ask(made["client_id"], redirect_uri=None)
    changed = {"client_id": made["client_id"], "redirect_uris": [ELSEWHERE], "client_name": "Agent"}
    token = {"Authorization": f"Bearer {made['registration_access_token']}"}
    assert (await here.client.put(made["registration_client_uri"], json=changed, headers=token)).status_code == 200
    response = await here.answer(page, decision)
    assert (response.status_code, response.headers["location"].partition("?")[0]) == (303, "/authorize")
    again = await here.browser.get(response.headers["location"])
    assert "elsewhere.example" in again.text
    assert (await here.answer(again, decision)).headers["location"].startswith(ELSEWHERE)


async def test_an_application_that_calls_itself_otherwise_meanwhile_is_shown_anew(here: World) -> None:
    made = await here.register(client_name="Harmless")
    await here.sign_in()
    page = await here.ask(made["client_id"])
    changed = {"client_id": made["client_id"], "redirect_uris": [REDIRECT_URI], "client_name": "Another"}
    token = {"Authorization": f"Bearer {made['registration_access_token']}"}
    assert (await here.client.put(made["registration_client_uri"], json=changed, headers=token)).status_code == 200
    response = await here.answer(page)
    assert response.headers["location"].startswith("/authorize?")
    assert "Another" in (await here.browser.get(response.headers["location"])).text


async def test_a_device_that_calls_itself_otherwise_meanwhile_is_shown_anew(here: World) -> None:
    made = await here.register(grant_types=GRANT_TYPES, client_name="Harmless")
    asking = Device(here, made["client_id"], (await ask(here, made["client_id"])).json())
    await here.sign_in()
    page = await enter(here, asking.user_code)
    changed = {"client_id": made["client_id"], "redirect_uris": [REDIRECT_URI], "client_name": "Another"}
    changed["grant_types"] = GRANT_TYPES
    token = {"Authorization": f"Bearer {made['registration_access_token']}"}
    assert (await here.client.put(made["registration_client_uri"], json=changed, headers=token)).status_code == 200
    again = await answer(here, page)
    assert "Another" in again.text
    assert (await asking.poll()).json()["error"] == "authorization_pending"
    assert "Your device is connected" in (await answer(here, again)).text
