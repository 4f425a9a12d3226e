"""Deployments at a browser: each deed to its end, and what is said where it fails."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from consentry.store.sql import Transaction
from tests.gateway.serving import BOUND_SECONDS
from tests.journeys.house import House, Person, housed
from tests.journeys.installed import EMAIL

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.proves("C27")]

META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "by hand", "version": "1"},
}
VERSION = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list"}
ONE = "/dashboard/deployments/reminders"


@pytest.fixture(scope="module")
async def house(
    tmp_path_factory: pytest.TempPathFactory, chromium_executable: str, anyio_backend: str
) -> AsyncIterator[House]:
    folder: Path = tmp_path_factory.mktemp("house")
    async with housed(folder, chromium_executable) as opened:
        yield opened


@pytest.fixture
async def ada(house: House) -> Person:
    """The owner of both deployments."""
    person = await house.at_a_browser(EMAIL)
    await person.sign_in()
    return person


async def upstream(house: House) -> str:
    async def work(tx: Transaction) -> str:
        found = await tx.find_deployment("d_1")
        assert found is not None
        return found.upstream_url or ""

    return await house.here.installation.store.read(work)


async def calls(house: House, slug: str, key: str) -> int:
    """How listing the tools is answered."""
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": META}}
    headers = {"Authorization": f"Bearer {key}", "Accept": "application/json, text/event-stream"} | VERSION
    async with httpx2.AsyncClient(timeout=BOUND_SECONDS) as http:
        return (await http.post(f"{house.here.url}/mcp/{slug}", json=message, headers=headers)).status_code


async def key_for(person: Person, deployment: str, label: str) -> str:
    await person.open("/account/keys")
    await person.page.get_by_label("What it opens").select_option(deployment)
    await person.fill(label=label)
    await person.press("Make the key")
    return (await person.page.locator("#fresh-key").inner_text()).strip()


async def test_a_deployment_is_tried_made_edited_paused_and_deleted(house: House) -> None:
    olga = await house.somebody(operator=True)
    await olga.open("/dashboard")
    await olga.follow("New deployment")
    await olga.fill(name="Notes", slug="notes", upstream="http://127.0.0.1:9/mcp")
    await olga.press("Test the connection")
    await olga.reads("The connection does not work")
    await olga.reads("Nothing answers at http://127.0.0.1:9/mcp")
    await olga.fill(upstream=await upstream(house))
    await olga.press("Test the connection")
    await olga.reads("The connection works")
    await olga.reads("delete_reminder")
    await olga.fill(slug="Not A Slug")
    await olga.press("Make the deployment")
    await olga.is_told("A slug is")
    await olga.fill(slug="reminders")
    await olga.press("Make the deployment")
    await olga.is_told("reminders")  # is taken
    await olga.fill(slug="notes")
    await olga.press("Make the deployment")
    await olga.stands_at("/dashboard/deployments/notes?created=1")
    await olga.follow("Edit")
    await olga.page.get_by_label("Who may let applications in").select_option("domain")
    await olga.fill(name="Our notes", domain="x y")
    await olga.press("Keep the changes")
    await olga.is_told("domain")
    await olga.page.get_by_label("Who may let applications in").select_option("owner")
    await olga.press("Keep the changes")
    await olga.page.get_by_role("heading", name="Our notes").wait_for()
    key = await key_for(olga, "notes", "Of notes")
    assert await calls(house, "notes", key) == 200
    await olga.open("/dashboard/deployments/notes")
    await olga.press("Pause")
    await olga.reads("Paused")
    assert await calls(house, "notes", key) == 503
    await olga.press("Resume")
    await olga.page.get_by_role("button", name="Pause").wait_for()
    assert await calls(house, "notes", key) == 200
    await olga.follow("Delete …")
    await olga.fill(slug="note")
    await olga.press("Delete it for good")
    await olga.is_told("slug")
    await olga.fill(slug="notes")
    await olga.press("Delete it for good")
    await olga.reads("The deployment is deleted")
    assert await calls(house, "notes", key) == 404


async def test_a_connection_that_fails_says_why_and_one_that_works_says_what_is_there(
    house: House, ada: Person
) -> None:
    await ada.open("/dashboard/deployments/textkit")
    await ada.press("Test the connection")
    await ada.reads("Tested just now")
    there = await upstream(house)

    async def point(url: str) -> None:
        async def work(tx: Transaction) -> None:
            await tx.db.run("UPDATE deployments SET upstream_url = $1 WHERE id = 'd_2'", url)

        await house.here.installation.store.write(work)

    await point("http://127.0.0.1:9/mcp")
    await ada.press("Test the connection")
    await ada.reads("Nothing answers at http://127.0.0.1:9/mcp")
    await point(there)
    await ada.press("Test the connection")
    await ada.reads("delete_reminder")


async def test_somebody_else_meets_nothing_there(house: House) -> None:
    other = await house.somebody()
    for path in (ONE, f"{ONE}/edit", f"{ONE}/log", f"{ONE}/delete", "/dashboard/new", "/dashboard/people"):
        await other.open(path)
        await other.reads("There is no page at this address")
    await other.open("/dashboard")
    await other.reads("You manage no MCP server")


async def test_a_key_is_made_shown_once_used_and_revoked(house: House, ada: Person) -> None:
    await ada.open("/account/keys")
    await ada.page.get_by_label("Label").fill("x" * 101)
    await ada.press("Make the key")
    await ada.is_told("label")
    key = await key_for(ada, "reminders", "Nightly backup")
    assert await calls(house, "reminders", key) == 200
    await ada.open("/account/keys")
    assert key not in await ada.page.content()
    await ada.page.get_by_role("button", name="Revoke Nightly backup").click()
    await ada.reads("revoked")
    assert await calls(house, "reminders", key) == 401


async def test_the_log_is_followed_searched_and_taken_away(house: House, ada: Person) -> None:
    key = await key_for(ada, "reminders", "Follower")
    watching = await house.at_a_browser(EMAIL, javascript=True)
    await watching.sign_in()
    await watching.open(f"{ONE}/log?tool=nothing-like-it")
    assert await watching.page.get_by_role("rowheader", name="tools/list").count() == 0
    await watching.open(f"{ONE}/log?status=200")
    before = await watching.page.get_by_role("rowheader", name="tools/list").count()
    await watching.press("Follow live")
    assert await calls(house, "reminders", key) == 200
    await watching.page.get_by_role("rowheader", name="tools/list").nth(before).wait_for()
    await ada.open(f"{ONE}/log")
    await ada.page.get_by_text("Filter", exact=True).click()
    await ada.fill(status="403")
    await ada.press("Show")
    assert await ada.page.get_by_role("rowheader", name="tools/list").count() == 0
    await ada.fill(status="abc")
    await ada.press("Show")
    await ada.is_told("A status is a number")
    await ada.open(f"{ONE}/log?from=yesterday")
    await ada.is_told("That is no time")
    await ada.open(f"{ONE}/log?status=200")
    taken = {}
    for words in ("CSV", "JSON lines"):
        async with ada.page.expect_download() as coming:
            await ada.follow(words)
        file = await (await coming.value).path()
        taken[words] = (await asyncio.to_thread(file.read_text)).splitlines()
    assert len(taken["CSV"]) == len(taken["JSON lines"]) + 1
    assert json.loads(taken["JSON lines"][0])["method"] == "tools/list"
    assert key not in str(taken)


async def test_what_happened_and_how_much_is_read_on_pages_of_their_own(house: House, ada: Person) -> None:
    await ada.open(f"{ONE}/use")
    await ada.reads("Last day")
    await ada.follow("Last week")
    await ada.stands_at(f"{ONE}/use?span=week")
    stranger = await house.at_a_browser(EMAIL)
    for _ in range(6):
        await stranger.sign_in("not the right one")
    await stranger.is_told("Too many attempts")
    await ada.open("/account/activity")
    await ada.follow("Suspicious")
    await ada.reads("Too many attempts to sign in to your account")
    await ada.reads("a second factor keeps them out")
