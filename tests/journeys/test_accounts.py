"""One's own account at a browser without scripts: each deed to its end, and what is said where it fails."""

import asyncio
import json
from base64 import b32decode
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from consentry.accounts.links import TTL_SECONDS
from consentry.spec import totp
from tests.gateway.serving import BOUND_SECONDS
from tests.journeys.house import House, Person, housed
from tests.journeys.installed import PASSWORD

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.proves("C27")]

SECURITY = "/account/security"
NEW_PASSWORD = "tavo kilu remi dasu"
TOO_LONG = "e" * 65 + "@example.net"  # which a browser takes for an address


@pytest.fixture(scope="module")
async def house(
    tmp_path_factory: pytest.TempPathFactory, chromium_executable: str, anyio_backend: str
) -> AsyncIterator[House]:
    folder: Path = tmp_path_factory.mktemp("house")
    async with housed(folder, chromium_executable) as opened:
        yield opened


async def test_an_account_is_made_by_the_link_in_a_letter(house: House) -> None:
    eve = await house.at_a_browser("eve@example.net")
    await eve.open("/signup")
    await eve.fill(email=TOO_LONG)
    await eve.press("Send me the link")
    await eve.is_told("no email address")
    await eve.fill(email=eve.email)
    await eve.press("Send me the link")
    await eve.reads("Look into your mail")
    link = await house.post.link(eve.email)
    await eve.page.goto(link)
    await eve.fill(password="short")
    await eve.press("Make the account")
    await eve.is_told("too short")
    await eve.fill(password=NEW_PASSWORD)
    await eve.press("Make the account")
    await eve.reads("No application is connected")
    await eve.page.goto(link)
    await eve.reads("This link is no longer good")


async def test_a_forgotten_password_is_set_anew_and_signs_the_other_browser_out(house: House) -> None:
    ada = await house.somebody()
    elsewhere = await house.at_a_browser(ada.email)
    await elsewhere.open("/login")
    await elsewhere.follow("Forgot your password?")
    await elsewhere.fill(email=ada.email)
    await elsewhere.press("Send me the link")
    await elsewhere.page.goto(await house.post.link(ada.email))
    await elsewhere.fill(password=ada.email)
    await elsewhere.press("Set the password")
    await elsewhere.is_told("your email address")
    await elsewhere.fill(password=NEW_PASSWORD)
    await elsewhere.press("Set the password")
    await elsewhere.reads("Your new password is set")
    await elsewhere.fill(email=ada.email, password=PASSWORD)
    await elsewhere.press("Sign in")
    await elsewhere.is_told("not right")
    await elsewhere.fill(password=NEW_PASSWORD)
    await elsewhere.press("Sign in")
    await elsewhere.reads("Sign out")
    await ada.open("/account")
    await ada.stands_at("/login?next=%2Faccount")


async def test_an_address_changes_once_the_new_one_is_proven(house: House) -> None:
    ada = await house.somebody()
    new = f"new-{ada.email}"
    await ada.open(f"{SECURITY}/email")
    for typed, password, told in (
        (ada.email, PASSWORD, "your address already"),
        (new, "wrong wrong wrong", "not your password"),
        (TOO_LONG, PASSWORD, "no email address"),
    ):
        await ada.fill(new_email=typed, password=password)
        await ada.press("Send me the link")
        await ada.is_told(told)
    await ada.fill(new_email=new, password=PASSWORD)
    await ada.press("Send me the link")
    await ada.reads("Look into your mail")
    link = await house.post.link(new)
    stranger = await house.at_a_browser(new)
    await stranger.page.goto(link)
    await stranger.reads("Sign in to the account first")
    await ada.page.goto(link)
    await ada.press("Use this address")
    await ada.reads("Your address is changed")
    await ada.page.goto(link)
    await ada.reads("This link is no longer good")
    stranger.email = new
    await stranger.sign_in()
    await stranger.open(SECURITY)
    await stranger.reads(new)


async def test_a_change_of_address_is_refused_and_whoever_asked_is_shut_out(house: House) -> None:
    thief = await house.somebody()
    ada = await house.at_a_browser(thief.email)
    token = await _make_token(thief)
    assert await _reads_api(house, token) == 200
    await thief.open(f"{SECURITY}/email")
    await thief.fill(new_email="thief@example.net", password=PASSWORD)
    await thief.press("Send me the link")
    await thief.reads("Look into your mail")
    keep, mine = await house.post.link(ada.email), await house.post.link("thief@example.net")
    await ada.page.goto(keep)
    await ada.press("Keep it, and shut everybody out")
    await ada.reads("everybody is out")
    assert await _reads_api(house, token) == 401
    await thief.page.goto(mine)
    await thief.reads("This link is no longer good")
    await thief.sign_in()
    await thief.is_told("not right")
    await ada.page.goto(await house.post.link(ada.email))
    await ada.fill(password=NEW_PASSWORD)
    await ada.press("Set the password")
    await ada.sign_in(NEW_PASSWORD)
    await ada.reads("Connected applications")


async def test_a_link_for_another_address_is_good_for_a_day(house: House) -> None:
    ada = await house.somebody()
    await ada.open(f"{SECURITY}/email")
    await ada.fill(new_email=f"late-{ada.email}", password=PASSWORD)
    await ada.press("Send me the link")
    link = await house.post.link(f"late-{ada.email}")
    house.here.clock.now += TTL_SECONDS["email"]
    await ada.page.goto(link)
    await ada.reads("This link is no longer good")


async def test_an_authenticator_is_set_up_and_recovery_codes_stand_in_for_it(house: House) -> None:
    ada = await house.somebody()
    await ada.open(SECURITY)
    await ada.follow("Set up an authenticator")
    uri = await ada.page.locator("a[href^='otpauth:']").get_attribute("href") or ""
    text = uri.partition("secret=")[2].partition("&")[0]
    key = b32decode(text + "=" * (-len(text) % 8))
    await ada.fill(password=PASSWORD, code="000000")
    await ada.press("Use this authenticator")
    await ada.is_told("not right")
    await ada.fill(password=PASSWORD, code=totp.code(key, totp.step_at(house.here.clock())))
    await ada.press("Use this authenticator")
    codes = [text.strip() for text in await ada.page.locator("main li code").all_inner_texts()]
    assert len(codes) == 10
    await ada.follow("I have written them down")
    await ada.reads("10 recovery codes left")
    await ada.press("Sign out")
    await ada.sign_in()
    await ada.fill(code="000000")
    await ada.press("Sign in")
    await ada.is_told("not right")
    await ada.fill(code=codes[0])
    await ada.press("Sign in")
    await ada.stands_at("/account")
    await ada.open(SECURITY)
    await ada.reads("9 recovery codes left")
    await ada.follow("Switch it off")
    await ada.fill(password=PASSWORD, code=codes[0])
    await ada.press("Switch it off")
    await ada.is_told("not right")  # it was used
    await ada.fill(password=PASSWORD, code=codes[1])
    await ada.press("Switch it off")
    await ada.reads("The second factor is off")


async def test_a_browser_is_signed_out_from_another(house: House) -> None:
    ada = await house.somebody()
    elsewhere = await house.at_a_browser(ada.email)
    await elsewhere.sign_in()
    await ada.open(SECURITY)
    await ada.press("Sign out everywhere else")
    await ada.reads("has to sign in again")
    await elsewhere.open(SECURITY)
    await elsewhere.stands_at(f"/login?next={SECURITY.replace('/', '%2F')}")
    await ada.open(SECURITY)
    assert await ada.page.get_by_text("This browser").count() == 1


async def test_all_is_taken_away_and_the_account_deleted(house: House) -> None:
    ada = await house.somebody()
    await ada.open(SECURITY)
    async with ada.page.expect_download() as coming:
        await ada.follow("Download it")
    download = await coming.value
    assert download.suggested_filename == "consentry-account.json"
    taken = json.loads(await asyncio.to_thread((await download.path()).read_text))
    assert taken["account"]["email"] == ada.email
    await ada.follow("Delete the account")
    await ada.fill(password="wrong wrong wrong")
    await ada.press("Delete it for good")
    await ada.is_told("not your password")
    await ada.fill(password=PASSWORD)
    await ada.press("Delete it for good")
    await ada.reads("Your account is deleted")
    await ada.sign_in()
    await ada.is_told("not right")


async def test_a_personal_token_is_made_shown_once_and_revoked(house: House) -> None:
    ada = await house.somebody()
    await ada.open("/account/tokens")
    await ada.fill(label="Script", password=PASSWORD)
    await ada.press("Make the token")
    await ada.is_told("Choose what the token may do")
    token = await _make_token(ada)
    assert await _reads_api(house, token) == 200
    await ada.open("/account/tokens")
    assert token not in await ada.page.content()
    await ada.page.get_by_role("button", name="Revoke Script").click()
    await ada.reads("The token is revoked")
    assert await _reads_api(house, token) == 401


async def test_an_operator_invites_somebody_and_closes_an_account(house: House) -> None:
    olga, ada = await house.somebody(operator=True), await house.somebody()
    await olga.open("/account")
    await olga.follow("People")
    await olga.fill(email=ada.email)
    await olga.press("Invite")
    await olga.is_told("an account with this address already")
    await olga.fill(email="guest@example.net")
    await olga.press("Invite")
    await olga.reads("on its way")
    guest = await house.at_a_browser("guest@example.net")
    link = await house.post.link(guest.email)
    await guest.page.goto(link)
    await guest.reads("Make your account")
    await olga.page.get_by_role("button", name="Take back guest@example.net").click()
    await olga.reads("taken back")
    await guest.page.goto(link)
    await guest.reads("This link is no longer good")
    await olga.fill(search=ada.email)
    await olga.press("Search")
    await olga.page.get_by_role("button", name=f"Disable {ada.email}").click()
    await olga.reads("The account is disabled")
    await ada.open("/account")
    await ada.stands_at("/login?next=%2Faccount")


async def _make_token(person: Person) -> str:
    await person.open("/account/tokens")
    await person.fill(label="Script", password=PASSWORD)
    await person.page.locator("input[name='deployments:read']").check()
    await person.press("Make the token")
    return (await person.page.locator("#fresh-token").inner_text()).strip()


async def _reads_api(house: House, token: str) -> int:
    async with httpx2.AsyncClient(timeout=BOUND_SECONDS) as http:
        headers = {"Authorization": f"Bearer {token}"}
        return (await http.get(f"{house.here.url}/api/v1/deployments", headers=headers)).status_code
