"""Deployments by their pages: made, looked at, tested, changed, paused, deleted."""

from dataclasses import replace

import pytest

from consentry.audit import EventName
from consentry.demo.upstreams import start
from consentry.deployments.health import Seen
from consentry.deployments.model import Deployment
from consentry.formats import Format
from consentry.store.sql import Transaction
from consentry.web.dashboard.listing import LINES_A_PAGE
from tests.builders import deployment
from tests.web.dashboard.conftest import Place
from tests.web.world import World

pytestmark = pytest.mark.anyio

NOWHERE = "http://127.0.0.1:9/mcp"
NEW = {"name": "Notes", "slug": "notes", "place": "upstream", "upstream": NOWHERE, "access": "owner"}


async def found(here: World, slug: str) -> Deployment | None:
    return await here.installation.store.read(lambda tx: tx.find_deployment_by_slug(slug))


async def happened(here: World) -> list[EventName]:
    events = await here.installation.store.read(lambda tx: tx.list_events())
    return [event.name for event in events if event.name.startswith("deployment:")]


async def test_a_person_sees_their_own_and_what_they_may_use_and_an_operator_everything(place: Place) -> None:
    own = (await place.owner.open("/dashboard")).text
    assert "Reminders" in own
    assert "New deployment" not in own
    others = (await place.another.open("/dashboard")).text
    assert "You manage no MCP server" in others
    assert "Others that you may use" in others
    assert place.here.other_resource in others
    assert "Reminders" not in others
    all_of_them = (await place.operator.open("/dashboard")).text
    assert "ada@example.com" in all_of_them
    assert "New deployment" in all_of_them


async def test_a_deployment_is_made_and_looked_at_at_once(place: Place) -> None:
    page = await place.operator.pressed("/dashboard/new", "/dashboard/new", **NEW, step="keep")
    assert "The deployment is there" in page.text
    assert "Nothing answers at http://127.0.0.1:9/mcp" in page.text
    assert "https://consentry.example/mcp/notes" in page.text
    made = await found(place.here, "notes")
    assert made is not None
    assert (made.owner_id, made.access, made.format) == ("account_3", "owner", Format())
    assert await happened(place.here) == ["deployment:deployment:created"]
    assert "Does not answer" in (await place.operator.open("/dashboard")).text


async def test_every_choice_of_the_form_is_kept(place: Place) -> None:
    shape = {"token_format": "api_key", "key_prefix": "rmt_", "key_life": "30d"}
    await place.operator.pressed("/dashboard/new", "/dashboard/new", **(NEW | shape | {"access": "verified"}))
    made = await found(place.here, "notes")
    assert made is not None
    assert (made.access, made.format) == ("verified", Format("api_key", "rmt_", 30 * 86_400))
    elsewhere = {"name": "", "slug": "far", "place": "elsewhere", "mcp_url": "https://far.example/mcp"}
    page = await place.operator.pressed("/dashboard/new", "/dashboard/new", **(NEW | elsewhere), token_format="jwt")
    assert "https://far.example/mcp" in page.text
    made = await found(place.here, "far")
    assert made is not None
    assert (made.name, made.upstream_url, made.format.kind) == ("far", None, "jwt")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"slug": "No Slug"}, "A slug is 1 to 63 small letters"),
        ({"slug": "reminders"}, "There is a deployment reminders already."),
        ({"upstream": ""}, "Say where the MCP server is"),
        ({"upstream": "ftp://x"}, "ftp://x will not do as upstream"),
        ({"upstream": "https://consentry.example/mcp/reminders"}, "which would call itself"),
        ({"place": "elsewhere", "mcp_url": "http://far.example/mcp"}, "only https will"),
        ({"access": "everybody"}, "Choose who may let applications in"),
        ({"token_format": "api_key", "key_prefix": "no prefix"}, "A key prefix is at most"),
        ({"token_format": "api_key", "key_life": "for long"}, "Choose for how long API keys live"),
        ({"name": "x" * 101}, "A name is one line of 1 to 100 characters."),
    ],
)
async def test_what_cannot_be_is_said_beside_the_form_which_keeps_what_was_typed(
    place: Place, typed: dict[str, str], sentence: str
) -> None:
    page = await place.operator.open("/dashboard/new")
    response = await place.operator.press(page, "/dashboard/new", **(NEW | typed))
    assert response.status_code == 400
    assert sentence in response.text
    assert 'role="alert"' in response.text
    assert 'value="Notes"' in response.text or "name" in typed
    assert await happened(place.here) == []


async def test_a_test_before_making_says_what_is_wrong_and_makes_nothing(place: Place) -> None:
    page = await place.operator.open("/dashboard/new")
    response = await place.operator.press(page, "/dashboard/new", **NEW, step="test")
    assert "The connection does not work" in response.text
    assert "Is the server running, and on that host and port?" in response.text
    assert await found(place.here, "notes") is None


@pytest.mark.slow
async def test_a_test_finds_a_real_server_with_its_tools_before_and_after(place: Place) -> None:
    async with start("consentry.demo.reminders") as upstream:
        typed = NEW | {"upstream": upstream.url}
        page = await place.operator.open("/dashboard/new")
        tried = await place.operator.press(page, "/dashboard/new", **typed, step="test")
        assert "The connection works" in tried.text
        assert "2026-07-28" in tried.text
        made = await place.operator.pressed("/dashboard/new", "/dashboard/new", **typed)
        assert "delete_reminder" in made.text
    again = await place.operator.pressed("/dashboard/deployments/notes", "/dashboard/deployments/notes/test")
    assert "Nothing answers at" in again.text
    assert "delete_reminder" not in again.text


async def test_an_owner_changes_the_name_and_not_where_it_leads(place: Place) -> None:
    path = "/dashboard/deployments/reminders/edit"
    typed = {"name": "Things to do", "access": "verified", "upstream": "http://169.254.169.254/"}
    page = await place.owner.pressed(path, path, **typed)
    assert "Things to do" in page.text
    changed = await found(place.here, "reminders")
    assert changed is not None
    assert (changed.name, changed.access, changed.upstream_url) == ("Things to do", "verified", NOWHERE)
    assert "upstream" not in next(form for form in (await place.owner.open(path)).forms if form.action == path).inputs


async def test_an_operator_changes_where_it_leads_and_tries_it_before(place: Place) -> None:
    path, other = "/dashboard/deployments/reminders/edit", "http://127.0.0.1:9/other"
    page = await place.operator.open(path)
    tried = await place.operator.press(page, path, upstream=other, step="test")
    assert f"Nothing answers at {other}" in tried.text
    refused = await place.operator.press(page, path, upstream="nonsense", step="test")
    assert (refused.status_code, "will not do as upstream" in refused.text) == (400, True)
    assert (await place.operator.press(page, path, upstream="nonsense")).status_code == 400
    await place.operator.pressed(path, path, upstream=other)
    changed = await found(place.here, "reminders")
    assert changed is not None
    assert changed.upstream_url == other


async def test_another_format_drops_what_only_keys_have(place: Place) -> None:
    path = "/dashboard/deployments/reminders/edit"
    keys = {"token_format": "api_key", "key_prefix": "rmt_", "key_life": "never"}
    assert "do not expire" in (await place.owner.pressed(path, path, **keys)).text
    await place.owner.pressed(path, path, token_format="jwt", key_prefix="rmt_", key_life="never")
    changed = await found(place.here, "reminders")
    assert changed is not None
    assert changed.format == Format("jwt")


async def test_a_paused_deployment_refuses_calls_and_disconnects_nobody(place: Place) -> None:
    here = place.here
    client_id, tokens = await here.connect()
    page = "/dashboard/deployments/reminders"
    assert "Calls are refused" in (await place.owner.pressed(page, f"{page}/pause")).text
    refused = await here.call(tokens["access_token"])
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "300")
    assert "paused by its owner" in refused.json()["error"]["message"]
    assert refused.json()["id"] == 1
    assert (await here.call(None)).status_code == 401  # a stranger is told nothing of it
    again = (await here.refresh(client_id, tokens["refresh_token"])).json()
    assert "Pausing refuses" in (await place.owner.pressed(page, f"{page}/resume")).text
    assert (await here.call(again["access_token"])).status_code == 502
    assert await happened(here) == ["deployment:deployment:paused", "deployment:deployment:resumed"]


async def test_deleting_says_what_it_ends_and_wants_the_slug(place: Place) -> None:
    here = place.here
    _, tokens = await here.connect()
    path = "/dashboard/deployments/reminders/delete"
    page = await place.owner.open(path)
    assert "1 connection of an application 0 API keys of people 0 clients" in page.text
    refused = await place.owner.press(page, path, slug="Reminders")
    assert (refused.status_code, "nothing was deleted" in refused.text) == (400, True)
    assert (await here.call(tokens["access_token"])).status_code == 502
    assert "The deployment is deleted" in (await place.owner.pressed(path, path, slug="reminders")).text
    assert (await here.call(tokens["access_token"])).status_code == 404
    assert await here.installation.store.read(lambda tx: tx.list_health(None)) == {}


async def test_the_list_counts_what_is_connected_and_tells_the_last_call(place: Place) -> None:
    here = place.here
    _, tokens = await here.connect()
    await here.call(tokens["access_token"])
    here.clock.now += 125
    page = (await place.owner.open("/dashboard")).text
    assert "Not tested yet 0 1 3 minutes ago" in page
    one = (await place.owner.open("/dashboard/deployments/reminders")).text
    assert "1 connection, last call 3 minutes ago" in one
    assert "Agent client.example 1 connection, last used 3 minutes ago" in one


async def test_a_look_that_comes_late_does_not_stand_over_a_newer_one(place: Place) -> None:
    await place.here.installation.store.write(lambda tx: tx.keep_health("d_1", Seen(place.here.clock() + 5)))
    page = "/dashboard/deployments/reminders"
    assert "Nothing answers" not in (await place.owner.pressed(page, f"{page}/test")).text


async def test_people_are_invited_and_kept_out_again_with_what_they_connected(place: Place) -> None:
    here, page = place.here, "/dashboard/deployments/reminders"
    await place.owner.pressed(f"{page}/edit", f"{page}/edit", access="invited")
    assert "They are invited" in (await place.owner.pressed(page, f"{page}/invite", email=" Bob@Example.com ")).text
    assert "Bob@Example.com" in (await place.owner.open(page)).text
    assert "Nobody was invited" in (await place.owner.pressed(page, f"{page}/invite", email="bob")).text
    here.browser = place.another.browser
    _, tokens = await here.connect()
    assert (await here.call(tokens["access_token"])).status_code == 502
    assert "taken back" in (await place.owner.pressed(page, f"{page}/uninvite")).text
    assert (await here.call(tokens["access_token"])).status_code == 401


async def test_a_domain_is_let_in_and_must_be_one(place: Place) -> None:
    path = "/dashboard/deployments/reminders/edit"
    form = await place.owner.open(path)
    assert (await place.owner.press(form, path, access="domain", domain="")).status_code == 400
    assert (await place.owner.press(form, path, access="domain", domain="no domain")).status_code == 400
    page = await place.owner.pressed(path, path, access="domain", domain="@Example.com")
    assert "addresses of example.com" in page.text


async def test_many_are_leafed_through_and_searched_and_nobody_sees_anothers_that_way(place: Place) -> None:
    count = LINES_A_PAGE + 7

    async def crowd(tx: Transaction) -> None:
        for number in range(count):
            made = replace(deployment(), id=f"d_c{number}", slug=f"crowd-{number:03}", name=f"Crowd {number}")
            await tx.add_deployment(replace(made, owner_id="account_1", access="verified"))

    await place.here.installation.store.write(crowd)
    seen, path = [], "/dashboard"
    for _ in range(3):
        page = await place.owner.open(path)
        seen += [a["href"].rpartition("/")[2] for a in page.all("a") if "/deployments/" in a["href"]]
        onward = [a["href"] for a in page.all("a") if "after=" in a["href"]]
        if not onward:
            break
        assert "More" in page.text
        path = onward[0]
    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) == count + 2  # reminders and textkit
    assert "Back to the first" in (await place.owner.open(path)).text
    found = await place.owner.open("/dashboard?search=ROWD+12")
    assert [a["href"] for a in found.all("a") if "/deployments/" in a["href"]] == ["/dashboard/deployments/crowd-012"]
    assert "You manage none with that" in (await place.owner.open("/dashboard?search=nothing+like+it")).text
    usable = await place.another.open("/dashboard")
    assert "And 8 more" in usable.text
    assert not [a for a in usable.all("a") if "/deployments/" in a["href"]]
    assert "Reminders" not in (await place.another.open("/dashboard?search=reminders")).text
    assert "crowd-056" in (await place.another.open("/dashboard?search=crowd-056")).text
    await place.owner.open("/dashboard?search=a&search=b", 400)
