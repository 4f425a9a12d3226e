"""Clients that are known by the URL of a document: CIMD, from /authorize to a tool call."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from consentry.clients import copies, shipped
from consentry.clients.copies import Copy
from consentry.fetch import Fetcher
from consentry.grants import removal
from consentry.store.sql import Transaction
from tests.stores import BOTH, database_url
from tests.strangers import HOST, strangers
from tests.web.documented import PATH, URL, Documented, documented
from tests.web.world import REDIRECT_URI, World, world

pytestmark = pytest.mark.anyio

CLAUDE = "https://claude.ai/oauth/mcp-oauth-client-metadata"
CLAUDE_REDIRECT_URI = "https://claude.ai/api/mcp/auth_callback"
HOUR, DAY = 3600, 86_400


@pytest.fixture(params=BOTH)
async def there(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Documented]:
    async with documented(tmp_path, database_url=await database_url(request, tmp_path)) as built:
        yield built


@pytest.mark.proves("A8")
async def test_the_metadata_offers_documents_and_lists_none(here: World) -> None:
    for path in ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"):
        document = (await here.client.get(path)).json()
        assert document["client_id_metadata_document_supported"] is True
        assert "none" in document["token_endpoint_auth_methods_supported"]


@pytest.mark.proves("B1", "B3")
async def test_a_client_with_a_document_gets_through_all_the_way(there: Documented) -> None:
    code = await there.here.approve(URL)
    tokens = (await there.here.exchange(URL, code)).json()
    assert (await there.here.call(tokens["access_token"])).status_code == 502  # the upstream's absence, not a 401
    refreshed = await there.here.refresh(URL, tokens["refresh_token"])
    assert refreshed.status_code == 200
    revoked = await there.here.client.post(
        "/revoke", data={"client_id": URL, "token": refreshed.json()["access_token"]}
    )
    assert revoked.status_code == 200
    assert there.fetches == 1
    assert [event.reason for event in await there.events("added")] == ["fetched"]


@pytest.mark.proves("B8", "C14")
async def test_the_consent_page_shows_who_stands_behind_the_document(there: Documented) -> None:
    await there.here.sign_in()
    page = (await there.ask()).text
    assert f"<strong><bdi>{HOST}</bdi></strong>" in page
    assert "Address checked" in page
    there.publish(redirect_uris=["http://localhost/callback"])
    there.here.clock.now += HOUR
    page = (await there.ask(redirect_uri="http://localhost:49152/callback")).text
    assert f"<strong><bdi>{HOST}</bdi></strong>" in page
    assert "Program not checked" in page


@pytest.mark.proves("C2")
async def test_a_loopback_uri_without_a_port_works_with_any(there: Documented) -> None:
    there.publish(redirect_uris=["http://localhost/callback", "http://127.0.0.1/callback"])
    redirect_uri = "http://localhost:49152/callback"
    code = await there.here.approve(URL, redirect_uri=redirect_uri)
    assert (await there.here.exchange(URL, code, redirect_uri=redirect_uri)).status_code == 200


async def test_account_page_and_sign_in_page_know_the_client_by_its_name(there: Documented) -> None:
    page = await there.ask()
    assert page.status_code == 303
    assert "Agent" in (await there.here.browser.get(page.headers["location"])).text
    await there.here.exchange(URL, await there.here.approve(URL))
    assert "<bdi>Agent</bdi></h2>" in (await there.here.browser.get("/account")).text


@pytest.mark.proves("B2", "C3")
@pytest.mark.parametrize(
    "client_id",
    [
        "http://client.example/oauth/client.json",
        "https://client.example",
        "https://client.example/",
        "https://client.example/a/../oauth/client.json",
        "https://client.example/%2e%2e/oauth/client.json",
        "https://client.example/oauth/client.json#x",
        "https://user@client.example/oauth/client.json",
        "https://client.example/<script>",
        "http://127.0.0.1/x",
    ],
)
async def test_a_bad_url_gets_a_page_and_nothing_is_fetched(there: Documented, client_id: str) -> None:
    page = await there.stopped(client_id)
    assert "description cannot be read" in page
    assert "<script>" not in page
    assert (there.web.resolved, there.web.asked) == ([], [])


@pytest.mark.proves("B5")
@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:10.1.2.3"])
async def test_a_document_on_a_private_address_is_not_fetched(there: Documented, address: str) -> None:
    there.web.names[HOST] = [(address,)]
    assert "not public" in await there.stopped()
    assert there.web.dialled == []
    literal = f"[{address}]" if ":" in address else address
    there.web.names[address] = [(address,)]
    assert "not public" in await there.stopped(f"https://{literal}/client.json")
    assert there.web.dialled == []


@pytest.mark.proves("B5")
async def test_a_name_that_is_rebound_after_the_check_does_not_move_the_connection(there: Documented) -> None:
    there.web.names[HOST] = [("93.184.215.14",), ("127.0.0.1",)]
    assert (await there.ask()).status_code == 303
    assert there.web.dialled == ["93.184.215.14"]


@pytest.mark.proves("B3", "B4", "B6")
@pytest.mark.parametrize(
    "fault",
    ["redirect", "403", "500", "html", "oversize", "nonsense", "other", "secret", "method", "javascript", "nowhere"],
)
async def test_a_document_that_cannot_be_used_gets_a_page_that_says_why_and_is_asked_for_again(
    there: Documented, fault: str
) -> None:
    match fault:
        case "redirect":
            there.web.say(PATH, "", f"Location: https://{HOST}/other.json", status="302 Found")
        case "403" | "500":
            there.break_down(f"{fault} Sorry")
        case "html":
            there.web.say(PATH, "<html>", "Content-Type: text/html")
        case "oversize":
            there.publish(client_uri="https://client.example/" + "x" * 5000)
        case "nonsense":
            there.web.say(PATH, "nonsense")
        case "other":
            there.publish(client_id="https://client.example/other.json")
        case "secret":
            there.publish(client_secret="s3cr3t")
        case "method":
            there.publish(token_endpoint_auth_method="client_secret_basic")
        case "javascript":
            there.publish(redirect_uris=["javascript:alert(1)"])
        case _:
            there.web.names.clear()
    asked = {"redirect_uri": "javascript:alert(1)"} if fault == "javascript" else {}
    page = await there.stopped(**asked)
    assert "consentry cimd import" in page
    assert "s3cr3t" not in page
    assert len(await there.events("refused")) == 1
    # Nothing of the failure is kept: it works the moment that it is mended.
    there.web.names[HOST] = [("93.184.215.14",)]
    there.publish()
    assert (await there.ask()).status_code == 303


@pytest.mark.proves("B6")
async def test_a_document_is_fetched_again_when_its_time_is_over_and_not_before(there: Documented) -> None:
    there.publish("Cache-Control: max-age=900")
    for _ in range(3):
        await there.ask()
    there.here.clock.now += 899
    await there.ask()
    assert there.fetches == 1
    there.here.clock.now += 1
    await there.ask()
    assert there.fetches == 2


async def test_a_redirect_uri_that_was_withdrawn_stops_working_with_the_next_fetch(there: Documented) -> None:
    there.publish("Cache-Control: max-age=900", redirect_uris=[REDIRECT_URI, "https://client.example/old"])
    assert (await there.ask(redirect_uri="https://client.example/old")).status_code == 303
    there.publish()
    there.here.clock.now += 900
    assert "wrong address" in await there.stopped(redirect_uri="https://client.example/old")
    assert (await there.ask()).status_code == 303
    (changed,) = await there.events("changed")
    assert changed.detail == {"redirect_uris_added": 0, "redirect_uris_withdrawn": 1}


async def test_a_consent_page_that_was_open_meanwhile_does_not_let_a_withdrawn_redirect_uri_through(
    there: Documented,
) -> None:
    await there.here.sign_in()
    page = await there.ask()
    there.publish(redirect_uris=["https://client.example/new"])
    there.here.clock.now += HOUR
    response = await there.here.answer(page)
    assert (response.status_code, "location" in response.headers) == (400, False)


@pytest.mark.proves("B7")
async def test_a_document_that_turns_403_is_served_from_the_copy_for_a_week(there: Documented) -> None:
    code = await there.here.approve(URL)
    tokens = (await there.here.exchange(URL, code)).json()
    there.break_down()
    there.here.clock.now += HOUR
    assert (await there.ask()).status_code == 200
    assert there.fetches == 2
    assert (await there.ask()).status_code == 200  # not asked again at every step
    assert there.fetches == 2
    (stood_in,) = await there.events("stood_in")
    assert "403" in stood_in.reason
    assert stood_in.detail == {"origin": "fetched", "seconds_old": HOUR}
    there.here.clock.now += 300
    await there.ask()
    assert there.fetches == 3
    there.here.clock.now += 7 * DAY
    assert "403" in await there.stopped()
    # What was approved goes on: at the token endpoint no document is asked for.
    assert (await there.here.refresh(URL, tokens["refresh_token"])).status_code == 200


async def test_a_document_that_was_taken_away_ends_new_requests_at_once(there: Documented) -> None:
    await there.ask()
    there.break_down("404 Not Found")
    there.here.clock.now += DAY
    assert "404" in await there.stopped()
    assert await there.events("stood_in") == []


@pytest.mark.proves("B7")
async def test_claude_gets_through_though_its_address_refuses_us(there: Documented) -> None:
    there.web.names["claude.ai"] = [("93.184.215.14",)]  # the certificate is another's, as good as a 403
    code = await there.here.approve(CLAUDE, redirect_uri=CLAUDE_REDIRECT_URI)
    response = await there.here.exchange(CLAUDE, code, redirect_uri=CLAUDE_REDIRECT_URI)
    assert response.status_code == 200
    (stood_in, *_) = await there.events("stood_in")
    age = there.here.clock.now - shipped.documents()[CLAUDE].obtained_at
    assert stood_in.detail == {"origin": "shipped", "seconds_old": age}


@pytest.mark.proves("B7")
async def test_a_document_that_the_operator_imported_stands_in_from_the_next_request_on(there: Documented) -> None:
    there.break_down()
    assert "403" in await there.stopped()
    text = json.dumps({"client_id": URL, "client_name": "Imported", "redirect_uris": [REDIRECT_URI]})
    pin = Copy(URL, text, "imported", there.here.clock())
    await there.here.installation.store.write(lambda tx: copies.pin(tx, pin, there.here.clock()))
    code = await there.here.approve(URL)
    assert (await there.here.exchange(URL, code)).status_code == 200
    there.publish(redirect_uris=["https://client.example/new"])
    there.here.clock.now += 300  # the address itself is asked first, whenever it answers
    assert "wrong address" in await there.stopped()


async def test_on_loopback_a_document_may_be_on_loopback_too(tmp_path: Path) -> None:
    async with (
        strangers(tls=False) as web,
        world(tmp_path, Fetcher(loopback=True), public_url="http://127.0.0.1:8000") as here,
    ):
        url = f"http://127.0.0.1:{web.port}{PATH}"
        web.say(PATH, json.dumps({"client_id": url, "redirect_uris": ["http://127.0.0.1/cb"]}))
        redirect_uri = "http://127.0.0.1:5000/cb"
        code = await here.approve(url, redirect_uri=redirect_uri)
        assert (await here.exchange(url, code, redirect_uri=redirect_uri)).status_code == 200


async def test_of_many_that_come_at_once_one_fetches(there: Documented) -> None:
    there.web.hold = asyncio.Event()
    asking = [asyncio.create_task(there.ask()) for _ in range(20)]
    while not there.web.asked:
        await asyncio.sleep(0)
    asking[0].cancel()  # and though the first leaves, the others are served
    there.web.hold.set()
    responses = await asyncio.gather(*asking[1:])
    assert {response.status_code for response in responses} == {303}
    assert there.fetches == 1


async def test_the_token_endpoint_asks_no_address_for_a_client_that_is_kept(there: Documented) -> None:
    code = await there.here.approve(URL)
    there.web.names.clear()
    assert (await there.here.exchange(URL, code)).status_code == 200
    assert there.fetches == 1


async def test_a_token_request_by_a_document_that_nobody_brought_has_nothing_and_may_be_as_good_as_ever(
    there: Documented,
) -> None:
    response = await there.here.exchange(URL, "x")
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
    assert there.fetches == 0


async def test_a_document_client_that_the_operator_deleted_comes_again_without_its_grants(there: Documented) -> None:
    tokens = (await there.here.exchange(URL, await there.here.approve(URL))).json()

    async def delete(tx: Transaction) -> int:
        client = await tx.find_client(URL)
        assert client is not None
        return await removal.remove_client(tx, client, "deleted by the operator", there.here.clock())

    assert await there.here.installation.store.write(delete) == 1
    assert (await there.here.refresh(URL, tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await there.ask()).status_code == 200


async def test_where_documents_are_switched_off_nothing_is_offered_or_fetched(tmp_path: Path) -> None:
    async with documented(tmp_path, metadata_documents=False) as there:
        metadata = (await there.here.client.get("/.well-known/oauth-authorization-server")).json()
        assert "client_id_metadata_document_supported" not in metadata
        assert "not known here" in await there.stopped()
        assert (await there.here.exchange(URL, "x")).json()["error"] == "invalid_client"
        assert there.web.asked == []
