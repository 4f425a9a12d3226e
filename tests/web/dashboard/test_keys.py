"""API keys by their page: made, shown once, listed beside those of applications, revoked."""

import pytest

from consentry.deployments import administer
from consentry.deployments.administer import Change
from consentry.formats import ENDLESS, Format
from consentry.store.sql import Transaction
from tests.web.dashboard.conftest import Place, filled

pytestmark = pytest.mark.anyio

PAGE = "/account/keys"
NEW = {"deployment": "textkit", "label": "Nightly backup", "life": "30d"}


def key_in(text: str) -> str:
    return text.split('id="fresh-key">')[1].split("<", maxsplit=1)[0]


async def test_a_key_is_made_shown_once_and_revoked(place: Place) -> None:
    here, another = place.here, place.another
    shown = await another.press(await another.open(PAGE), PAGE, **NEW)
    key = key_in(shown.text)
    assert key.startswith("cy_ak_")
    assert (await here.call(key, "textkit")).status_code == 502
    assert (await here.call(key)).status_code == 401
    page = await another.open(PAGE)
    assert key not in page.text
    for said in ("Nightly backup", "Text kit", "1 second ago"):
        assert said in page.text
    assert "Nightly backup" not in (await another.open("/account")).text
    assert "The key is revoked" in (await another.pressed(PAGE, f"{PAGE}/revoke")).text
    assert (await here.call(key, "textkit")).status_code == 401
    assert "There is no API key" in (await another.open(PAGE)).text


async def test_a_key_lives_for_as_long_as_was_chosen(place: Place) -> None:
    here = place.here
    keys = {}
    for life in ("30d", "never"):
        page = await place.owner.open(PAGE)
        keys[life] = key_in((await place.owner.press(page, PAGE, **(NEW | {"life": life}))).text)
    assert "when you revoke it" in (await place.owner.open(PAGE)).text
    here.clock.now += 30 * 86_400
    assert [(await here.call(key, "textkit")).status_code for key in keys.values()] == [401, 502]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"deployment": "reminders"}, "Choose the MCP server that the key is for."),
        ({"deployment": "nothing"}, "Choose the MCP server that the key is for."),
        ({"scope": "mcp admin"}, "The scopes of textkit are: mcp."),
        ({"label": "x" * 101}, "A label is one line of at most 100 characters."),
        ({"life": "10y"}, "Choose for how long the key lives."),
    ],
)
async def test_what_cannot_be_is_said_beside_the_form(place: Place, typed: dict[str, str], sentence: str) -> None:
    response = await place.another.press(await place.another.open(PAGE), PAGE, **(NEW | typed))
    assert (response.status_code, sentence in response.text) == (400, True)
    assert "There is no API key" in response.text


async def test_the_scopes_that_a_key_can_have_are_told_where_there_is_a_choice(place: Place) -> None:
    assert "Scopes" not in (await place.owner.open(PAGE)).text
    edit = "/dashboard/deployments/reminders/edit"
    await place.owner.pressed(edit, edit, step="keep", scopes="read=@read\nwrite=@read,@write")
    assert "Reminders has read, write." in (await place.owner.open(PAGE)).text
    made = await place.owner.press(
        await place.owner.open(PAGE), PAGE, **(NEW | {"deployment": "reminders", "scope": "read"})
    )
    assert made.status_code == 200


async def test_anothers_key_is_neither_seen_nor_ended(place: Place) -> None:
    key = key_in((await place.owner.press(await place.owner.open(PAGE), PAGE, **NEW)).text)
    form = next(form for form in (await place.owner.open(PAGE)).forms if form.action == f"{PAGE}/revoke")
    grant_id = filled(form)["grant_id"]
    page = await place.another.open(PAGE)
    assert "Nightly backup" not in page.text
    csrf = next(form for form in page.forms if form.action == "/logout").inputs["csrf"]["value"]
    response = await place.another.browser.post(f"{PAGE}/revoke", data={"csrf": csrf, "grant_id": grant_id})
    assert response.headers["location"] == PAGE
    assert (await place.here.call(key, "textkit")).status_code == 502


async def test_the_key_of_an_application_stands_beside_under_its_label(place: Place) -> None:
    here = place.here

    async def work(tx: Transaction) -> None:
        found = await tx.find_deployment_by_slug("reminders")
        assert found is not None
        await administer.change(tx, found, Change(format=Format("api_key", "rmt_", ENDLESS)), here.clock())

    await here.installation.store.write(work)
    here.browser = place.owner.browser
    _, tokens = await here.connect(client_name="Claude")
    page = await place.owner.open(PAGE)
    assert "client.example held by Claude" in page.text
    assert "Claude" in (await place.owner.open("/account")).text
    await place.owner.pressed(PAGE, f"{PAGE}/revoke")
    assert (await here.call(tokens["access_token"])).status_code == 401
