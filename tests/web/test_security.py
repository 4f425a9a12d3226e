"""/account/security: browsers signed out from another, another password, another address."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from consentry.accounts import login
from tests.web.mailbox import LINK, Mailbox
from tests.web.test_membership import NEW, NEW_PASSWORD, fill
from tests.web.test_sign_in import events
from tests.web.world import EMAIL, OTHER_EMAIL, PASSWORD, World, form_fields, no_way_out, world

pytestmark = pytest.mark.anyio

PAGE = "/account/security"
FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"}


@pytest.fixture
async def here(tmp_path: Path, mailbox: Mailbox) -> AsyncIterator[World]:
    async with world(tmp_path, no_way_out, mailbox) as built:
        built.browser.headers.update(FIREFOX)
        await built.sign_in()
        yield built


async def another_browser(here: World) -> dict[str, str]:
    """Signs the same account in elsewhere; the cookie of that."""
    mine = here.browser.cookies["__Host-consentry"]
    here.browser.cookies.clear()
    await here.sign_in()
    other = here.browser.cookies["__Host-consentry"]
    here.browser.cookies.clear()
    here.browser.cookies.set("__Host-consentry", mine, domain="consentry.example")
    return {"Cookie": f"__Host-consentry={other}"}


async def signed_in(here: World, cookie: dict[str, str]) -> bool:
    return (await here.client.get(PAGE, headers=cookie)).status_code == 200


async def test_browsers_are_listed_and_ended_one_by_one_or_all_the_others(here: World) -> None:
    others = [await another_browser(here) for _ in range(3)]
    page = (await here.browser.get(PAGE)).text
    assert page.count("Firefox on Linux") == 4
    assert page.count("This browser") == 1
    ended = await here.browser.post(
        f"{PAGE}/sessions", data=form_fields(page.split("This browser")[1], f"{PAGE}/sessions")
    )
    assert ended.headers["location"] == f"{PAGE}?done=sessions"
    assert "has to sign in again" in (await here.browser.get(ended.headers["location"])).text
    assert sorted([await signed_in(here, each) for each in others]) == [False, True, True]
    await here.browser.post(f"{PAGE}/sessions", data=form_fields(page, f"{PAGE}/sessions"))
    assert [await signed_in(here, each) for each in others] == [False] * 3
    assert (await here.browser.get(PAGE)).status_code == 200
    told = [event.reason for event in await events(here) if event.name == "account:session:ended"]
    assert told == ["from another browser"] * 3


async def test_nobody_ends_another_accounts_session_or_their_own_by_mistake(here: World) -> None:
    other = await another_browser(here)
    page = (await here.client.get(PAGE, headers=other)).text
    hers = form_fields(page.split("This browser")[1], f"{PAGE}/sessions")["session"]
    here.browser.cookies.clear()
    await here.sign_in(OTHER_EMAIL)
    csrf = form_fields((await here.browser.get(PAGE)).text, "/logout")["csrf"]
    for reference in (hers, "nothing at all", "00"):
        await here.browser.post(f"{PAGE}/sessions", data={"csrf": csrf, "session": reference})
    assert await signed_in(here, other)
    assert (await here.browser.get(PAGE)).status_code == 200


async def test_a_password_is_changed_by_who_knows_it_and_signs_the_others_out(here: World, mailbox: Mailbox) -> None:
    other = await another_browser(here)
    before = {"Cookie": f"__Host-consentry={here.browser.cookies['__Host-consentry']}"}
    page = f"{PAGE}/password"
    refusals = [
        ({"password": "wrong wrong wrong", "new_password": NEW_PASSWORD}, 401, "not your password"),
        ({"password": "", "new_password": NEW_PASSWORD}, 400, "Enter your password"),
        ({"password": PASSWORD, "new_password": "short"}, 400, "too short"),
        ({"password": PASSWORD, "new_password": NEW_PASSWORD, "csrf": "00"}, 403, "out of date"),
    ]
    for fields, status, sentence in refusals:
        refused = await fill(here, page, **fields)
        assert (refused.status_code, sentence in refused.text) == (status, True)
    changed = await fill(here, page, password=PASSWORD, new_password=NEW_PASSWORD)
    assert changed.headers["location"] == f"{PAGE}?done=password"
    assert "is changed" in (await here.browser.get(changed.headers["location"])).text
    assert [await signed_in(here, each) for each in (other, before)] == [False, False]
    assert (await here.sign_in(password=NEW_PASSWORD)).status_code == 303


async def test_guessing_the_password_of_a_session_that_was_left_open_is_stopped(here: World) -> None:
    for _ in range(login.MOST_PER_PAIR):
        guess = await fill(here, f"{PAGE}/password", password="wrong wrong wrong", new_password=NEW_PASSWORD)
        assert guess.status_code == 401
    stopped = await fill(here, f"{PAGE}/password", password=PASSWORD, new_password=NEW_PASSWORD)
    assert (stopped.status_code, stopped.headers["retry-after"]) == (429, "900")


async def asked(here: World, mailbox: Mailbox, new: str = NEW) -> tuple[str, str]:
    """Asks for another address; the links at the new one and at the old one."""
    response = await fill(here, f"{PAGE}/email", new_email=new, password=PASSWORD)
    assert (response.status_code, "Look into your mail" in response.text) == (200, True)
    letters = {message.to: message.text for message in await mailbox.brought(here)}
    origin = here.installation.addresses.origin
    links = [LINK.findall(letters[to])[0].removeprefix(origin) for to in (new, EMAIL)]
    return links[0], links[1]


async def press(here: World, link: str) -> httpx2.Response:
    """Presses the one button of the page that the link opens."""
    shown = await here.browser.get(link)
    assert shown.status_code == 200, shown.text
    return await here.browser.post("/account/keep-email", data=form_fields(shown.text, "/account/keep-email"))


async def test_an_address_changes_when_the_new_one_is_proven(here: World, mailbox: Mailbox) -> None:
    confirm, _keep = await asked(here, mailbox)
    assert EMAIL in (await here.browser.get(PAGE)).text
    changed = await press(here, confirm)
    assert (changed.status_code, "Your address is changed" in changed.text) == (200, True)
    assert (await mailbox.one(here, EMAIL)).text.count(NEW) == 1
    assert NEW in (await here.browser.get(PAGE)).text
    assert (await here.browser.get(confirm)).status_code == 400
    assert (await here.sign_in(EMAIL)).status_code == 401
    assert (await here.sign_in(NEW)).status_code == 303
    assert ("account:email:changed", "confirmed") in [(event.name, event.reason) for event in await events(here)]


async def test_a_way_back_in_that_was_mailed_to_the_old_address_is_void_with_it(here: World, mailbox: Mailbox) -> None:
    confirm, _keep = await asked(here, mailbox)
    await fill(here, "/reset-password", email=EMAIL)
    reset = await mailbox.link(here, EMAIL)
    assert (await here.browser.get(reset)).status_code == 200
    await press(here, confirm)
    assert (await here.browser.get(reset)).status_code == 400


@pytest.mark.parametrize("visitor", [None, OTHER_EMAIL])
async def test_a_new_address_is_not_put_on_a_strangers_account_by_its_owners_click(
    here: World, mailbox: Mailbox, visitor: str | None
) -> None:
    confirm, keep = await asked(here, mailbox)
    here.browser.cookies.clear()
    if visitor is not None:
        await here.sign_in(visitor)
    shown = await here.browser.get(confirm)
    proof = form_fields((await here.browser.get(keep)).text, "/account/keep-email")["csrf"]
    token = confirm.partition("token=")[2]
    sent = await here.browser.post("/account/keep-email", data={"csrf": proof, "token": token})
    for answer in (shown, sent):
        assert (answer.status_code, "Sign in to the account first" in answer.text) == (403, True)
        assert token not in answer.text
    assert (await here.sign_in(EMAIL)).status_code == 303
    assert "is changed" in (await press(here, confirm)).text


@pytest.mark.parametrize("confirmed", [False, True])
async def test_the_old_address_stops_the_change_or_takes_it_back_and_signs_everybody_out(
    here: World, mailbox: Mailbox, confirmed: bool
) -> None:
    confirm, keep = await asked(here, mailbox)
    if confirmed:
        await press(here, confirm)
        await mailbox.brought(here)
    kept = await press(here, keep)
    assert (kept.status_code, "stays yours" in kept.text, EMAIL in kept.text) == (200, True, True)
    assert (await here.browser.get(PAGE)).status_code == 303
    assert (await here.browser.get(confirm)).status_code == 400
    assert (await here.browser.get(keep)).status_code == 400
    assert (await here.sign_in(EMAIL)).status_code == 303


async def test_a_new_password_does_not_take_the_old_addresss_way_back(here: World, mailbox: Mailbox) -> None:
    confirm, keep = await asked(here, mailbox)
    await press(here, confirm)
    await fill(here, f"{PAGE}/password", password=PASSWORD, new_password=NEW_PASSWORD)
    assert "stays yours" in (await press(here, keep)).text
    assert (await here.sign_in(EMAIL, NEW_PASSWORD)).status_code == 303


async def test_an_address_that_is_anothers_reads_the_same_and_is_not_taken(here: World, mailbox: Mailbox) -> None:
    response = await fill(here, f"{PAGE}/email", new_email=OTHER_EMAIL, password=PASSWORD)
    assert "Look into your mail" in response.text
    letters = {message.to: message.text for message in await mailbox.brought(here)}
    assert letters.keys() == {OTHER_EMAIL, EMAIL}
    assert "token=" not in letters[OTHER_EMAIL]


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"new_email": EMAIL.upper(), "password": PASSWORD}, 400, "your address already"),
        ({"new_email": "eve", "password": PASSWORD}, 400, "no email address"),
        ({"new_email": NEW, "password": "wrong wrong wrong"}, 401, "not your password"),
        ({"new_email": NEW, "password": PASSWORD, "csrf": "00"}, 403, "out of date"),
    ],
)
async def test_what_is_wrong_with_a_change_is_said_and_nothing_is_sent(
    here: World, mailbox: Mailbox, fields: dict[str, str], status: int, sentence: str
) -> None:
    refused = await fill(here, f"{PAGE}/email", **fields)
    assert (refused.status_code, sentence in refused.text) == (status, True)
    assert await mailbox.brought(here) == []


async def test_whoever_is_not_signed_in_is_led_to_it_and_back(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        for page in (PAGE, f"{PAGE}/password", f"{PAGE}/email"):
            led = await here.browser.get(page)
            assert led.headers["location"] == f"/login?next={page.replace('/', '%2F')}"
        assert (await here.sign_in(next=f"{PAGE}/password")).headers["location"] == f"{PAGE}/password"
        assert (await here.sign_in(next="/account/../evil")).headers["location"] == "/account"
        assert "sends no mail" in (await here.browser.get(PAGE)).text
        assert (await fill(here, f"{PAGE}/email", new_email=NEW, password=PASSWORD)).status_code == 403
