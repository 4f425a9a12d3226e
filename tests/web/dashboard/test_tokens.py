"""Personal access tokens by their page: the password is asked, the token is shown once, and opens the API."""

import pytest

from tests.web.dashboard.conftest import Person, Place
from tests.web.world import PASSWORD

pytestmark = pytest.mark.anyio

PAGE = "/account/tokens"
NEW = {"label": "Inventory", "life": "30d", "deployments:read": "1", "password": PASSWORD}


async def made(person: Person, **changes: str) -> str:
    shown = await person.press(await person.open(PAGE), PAGE, **(NEW | changes))
    assert shown.status_code == 200, shown.text
    return shown.text.split('id="fresh-token">')[1].split("<", maxsplit=1)[0]


async def reads(place: Place, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return (await place.here.client.get("/api/v1/deployments", headers=headers)).status_code


async def test_a_token_is_made_shown_once_and_revoked(place: Place) -> None:
    token = await made(place.owner)
    assert await reads(place, token) == 200
    page = await place.owner.open(PAGE)
    assert token not in page.text
    for said in (
        "Inventory",
        "deployments:read",
        "1 second ago",
        "See deployments, their health, and what is connected to them",
    ):
        assert said in page.text
    assert "There is no access token" in (await place.another.open(PAGE)).text
    revoked = await place.owner.pressed(PAGE, f"{PAGE}/revoke")
    assert "It opens nothing any more" in revoked.text
    assert await reads(place, token) == 401


async def test_nobody_revokes_anothers(place: Place) -> None:
    token = await made(place.owner)
    own = await place.here.installation.store.read(lambda tx: tx.list_personal_tokens("account_1"))
    await made(place.another)
    response = await place.another.press(await place.another.open(PAGE), f"{PAGE}/revoke", token_id=own[0].id)
    assert response.headers["location"] == PAGE
    assert await reads(place, token) == 200


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"password": ""}, 400, "password"),
        ({"password": "a wrong one, but long"}, 401, "password"),
        ({"deployments:read": ""}, 400, "Choose what the token may do"),
        ({"label": "x" * 101}, 400, "A label is one line of at most 100 characters."),
        ({"life": "10y"}, 400, "Choose for how long the token lives."),
    ],
)
async def test_what_cannot_be_is_said_beside_the_form(
    place: Place, changes: dict[str, str], status: int, sentence: str
) -> None:
    owner = place.owner
    response = await owner.press(await owner.open(PAGE), PAGE, **(NEW | changes))
    assert response.status_code == status
    assert sentence in response.text
    assert await place.here.installation.store.read(lambda tx: tx.list_personal_tokens()) == []


async def test_an_expired_token_says_so(place: Place) -> None:
    token = await made(place.owner)
    place.here.clock.now += 31 * 86_400
    place.here.browser = place.owner.browser
    await place.here.sign_in()
    assert "ended " in (await place.owner.open(PAGE)).text
    assert await reads(place, token) == 401
