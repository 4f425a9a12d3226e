"""How a request wants its person signed in: OpenID Connect Core §3.1.2.1, as a browser goes through it."""

from urllib.parse import urlencode, urlsplit

import pytest

from consentry.web.oauth import afresh
from consentry.web.oauth.authorize import LONGEST_QUERY
from tests.web.world import ISSUER, OTHER_EMAIL, REDIRECT_URI, World, answered, way_back

pytestmark = pytest.mark.anyio
LOOPBACK = "http://127.0.0.1:4711/cb"
AFRESH = [{"prompt": "login"}, {"prompt": "select_account"}, {"prompt": "login consent"}, {"max_age": "60"}]


async def client_of(here: World, **metadata: object) -> str:
    client_id: str = (await here.register(**metadata))["client_id"]
    return client_id


@pytest.mark.proves("C19")
@pytest.mark.parametrize("asked", AFRESH)
async def test_a_fresh_sign_in_is_asked_for_once(here: World, asked: dict[str, str]) -> None:
    client_id = await client_of(here)
    await here.sign_in()
    here.clock.now += 100
    then = way_back(await here.ask(client_id, **asked))
    assert (await here.sign_in(next=then)).headers["location"] == then
    page = await here.browser.get(then)
    assert page.status_code == 200
    here.clock.now += 1000
    told = answered(await here.answer(page))
    assert (told["state"], told["iss"], "code" in told) == ("st", ISSUER, True)


@pytest.mark.proves("C19")
@pytest.mark.parametrize("asked", AFRESH)
async def test_the_way_back_alone_is_no_sign_in(here: World, asked: dict[str, str]) -> None:
    client_id = await client_of(here)
    await here.sign_in()
    here.clock.now += 100
    then = way_back(await here.ask(client_id, **asked))
    assert (await here.browser.get(then)).status_code == 303
    assert (await here.ask(client_id, **asked)).status_code == 303


@pytest.mark.proves("C19")
async def test_an_old_way_back_is_no_sign_in_for_a_later_request(here: World) -> None:
    client_id = await client_of(here)
    await here.sign_in()
    then = way_back(await here.ask(client_id, prompt="login"))
    await here.sign_in(next=then)
    here.clock.now += afresh.MARK_SECONDS - 1
    assert (await here.browser.get(then)).status_code == 200
    here.clock.now += 1
    assert (await here.browser.get(then)).status_code == 303


@pytest.mark.proves("C19")
async def test_a_mark_is_good_for_its_own_request_and_cannot_be_made_up(here: World) -> None:
    client_id = await client_of(here)
    await here.sign_in()
    then = way_back(await here.ask(client_id, prompt="login"))
    await here.sign_in(next=then)
    assert (await here.browser.get(then)).status_code == 200
    for tampered in (
        then.replace("state=st", "state=other"),
        then.replace("prompt=login", "prompt=login+consent"),
        then.replace("asked=18", "asked=17"),
        then[:-1] + ("0" if then[-1] != "0" else "1"),
    ):
        assert tampered != then
        assert (await here.browser.get(tampered)).status_code == 303


async def test_a_parameter_of_the_clients_that_looks_like_ours_is_left_alone(here: World) -> None:
    client_id = await client_of(here)
    await here.sign_in()
    page = await here.ask(client_id, asked="1", zz="2")
    assert answered(await here.answer(page))["state"] == "st"
    then = way_back(await here.ask(client_id, asked="1", prompt="login"))
    await here.sign_in(next=then)
    assert (await here.browser.get(then)).status_code == 200


@pytest.mark.proves("C19")
async def test_a_request_as_long_as_they_come_finds_its_way_back(here: World) -> None:
    client_id = await client_of(here)
    await here.sign_in()
    asked = {"prompt": "login", "zz": "z"}
    asked["zz"] *= LONGEST_QUERY - len(urlencode(here.request(client_id, **asked))) + 1
    then = way_back(await here.ask(client_id, **asked))
    await here.sign_in(next=then)
    assert (await here.browser.get(then)).status_code == 200
    assert (await here.ask(client_id, **asked | {"zz": asked["zz"] + "z"})).status_code == 400


@pytest.mark.proves("C19")
async def test_max_age_is_counted_from_the_sign_in(here: World) -> None:
    client_id = await client_of(here)
    await here.sign_in()
    here.clock.now += 100
    page = await here.ask(client_id, max_age="100")
    assert page.status_code == 200
    here.clock.now += 1
    assert (await here.ask(client_id, max_age="100")).status_code == 303
    # The page was right when it was shown, and is too old now.
    assert urlsplit((await here.answer(page)).headers["location"]).path == "/login"


@pytest.mark.proves("C19")
async def test_max_age_zero_means_now(here: World) -> None:
    client_id = await client_of(here)
    await here.sign_in()
    here.clock.now += 1
    then = way_back(await here.ask(client_id, max_age="0"))
    await here.sign_in(next=then)
    here.clock.now += 30
    assert (await here.answer(await here.browser.get(then))).headers["location"].startswith(REDIRECT_URI)


@pytest.mark.proves("C19")
async def test_a_browser_that_was_signed_out_signs_in_once(here: World) -> None:
    client_id = await client_of(here)
    then = way_back(await here.ask(client_id, prompt="login", max_age="0"))
    here.clock.now += 20
    await here.sign_in(next=then)
    here.clock.now += 20
    assert (await here.browser.get(then)).status_code == 200


@pytest.mark.proves("C19")
async def test_what_only_helps_is_no_hindrance(here: World) -> None:
    client_id = await client_of(here)
    await here.sign_in()
    helps = {"ui_locales": "de fr", "display": "popup", "claims": "{}", "acr_values": "1", "id_token_hint": "nonsense"}
    assert (await here.ask(client_id, prompt="consent", nonce="n", **helps)).status_code == 200


@pytest.mark.proves("C20")
async def test_a_silent_request_is_told_that_a_person_is_needed(here: World) -> None:
    for uri in (LOOPBACK, REDIRECT_URI):
        client_id = await client_of(here, redirect_uris=[uri])
        told = answered(await here.ask(client_id, redirect_uri=uri, prompt="none"))
        assert (told["error"], told["state"], told["iss"]) == ("login_required", "st", ISSUER)
    client_id = await client_of(here)
    await here.approve(client_id)
    told = answered(await here.ask(client_id, prompt="none"))
    assert (told["error"], told["state"], told["iss"]) == ("consent_required", "st", ISSUER)
    here.clock.now += 100
    assert answered(await here.ask(client_id, prompt="none", max_age="60"))["error"] == "login_required"


@pytest.mark.proves("C20")
async def test_a_silent_request_of_an_account_that_is_not_let_in_gets_no_page_either(here: World) -> None:
    client_id = await client_of(here)
    await here.sign_in(OTHER_EMAIL)
    assert answered(await here.ask(client_id, prompt="none"))["error"] == "interaction_required"


@pytest.mark.proves("C20", "C26")
async def test_only_a_stranger_to_a_person_at_a_window_is_not_sent_on_unasked(here: World) -> None:
    client_id = await client_of(here)
    here.browser.headers["Sec-Fetch-Dest"] = "iframe"
    assert answered(await here.ask(client_id, prompt="none"))["error"] == "login_required"
    here.browser.headers["Sec-Fetch-Dest"] = "document"
    page = await here.ask(client_id, prompt="none")
    assert (page.status_code, "location" in page.headers) == (400, False)
    assert "error=login_required" in page.text
    await here.sign_in()
    assert answered(await here.ask(client_id, prompt="none"))["error"] == "consent_required"
