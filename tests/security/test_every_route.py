"""Every route there is, found by itself: tried as nobody, another account and the owner; every form without proof."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest
from starlette.routing import Route

from consentry.accounts.model import Session
from consentry.store.sql import Transaction
from consentry.tokens import Digest
from consentry.web import routes
from tests.web.dashboard.conftest import Place, placed
from tests.web.pages.catalogue import STANDING
from tests.web.pages.reading import Reading
from tests.web.test_membership import fill
from tests.web.world import EMAIL, PASSWORD

pytestmark = [pytest.mark.anyio, pytest.mark.proves("C13", "C27")]

# Whoever may send a person there may send the same request as a form: nothing comes of it but a page (OpenID Connect
# Core §3.1.2.1).
SENT_FROM_ANYWHERE = {"/authorize"}
# The same for everybody, with examples that are called so, too.
EXAMPLES = {"/api/v1", "/api/v1/openapi.json"}
UPSTREAM = "http://127.0.0.1:9/mcp-of-the-owner"
KEY, TOKEN, CLIENT = "Key of the owner", "Token of the owner", "Client of the owner"  # words that chance does not write


@dataclass
class Owned:
    """What is the owner's alone: names for the address, and what nobody else's page may hold."""

    names: dict[str, str]
    ids: dict[str, str]
    marks: tuple[str, ...]


@pytest.fixture
async def place(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Place]:
    async with placed(tmp_path, signup="open", smtp_url="smtp://127.0.0.1:9", registration="approval") as made:
        yield made


def every_route(place: Place) -> list[Route]:
    return [route for route in routes.build(place.here.app._site()).routes if getattr(route, "methods", None)]


def posted(place: Place) -> list[str]:
    """Where forms go: what takes nothing but POST, and answers a browser."""
    return sorted(route.path for route in every_route(place) if route.methods == {"POST"})


async def kept(place: Place) -> dict[str, list[str]]:
    """Every row there is, table by table."""

    async def work(tx: Transaction) -> dict[str, list[str]]:
        tables = [row[0] for row in await tx.db.all("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")]
        return {name: [repr(tuple(row)) for row in await tx.db.all(f"SELECT * FROM {name}")] for name in tables}  # noqa: S608

    return await place.here.installation.store.read(work)


async def own(place: Place) -> Owned:
    """The owner connects an application, makes a key, a token and a client, and has a second browser."""
    here = place.here
    here.browser = place.owner.browser
    page = await fill(here, "/account/keys", deployment="reminders", label=KEY, life="never")
    assert "Copy the key now" in page.text
    wanted = {"deployments:write": "1", "password": PASSWORD, "life": "never", "label": TOKEN}
    assert "Copy the token now" in (await fill(here, "/account/tokens", **wanted)).text
    connect = "/dashboard/deployments/reminders/connect"
    uris = {"preset": "custom", "name": CLIENT, "redirect_uris": "https://client.example/owner"}
    made = await fill(here, connect, **uris)
    client_id = made.headers["location"].rpartition("/clients/")[2].partition("?")[0]

    async def work(tx: Transaction) -> Owned:
        await tx.db.run("UPDATE deployments SET upstream_url = $1 WHERE id = 'd_1'", UPSTREAM)
        (grant,) = await tx.list_grants(account_id="account_1")
        (token,) = await tx.list_personal_tokens("account_1")
        session = Session(Digest(b"mine" * 8), "account_1", here.clock(), here.clock() + 3600, None, None)
        await tx.add_session(session)
        ids = {
            "grant_id": grant.id,
            "grant_ids": grant.id,
            "token_id": token.id,
            "client_id": client_id,
            "session": session.digest.hex(),
            "account_id": "account_1",
            "email": "eve@example.com",
            "slug": "reminders",
        }
        marks = (EMAIL, KEY, TOKEN, CLIENT, grant.id, token.id, client_id, session.digest.hex(), UPSTREAM)
        return Owned({"slug": "reminders", "client_id": client_id, "grant_id": grant.id}, ids, marks)

    return await here.installation.store.write(work)


def at(path: str, owned: Owned) -> str:
    for name, value in owned.names.items():
        path = path.replace(f"{{{name}}}", value)
    return path.replace("{digest}", "00").replace("{email}", "guest@example.com").replace("{rest:path}", "nothing")


def seen(response: httpx2.Response) -> str:
    return response.text.replace("<wbr>", "")


async def test_nobody_and_no_other_account_reads_anything_that_is_the_owners(place: Place) -> None:
    owned, read = await own(place), set[str]()
    for route in every_route(place):
        if "GET" not in (route.methods or []) or route.path in EXAMPLES:
            continue
        path = at(route.path, owned)
        for who in (place.nobody, place.another):
            response = await who.browser.get(path)
            said = seen(response) + str(response.headers)
            said = said.replace(path, "").replace(quote(path, safe=""), "")  # what was asked for may be said again
            theirs = [mark for mark in owned.marks if mark in said]
            assert theirs == [], (route.path, theirs)
            assert response.status_code < 500, path
        mine = seen(await place.owner.browser.get(path))
        read |= {mark for mark in owned.marks if mark in mine}
    assert read == set(owned.marks)  # the owner sees each of them somewhere


async def csrf_of(browser: httpx2.AsyncClient) -> str:
    page = Reading((await browser.get("/account")).text)
    return next((form.inputs["csrf"]["value"] for form in page.forms if form.action == "/logout"), "00")


async def test_nobody_and_no_other_account_changes_anything_that_is_the_owners(place: Place) -> None:
    owned = await own(place)

    async def theirs() -> list[str]:
        marks = ("account_1", "'d_1'", owned.names["client_id"])
        found = await kept(place)
        return [row for rows in found.values() for row in rows if any(mark in row for mark in marks)]

    before = await theirs()
    for path in sorted(posted(place), key=lambda path: path == "/logout"):  # signed out last
        for who in (place.nobody, place.another):
            proof = await csrf_of(who.browser)
            response = await who.browser.post(at(path, owned), data=owned.ids | {"csrf": proof})
            assert response.status_code < 500, path
            assert await theirs() == before, path


async def test_no_form_does_anything_without_its_proof_or_sent_from_elsewhere(place: Place) -> None:
    owned = await own(place)
    foreign = await csrf_of(place.operator.browser)
    mine = await csrf_of(place.owner.browser)
    before = await kept(place)
    for path in posted(place):
        for proof, headers in (
            ({}, {}),
            ({"csrf": ""}, {}),
            ({"csrf": foreign}, {}),
            ({"csrf": mine}, {"Origin": "https://evil.example"}),
            ({"csrf": mine}, {"Sec-Fetch-Site": "cross-site"}),
        ):
            data = owned.ids | {"password": PASSWORD, "decision": "approve"} | proof
            response = await place.owner.browser.post(at(path, owned), data=data, headers=headers)
            assert await kept(place) == before, (path, proof, headers)
            if path not in SENT_FROM_ANYWHERE:
                assert (response.status_code, "out of date" in response.text) == (403, True), (path, proof, headers)


async def test_every_form_on_every_page_has_a_proof_and_leads_to_one_of_those_routes(place: Place) -> None:
    owned, taken = await own(place), set(posted(place))
    patterns = {at(path, owned): path for path in taken}
    met: set[str] = set()
    for path in STANDING:
        for who in (place.nobody, place.owner, place.operator):
            response = await who.browser.get(at(path, owned))
            if not response.headers.get("content-type", "").startswith("text/html"):
                continue
            for form in Reading(response.text).forms:
                if form.method == "get":
                    assert "csrf" not in form.inputs
                    continue
                action = form.action.partition("?")[0]
                assert action in patterns, (path, form.action)
                assert len(form.inputs["csrf"]["value"]) > 20
                met.add(patterns[action])
    assert len(met) >= 20
