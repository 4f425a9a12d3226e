"""Deployments without upstream: an MCP server elsewhere that takes our tokens and verifies them itself."""

import json
from dataclasses import replace

import pytest
from joserfc import jws
from joserfc.jwk import KeySet

from consentry.deployments import administer
from consentry.deployments.administer import Wanted
from consentry.formats import Format
from consentry.store.sql import Transaction
from tests.web.world import World

pytestmark = pytest.mark.anyio

ELSEWHERE = "https://mcp.elsewhere.example/v1/mcp"


async def place(here: World, kind: Format = Format("jwt")) -> None:  # noqa: B008 - a value, and frozen
    wanted = Wanted("far", "Far away", None, ELSEWHERE, "owner", kind)
    assert administer.fault(wanted) is None
    made = administer.make(wanted, "account_1", here.installation.entropy, here.clock.now)

    async def work(tx: Transaction) -> bool:
        return await administer.create(tx, made)

    assert await here.installation.store.write(work)


@pytest.mark.proves("E2", "C7")
@pytest.mark.parametrize("spelled", [ELSEWHERE, ELSEWHERE + "/", "HTTPS://MCP.elsewhere.example:443/v1/mcp"])
async def test_a_token_for_a_server_elsewhere_names_it_as_it_names_itself(here: World, spelled: str) -> None:
    await place(here)
    client_id = (await here.register())["client_id"]
    code = await here.approve(client_id, resource=spelled)
    tokens = (await here.exchange(client_id, code, resource=spelled)).json()
    keys = KeySet.import_key_set((await here.client.get("/jwks.json")).json())
    claims = json.loads(jws.deserialize_compact(tokens["access_token"], keys, algorithms=["ES256"]).payload)
    assert claims["aud"] == ELSEWHERE
    for slug in ("reminders", "far"):
        assert (await here.call(tokens["access_token"], slug)).status_code in {401, 404}
    assert (await here.refresh(client_id, tokens["refresh_token"], resource=spelled)).status_code == 200
    refused = await here.refresh(client_id, tokens["refresh_token"], resource=here.resource)
    assert refused.json()["error"] == "invalid_target"


async def test_the_consent_page_says_that_ending_takes_its_time_where_nobody_is_asked(here: World) -> None:
    await place(here)
    client_id = (await here.register())["client_id"]
    await here.sign_in()
    page = (await here.ask(client_id, resource=ELSEWHERE)).text
    assert ELSEWHERE in page.replace("<wbr>", "")
    assert "may go on for up to 1 hour" in page
    assert "its tools cannot be listed here" in page
    assert "may go on" not in (await here.ask(client_id)).text


async def test_the_gateway_says_where_the_server_is(here: World) -> None:
    await place(here)
    for token in (None, "cy_at_x"):
        response = await here.call(token, "far")
        assert response.status_code == 404
        assert ELSEWHERE in response.json()["error"]["message"]
        assert "www-authenticate" not in response.headers
    page = await here.browser.get("/mcp/far")
    assert page.status_code == 404
    assert ELSEWHERE in page.text


async def test_its_metadata_is_its_own_to_serve(here: World) -> None:
    await place(here)
    for path in (
        "/.well-known/oauth-protected-resource/mcp/far",
        "/mcp/far/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/v1/mcp",
    ):
        assert (await here.client.get(path)).status_code == 404


async def test_the_account_page_names_its_own_url(here: World) -> None:
    await place(here)
    await here.sign_in()
    page = (await here.browser.get("/account")).text.replace("<wbr>", "")
    assert ELSEWHERE in page
    assert "/mcp/far" not in page


async def test_opaque_tokens_for_it_are_ended_at_once_for_whoever_asks(here: World) -> None:
    await place(here, Format())
    client_id = (await here.register())["client_id"]
    await here.sign_in()
    page = await here.ask(client_id, resource=ELSEWHERE)
    assert "may go on" not in page.text


async def test_one_resource_has_one_deployment_in_whatever_spelling(here: World) -> None:
    await place(here)
    again = Wanted("near", "Near", None, "https://MCP.elsewhere.example:443/v1/mcp/", "owner")
    made = administer.make(again, "account_1", here.installation.entropy, here.clock.now)

    async def work(tx: Transaction) -> tuple[bool, bool]:
        other = replace(made, id="deployment_other", resource="https://other.example/mcp")
        return await administer.create(tx, made), await administer.create(tx, other)

    assert await here.installation.store.write(work) == (False, True)
