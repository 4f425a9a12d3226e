"""Set Up OAuth: a client for each known application and for any other, its values, its secrets, its end."""

import json
from pathlib import Path
from urllib.parse import urlencode

import pytest

from consentry.clients.model import Client
from consentry.clients.presets import OLDER_CLAUDE, PRESETS
from tests.web.dashboard.conftest import Place, placed
from tests.web.world import CHALLENGE, VERIFIER, World, answered

pytestmark = pytest.mark.anyio

PAGE = "/dashboard/deployments/reminders"
CALLBACK = "https://app.example/callback"


async def clients(here: World) -> list[Client]:
    return await here.installation.store.read(lambda tx: tx.list_clients())


@pytest.mark.parametrize("preset", sorted(PRESETS))
async def test_each_preset_makes_a_public_client_with_the_right_redirect_uris(place: Place, preset: str) -> None:
    page = await place.owner.pressed(f"{PAGE}/connect", f"{PAGE}/connect", preset=preset)
    (made,) = await clients(place.here)
    assert (made.redirect_uris, made.public, made.deployment_id) == (PRESETS[preset][1], True, "d_1")  # type: ignore[index]
    for value in (
        made.id,
        "https://consentry.example/mcp/reminders",
        "https://consentry.example/authorize",
        "https://consentry.example/token",
    ):
        assert value in page.text
    clicks = page.text.split("What to click there")[1]
    assert page.text.count("Copy") == 5 + clicks.count("Copy")
    assert "client ID" in clicks or made.id in clicks
    assert "Client secret" not in page.text
    assert made.id in next(
        link["href"] for link in (await place.owner.open(PAGE)).all("a") if "clients/" in link["href"]
    )


async def test_the_client_connects_a_real_flow_and_its_end_ends_it(place: Place) -> None:
    here = place.here
    await place.owner.pressed(f"{PAGE}/connect", f"{PAGE}/connect", preset="claude-both", older="1", name="My Claude")
    (made,) = await clients(here)
    assert (made.name, OLDER_CLAUDE in made.redirect_uris) == ("My Claude", True)
    here.browser = place.owner.browser
    code = await here.approve(made.id, redirect_uri=OLDER_CLAUDE)
    tokens = (await here.exchange(made.id, code, redirect_uri=OLDER_CLAUDE)).json()
    assert (await here.call(tokens["access_token"])).status_code == 502
    path = f"{PAGE}/clients/{made.id}"
    assert "Deleting ends 1 connection at once" in (await place.owner.open(path)).text
    assert "The client is deleted" in (await place.owner.pressed(path, f"{path}/delete")).text
    assert (await here.call(tokens["access_token"])).status_code == 401
    await place.owner.open(path, 404)


async def test_a_client_of_one_deployment_is_of_no_use_at_another(place: Place) -> None:
    await place.owner.pressed(f"{PAGE}/connect", f"{PAGE}/connect", preset="custom", redirect_uris=CALLBACK)
    (made,) = await clients(place.here)
    asked = {
        "response_type": "code",
        "client_id": made.id,
        "redirect_uri": CALLBACK,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "resource": place.here.other_resource,
    }
    answer = await place.owner.browser.get(f"/authorize?{urlencode(asked)}")
    assert answered(answer)["error"] in {"invalid_target", "access_denied", "unauthorized_client"}
    await place.owner.open(f"/dashboard/deployments/textkit/clients/{made.id}", 404)


async def test_a_secret_is_shown_once_and_two_overlap_until_the_older_is_ended(place: Place) -> None:
    here = place.here
    typed = {"preset": "custom", "redirect_uris": f"{CALLBACK}\r\nhttps://app.example/two", "confidential": "1"}
    shown = await place.owner.press(await place.owner.open(f"{PAGE}/connect"), f"{PAGE}/connect", **typed)
    (made,) = await clients(here)
    assert made.redirect_uris == (CALLBACK, "https://app.example/two")
    path = f"{PAGE}/clients/{made.id}"

    def secret_in(text: str) -> str:
        return text.split('id="client-secret">')[1].split("<", maxsplit=1)[0]

    first = secret_in(shown.text)
    assert first.startswith("cy_cs_")
    page = await place.owner.open(path)
    assert first not in page.text
    rotated = await place.owner.press(page, f"{path}/rotate", overlap="1h")
    second = secret_in(rotated.text)
    assert "Two secrets work" in rotated.text

    async def taken(secret: str) -> int:
        here.browser = place.owner.browser
        code = await here.approve(made.id, redirect_uri=CALLBACK)
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        return (await here.token(**form, client_id=made.id, client_secret=secret)).status_code

    assert [await taken(first), await taken(second)] == [200, 200]
    assert "The older secret is ended" in (await place.owner.pressed(path, f"{path}/end-older")).text
    assert [await taken(first), await taken(second)] == [401, 200]
    page = await place.owner.open(path)
    assert "Two secrets work" not in page.text
    none_left = await place.owner.press(page, f"{path}/rotate", overlap="0")
    assert [await taken(second), await taken(secret_in(none_left.text))] == [401, 200]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"preset": "custom"}, "Say where the application takes people back to"),
        ({"preset": "custom", "redirect_uris": "http://far.example/x"}, "Redirect URI 1 must"),
        ({"preset": "custom", "redirect_uris": " ".join(f"https://h.example/{n}" for n in range(11))}, "at most 10"),
        ({"preset": "nothing"}, "Choose an application."),
        ({"preset": "vscode", "name": "x" * 501}, "at most 500 characters"),
    ],
)
async def test_what_cannot_be_is_said_beside_the_form(place: Place, typed: dict[str, str], sentence: str) -> None:
    page = await place.owner.open(f"{PAGE}/connect")
    response = await place.owner.press(page, f"{PAGE}/connect", **typed)
    assert (response.status_code, sentence in response.text) == (400, True), response.text
    assert await clients(place.here) == []


async def test_what_is_made_by_hand_waits_for_no_approval_and_is_told_who_can_reach_it(tmp_path: Path) -> None:
    async with placed(tmp_path, public_url="http://127.0.0.1:8000", registration="approval") as place:
        form = await place.owner.open(f"{PAGE}/connect")
        assert form.text.count("127.0.0.1 is not reachable from there") == 1
        assert form.text.count("Needs a public https address") == 4
        assert form.text.count("On this computer alone") == 3
        assert [one["value"] for one in form.all("input") if "checked" in one] == ["vscode"]  # which can
        page = await place.owner.pressed(f"{PAGE}/connect", f"{PAGE}/connect", preset="chatgpt")
        assert "secret" not in page.text
        assert "set public_url to it" in page.text
        (made,) = await clients(place.here)
        assert not made.pending


async def test_what_goes_into_a_file_of_cursor_s_is_there_to_be_copied(place: Place) -> None:
    page = await place.owner.pressed(f"{PAGE}/connect", f"{PAGE}/connect", preset="cursor")
    (made,) = await clients(place.here)
    pasted = json.loads(page.text.split("For mcp.json")[1].split("Copy")[0])
    entry = {"url": "https://consentry.example/mcp/reminders", "auth": {"CLIENT_ID": made.id}}
    assert pasted == {"mcpServers": {"reminders": entry}}
    form = await place.owner.open(f"{PAGE}/connect")
    shown = (await place.owner.press(form, f"{PAGE}/connect", preset="cursor", confidential="1")).text
    assert "&#34;CLIENT_SECRET&#34;" in shown
    assert "Put the client secret in its place." in shown
