"""Signing in and out."""

import pytest

from consentry.accounts import attempts, login
from consentry.audit import Event
from consentry.store.sql import Transaction
from tests.web.world import EMAIL, PASSWORD, World, form_fields, world

pytestmark = pytest.mark.anyio


async def events(here: World) -> list[Event]:
    async def work(tx: Transaction) -> list[Event]:
        return await tx.list_events()

    return await here.installation.store.read(work)


@pytest.mark.proves("C10", "C13")
async def test_a_right_password_makes_a_session_in_a_guarded_cookie(here: World) -> None:
    response = await here.sign_in()
    assert (response.status_code, response.headers["location"]) == (303, "/account")
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("__Host-consentry=cy_se_")
    assert {part.strip().lower() for part in cookie.split(";")[1:]} == {"path=/", "secure", "httponly", "samesite=lax"}
    assert EMAIL in (await here.browser.get("/account")).text


@pytest.mark.proves("C13")
async def test_on_loopback_http_the_cookie_is_a_plain_one(here: World) -> None:
    async with world(here.installation.settings.folder / "loopback", public_url="http://127.0.0.1:8000") as local:
        cookie = (await local.browser.get("/login")).headers["set-cookie"]
    assert cookie.startswith("consentry=")
    assert "secure" not in cookie.lower()


@pytest.mark.proves("C22")
async def test_signing_in_changes_the_session_so_that_none_can_be_planted(here: World) -> None:
    await here.browser.get("/login")
    before = here.browser.cookies["__Host-consentry"]
    await here.sign_in()
    assert here.browser.cookies["__Host-consentry"] != before
    here.browser.cookies.set("__Host-consentry", before, domain="consentry.example")
    assert (await here.client.get("/account", headers={"Cookie": f"__Host-consentry={before}"})).status_code == 303


@pytest.mark.proves("C22")
async def test_a_wrong_password_and_an_unknown_account_read_the_same(here: World) -> None:
    wrong = await here.sign_in(password="not the right one")
    unknown = await here.sign_in("nobody@example.com")
    assert wrong.status_code == unknown.status_code == 401
    assert "not right" in wrong.text
    assert _alike(wrong.text, EMAIL) == _alike(unknown.text, "nobody@example.com")


def _alike(page: str, email: str) -> str:
    request_id = page.split("<code>req_")[1].split("<", maxsplit=1)[0]
    return page.replace(email, "").replace(request_id, "")


@pytest.mark.proves("C22")
async def test_guessing_is_stopped_and_the_right_password_has_to_wait_too(here: World) -> None:
    for _ in range(login.MOST_PER_PAIR):
        assert (await here.sign_in(password="wrong wrong wrong")).status_code == 401
    stopped = await here.sign_in()
    assert (stopped.status_code, stopped.headers["retry-after"]) == (429, str(attempts.WINDOW_SECONDS))
    here.clock.now += attempts.WINDOW_SECONDS
    assert (await here.sign_in()).status_code == 303
    assert "account:login:throttled" in [event.name for event in await events(here)]


async def test_a_person_who_gets_it_right_starts_afresh(here: World) -> None:
    for _ in range(3):
        for _ in range(login.MOST_PER_PAIR - 1):
            await here.sign_in(password="wrong wrong wrong")
        assert (await here.sign_in()).status_code == 303


async def test_a_mistyped_password_signs_nobody_out(here: World) -> None:
    await here.sign_in()
    assert (await here.sign_in(password="wrong wrong wrong")).status_code == 401
    assert (await here.browser.get("/account")).status_code == 200


async def test_signing_in_anew_ends_the_session_before(here: World) -> None:
    await here.sign_in()
    before = {"Cookie": f"__Host-consentry={here.browser.cookies['__Host-consentry']}"}
    await here.sign_in()
    assert (await here.client.get("/account", headers=before)).status_code == 303


async def test_an_address_is_found_however_it_is_spelt(here: World) -> None:
    assert (await here.sign_in(f" {EMAIL.upper()} ")).status_code == 303


async def test_an_unverified_account_is_told_so_once_its_password_is_right(here: World) -> None:
    async def unverify(tx: Transaction) -> None:
        await tx.db.run("UPDATE accounts SET verified_at = NULL")

    await here.installation.store.write(unverify)
    assert "not verified" not in (await here.sign_in(password="wrong wrong wrong")).text
    right = await here.sign_in()
    assert (right.status_code, "not verified" in right.text) == (401, True)


async def test_a_disabled_account_reads_like_a_wrong_password_and_its_sessions_end(here: World) -> None:
    await here.sign_in()

    async def disable(tx: Transaction) -> None:
        await tx.db.run("UPDATE accounts SET disabled_at = 1")

    await here.installation.store.write(disable)
    assert (await here.browser.get("/account")).status_code == 303
    refused = await here.sign_in()
    assert (refused.status_code, "not right" in refused.text) == (401, True)


@pytest.mark.parametrize("changes", [{"email": ""}, {"password": ""}])
async def test_a_form_half_filled_says_so_and_is_not_counted(here: World, changes: dict[str, str]) -> None:
    for _ in range(login.MOST_PER_PAIR + 1):
        response = await here.sign_in(**changes)
        assert (response.status_code, "both your email" in response.text) == (400, True)


@pytest.mark.proves("C13")
async def test_a_sign_in_without_its_proof_does_nothing(here: World) -> None:
    response = await here.sign_in(csrf="00" * 32)
    assert response.status_code == 403
    assert (await here.browser.get("/account")).status_code == 303


async def test_a_session_ends_after_its_time(here: World) -> None:
    await here.sign_in()
    here.clock.now += login.SESSION_TTL_SECONDS - 1
    assert (await here.browser.get("/account")).status_code == 200
    here.clock.now += 1
    assert (await here.browser.get("/account")).status_code == 303


async def test_signing_out_ends_the_session_everywhere_it_was_copied_to(here: World) -> None:
    await here.sign_in()
    copied = {"Cookie": f"__Host-consentry={here.browser.cookies['__Host-consentry']}"}
    fields = form_fields((await here.browser.get("/account")).text, "/logout")
    response = await here.browser.post("/logout", data=fields)
    assert (response.status_code, "You are signed out" in response.text) == (200, True)
    assert (await here.client.get("/account", headers=copied)).status_code == 303


async def test_signing_out_needs_its_proof(here: World) -> None:
    await here.sign_in()
    assert (await here.browser.post("/logout", data={"csrf": "00"})).status_code == 403
    assert (await here.browser.get("/account")).status_code == 200


async def test_not_you_leads_to_signing_in_and_back_to_the_request(here: World) -> None:
    client_id = (await here.register())["client_id"]
    await here.sign_in()
    page = await here.ask(client_id)
    action = page.text.split('action="/logout')[1].split('"')[0]
    fields = form_fields(page.text, f"/logout{action}")
    response = await here.browser.post(f"/logout{action}", data=fields)
    assert response.status_code == 303
    assert response.headers["location"].startswith("/login?next=%2Fauthorize%3F")


@pytest.mark.proves("E13")
async def test_a_password_never_reaches_the_events(here: World) -> None:
    await here.sign_in(password="a mistyped secret")
    await here.sign_in()
    assert PASSWORD not in str(await events(here))
    assert "mistyped" not in str(await events(here))
