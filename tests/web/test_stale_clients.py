"""Clients that nobody used are removed; one that comes back is told how to mend it."""

from typing import Any
from urllib.parse import urlencode

import pytest

from consentry import parts
from consentry.audit import Event
from consentry.store.sql import Transaction
from tests.web.world import REDIRECT_URI, World

pytestmark = pytest.mark.anyio

DAY = 86_400
MONTH = 30 * DAY


async def swept(here: World) -> None:
    while await parts.sweep(here.installation, 500):
        pass


async def known(here: World, client_id: str) -> bool:
    return await here.installation.store.read(lambda tx: tx.find_client(client_id)) is not None


async def events(here: World, name: str) -> list[Event]:
    async def work(tx: Transaction) -> list[Event]:
        return [event for event in await tx.list_events() if event.name == name]

    return await here.installation.store.read(work)


async def reaped(here: World, **metadata: Any) -> str:
    """A client that was here, and is not any more."""
    client_id: str = (await here.register(**metadata))["client_id"]
    here.clock.now += MONTH
    await swept(here)
    assert not await known(here, client_id)
    return client_id


@pytest.mark.proves("B20")
async def test_a_client_that_nobody_used_goes_after_a_month_and_not_before(here: World) -> None:
    client_id = (await here.register())["client_id"]
    here.clock.now += MONTH - 1
    await swept(here)
    assert await known(here, client_id)
    here.clock.now += 1
    await swept(here)
    assert not await known(here, client_id)
    assert [event.client_id for event in await events(here, "client:client:reaped")] == [client_id]


@pytest.mark.proves("B20")
async def test_a_client_with_a_grant_is_never_removed_as_long_as_that_is_remembered(here: World) -> None:
    client_id, tokens = await here.connect()
    for _ in range(89):
        here.clock.now += DAY
        await swept(here)
        assert await known(here, client_id)
    assert (await here.refresh(client_id, tokens["refresh_token"])).status_code == 200
    here.clock.now += 31 * DAY + 1
    await swept(here)  # the grant is forgotten
    here.clock.now += DAY
    await swept(here)
    assert not await known(here, client_id)


@pytest.mark.proves("B20")
@pytest.mark.parametrize(
    "uri", ["https://chatgpt.com/connector_platform_oauth_redirect", "https://chatgpt.com/connector/oauth/abc"]
)
async def test_chatgpts_clients_stay_for_ever(here: World, uri: str) -> None:
    client_id = (await here.register(redirect_uris=[uri]))["client_id"]
    mixed = (await here.register(redirect_uris=[uri, "https://evil.example/cb"]))["client_id"]
    here.clock.now += 1000 * DAY
    await swept(here)
    assert await known(here, client_id)
    assert not await known(here, mixed)


async def test_registering_again_keeps_a_shared_client_alive(here: World) -> None:
    metadata = {"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none"}
    client_id = (await here.client.post("/register", json=metadata)).json()["client_id"]
    for _ in range(3):
        here.clock.now += MONTH - 1
        await swept(here)
        assert (await here.client.post("/register", json=metadata)).json()["client_id"] == client_id


async def test_an_approval_at_the_last_moment_still_finds_its_client(here: World) -> None:
    client_id = (await here.register())["client_id"]
    here.clock.now += MONTH
    code = await here.approve(client_id)
    await swept(here)
    assert (await here.exchange(client_id, code)).status_code == 200


@pytest.mark.proves("B20", "D14")
async def test_a_stale_id_at_the_token_endpoint_makes_the_client_register_again(here: World) -> None:
    client_id = await reaped(here)
    for _ in range(3):
        answer = await here.refresh(client_id, "cy_rt_old")
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert "because nobody had used it: register again" in answer.json()["error_description"]
    wrong = await here.refresh("client_never", "cy_rt_old")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert "nobody" not in wrong.json()["error_description"]
    (told,) = await events(here, "client:client:returned")
    assert (told.client_id, told.reason, told.detail["name"]) == (client_id, "unused", "Agent")
    # As the SDKs do then: anew, and all is well.
    again = (await here.register())["client_id"]
    assert (await here.exchange(again, await here.approve(again))).status_code == 200


@pytest.mark.proves("D14")
async def test_a_stale_confidential_client_is_challenged_in_its_own_scheme(here: World) -> None:
    client_id = await reaped(here, token_endpoint_auth_method="client_secret_basic")
    answer = await here.client.post("/token", data={"grant_type": "refresh_token"}, auth=(client_id, "x"))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.proves("C3")
@pytest.mark.parametrize(
    ("name", "redirect_uri", "words"),
    [
        ("Claude", "https://claude.ai/api/mcp/auth_callback", "In Claude, open Settings"),
        ("Claude Code", "http://localhost:3118/callback", "Clear authentication"),
        ("Whatever", "https://vscode.dev/redirect", "Remove Dynamic Authentication Providers"),
        ("Visual Studio Code", "http://127.0.0.1:33418/", "Remove Dynamic Authentication Providers"),
        ("Whatever", "http://127.0.0.1:33418/", "Remove Dynamic Authentication Providers"),
        ("Cursor", "cursor://anysphere.cursor-mcp/oauth/callback", "In Cursor, open Settings"),
        ("MCP Inspector", "http://localhost:6274/oauth/callback", "clear the OAuth state"),
        ("MCP CLI Proxy", "http://localhost:3335/oauth/callback", ".mcp-auth"),
        ("Codex", "http://127.0.0.1:5555/callback", "codex mcp logout"),
        ("Unheard of", "https://client.example/cb", "remove this connection and add it again"),
        ("<script>Claude", "https://client.example/cb", "remove this connection and add it again"),
    ],
)
async def test_a_stale_id_in_the_browser_says_what_to_do_in_that_application(
    here: World, name: str, redirect_uri: str, words: str
) -> None:
    client_id = await reaped(here, client_name=name, redirect_uris=[redirect_uri])
    page = await here.ask(client_id, redirect_uri=redirect_uri)
    assert page.status_code == 400  # fastmcp looks for exactly this, and registers anew
    assert "location" not in page.headers
    assert "has to connect anew" in page.text
    assert words in page.text
    assert "<script" not in page.text
    assert len(await events(here, "client:client:returned")) == 1


async def test_a_wrong_id_is_told_apart_and_still_says_what_to_do(here: World) -> None:
    page = await here.ask("client_never", redirect_uri="https://claude.ai/api/mcp/auth_callback")
    assert page.status_code == 400
    assert "is not known here" in page.text
    assert "In Claude, open Settings" in page.text
    assert not await events(here, "client:client:returned")


async def test_a_tombstone_is_forgotten_after_a_year(here: World) -> None:
    client_id = await reaped(here)
    here.clock.now += 365 * DAY
    await swept(here)
    page = await here.browser.get(f"/authorize?{urlencode(here.request(client_id))}")
    assert (page.status_code, "is not known here" in page.text) == (400, True)


async def test_a_pending_removal_of_many_goes_in_batches(here: World) -> None:
    for number in range(7):
        await here.register(client_name=f"Agent {number}")
    here.clock.now += MONTH
    looked = []
    while batch := await parts.sweep(here.installation, 3):
        looked.append(batch)
    assert looked == [3, 3, 1]
    assert len(await events(here, "client:client:reaped")) == 7
