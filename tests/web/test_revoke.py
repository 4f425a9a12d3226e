"""Revocation over HTTP."""

import pytest

from tests.web.world import World

pytestmark = pytest.mark.anyio


@pytest.mark.proves("E4", "E5", "E6")
@pytest.mark.parametrize("hint", ["", "refresh_token", "access_token", "nonsense"])
async def test_revoking_a_refresh_token_ends_everything_whatever_the_hint(here: World, hint: str) -> None:
    client_id, tokens = await here.connect()
    form = {"client_id": client_id, "token": tokens["refresh_token"], "token_type_hint": hint}
    response = await here.client.post("/revoke", data=form)
    assert (response.status_code, response.content) == (200, b"")
    assert (await here.call(tokens["access_token"])).status_code == 401
    assert (await here.refresh(client_id, tokens["refresh_token"])).json()["error"] == "invalid_grant"


@pytest.mark.proves("E4", "E5")
async def test_revoking_an_access_token_ends_it_alone(here: World) -> None:
    client_id, tokens = await here.connect()
    response = await here.client.post("/revoke", data={"client_id": client_id, "token": tokens["access_token"]})
    assert response.status_code == 200
    assert (await here.call(tokens["access_token"])).status_code == 401
    assert (await here.refresh(client_id, tokens["refresh_token"])).status_code == 200


@pytest.mark.proves("E5")
async def test_what_is_unknown_or_anothers_is_answered_alike_and_left_alone(here: World) -> None:
    client_id, tokens = await here.connect()
    other = (await here.register())["client_id"]
    for token in ("nonsense", tokens["refresh_token"], tokens["access_token"]):
        response = await here.client.post("/revoke", data={"client_id": other, "token": token})
        assert response.status_code == 200
    assert (await here.call(tokens["access_token"])).status_code == 502
    assert (await here.refresh(client_id, tokens["refresh_token"])).status_code == 200


@pytest.mark.proves("E5")
async def test_a_stranger_and_a_request_without_token_are_refused(here: World) -> None:
    client_id, tokens = await here.connect()
    stranger = await here.client.post("/revoke", data={"token": tokens["refresh_token"]})
    assert (stranger.status_code, stranger.json()["error"]) == (401, "invalid_client")
    empty = await here.client.post("/revoke", data={"client_id": client_id})
    assert (empty.status_code, empty.json()["error"]) == (400, "invalid_request")


@pytest.mark.proves("E5")
async def test_a_confidential_client_must_prove_itself_to_revoke(here: World) -> None:
    made = await here.register(token_endpoint_auth_method="client_secret_post")
    refused = await here.client.post("/revoke", data={"client_id": made["client_id"], "token": "x"})
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
