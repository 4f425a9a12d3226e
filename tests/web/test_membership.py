"""Signing up, proving an address, and a forgotten password: by mail, from end to end."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest

from consentry.accounts import inviting, links, reset
from consentry.parts import account_terms
from consentry.store.sql import Transaction
from consentry.tokens import Kind, Secret, recognise
from tests.stores import BOTH, settings
from tests.web.mailbox import Mailbox
from tests.web.test_sign_in import events
from tests.web.world import EMAIL, OTHER_EMAIL, PASSWORD, World, form_fields, no_way_out, way_back, world

pytestmark = pytest.mark.anyio

NEW = "eve@example.net"
OTHER_NEW = "mallory@example.net"
NEW_PASSWORD = "tavo kilu remi dasu"


@pytest.fixture(params=BOTH)
async def here(request: pytest.FixtureRequest, tmp_path: Path, mailbox: Mailbox) -> AsyncIterator[World]:
    """Open to everybody, and able to send mail."""
    chosen: dict[str, Any] = await settings(request, tmp_path)
    async with world(tmp_path, no_way_out, mailbox, **chosen, signup="open") as built:
        yield built


async def fill(here: World, page: str, action: str | None = None, **fields: str) -> httpx2.Response:
    """Opens the page and sends its form, or that with another action."""
    path = action or page.partition("?")[0]
    shown = await here.browser.get(page)
    assert shown.status_code == 200, shown.text
    return await here.browser.post(path, data=form_fields(shown.text, path) | fields)


async def change(here: World, sql: str, *values: str) -> None:
    async def work(tx: Transaction) -> None:
        await tx.db.run(sql, *values)

    await here.installation.store.write(work)


async def test_signing_up_proves_the_address_and_leads_back_to_the_request(here: World, mailbox: Mailbox) -> None:
    client_id = (await here.register())["client_id"]
    request = way_back(await here.ask(client_id, resource=here.other_resource))
    sign_in = await here.browser.get("/login", params={"next": request})
    assert "/signup?next=%2Fauthorize%3F" in sign_in.text
    asked = await fill(here, str(httpx2.URL("/signup", params={"next": request})), email=NEW)
    assert (asked.status_code, "Look into your mail" in asked.text) == (200, True)
    link = await mailbox.link(here, NEW)
    assert "Choose a password" in (await here.browser.get(link)).text
    joined = await fill(here, link, name="Eve", password=NEW_PASSWORD)
    assert (joined.status_code, joined.headers["location"]) == (303, request)
    consent = await here.browser.get(joined.headers["location"])
    assert (consent.status_code, NEW in consent.text) == (200, True)
    assert (await here.answer(consent)).headers["location"].startswith("https://client.example/callback?code=")
    assert "no longer good" in (await here.browser.get(link)).text


async def test_a_link_that_is_only_looked_at_is_not_spent_and_one_that_is_pressed_twice_is(
    here: World, mailbox: Mailbox
) -> None:
    await fill(here, "/signup", email=NEW)
    link = await mailbox.link(here, NEW)
    for _ in range(3):
        assert (await here.client.get(link)).status_code == 200
    form = form_fields((await here.browser.get(link)).text, "/verify-email") | {"password": NEW_PASSWORD}
    pressed = await asyncio.gather(*(here.browser.post("/verify-email", data=form) for _ in range(2)))
    assert sorted(each.status_code for each in pressed) == [303, 400]


async def test_signing_up_with_an_address_that_has_an_account_reads_the_same_and_tells_its_owner(
    here: World, mailbox: Mailbox
) -> None:
    known, new = await fill(here, "/signup", email=EMAIL.upper()), await fill(here, "/signup", email=NEW)
    assert _alike(known.text, EMAIL.upper()) == _alike(new.text, NEW)
    letters = {message.to: message for message in await mailbox.brought(here)}
    assert letters.keys() == {EMAIL, NEW}
    to_owner = letters[EMAIL]
    assert "has an account already" in to_owner.text
    assert "token=" not in to_owner.text


def _alike(page: str, email: str) -> str:
    request_id = page.split("<code>req_")[1].split("<", maxsplit=1)[0]
    return page.replace(email, "").replace(request_id, "")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"password": "short"}, "too short"),
        ({"password": f"{NEW}"}, "is your email address"),
        ({"password": NEW_PASSWORD, "name": "x" * 101}, "A name is one line"),
    ],
)
async def test_a_password_or_name_that_will_not_do_spends_nothing(
    here: World, mailbox: Mailbox, fields: dict[str, str], sentence: str
) -> None:
    await fill(here, "/signup", email=NEW)
    link = await mailbox.link(here, NEW)
    refused = await fill(here, link, **fields)
    assert (refused.status_code, sentence in refused.text) == (400, True)
    assert (await here.browser.get(link)).status_code == 200


async def test_an_account_that_was_made_meanwhile_is_not_taken_over(here: World, mailbox: Mailbox) -> None:
    await fill(here, "/signup", email=NEW)
    first = await mailbox.link(here, NEW)
    await fill(here, "/signup", email=NEW)
    second = await mailbox.link(here, NEW)
    assert (await fill(here, first, password=NEW_PASSWORD)).status_code == 303
    late = await fill(here, second, password="another password of theirs")
    assert (late.status_code, "already" in late.text) == (409, True)
    assert (await here.sign_in(NEW, NEW_PASSWORD)).status_code == 303


async def test_an_unverified_account_gets_its_link_by_signing_in(here: World, mailbox: Mailbox) -> None:
    await change(here, "UPDATE accounts SET verified_at = NULL WHERE email = $1", OTHER_EMAIL)
    refused = await here.sign_in(OTHER_EMAIL)
    assert (refused.status_code, "is on its way" in refused.text) == (401, True)
    link = await mailbox.link(here, OTHER_EMAIL)
    verified = await fill(here, link)
    assert verified.headers["location"].startswith("/login?next=")
    assert "Your address is verified" in (await here.browser.get(verified.headers["location"])).text
    assert (await here.sign_in(OTHER_EMAIL)).status_code == 303
    assert (await fill(here, "/signup", email="x@y.example")).status_code == 200


async def test_a_forgotten_password_is_set_anew_and_ends_every_session(here: World, mailbox: Mailbox) -> None:
    await here.sign_in()
    session = {"Cookie": f"__Host-consentry={here.browser.cookies['__Host-consentry']}"}
    asked = await fill(here, "/reset-password", email=EMAIL)
    assert "Look into your mail" in asked.text
    link = await mailbox.link(here, EMAIL)
    weak = await fill(here, link, password="password1234")
    assert (weak.status_code, "choose another" in weak.text) == (400, True)
    done = await fill(here, link, password=NEW_PASSWORD)
    assert done.status_code == 303
    assert "new password is set" in (await here.browser.get(done.headers["location"])).text
    assert (await here.client.get("/account", headers=session)).status_code == 303
    assert (await here.sign_in(password=PASSWORD)).status_code == 401
    assert (await here.sign_in(password=NEW_PASSWORD)).status_code == 303
    again = await here.browser.get(link)
    assert (again.status_code, "no longer good" in again.text) == (400, True)
    assert "account:password:changed" in [event.name for event in await events(here)]


async def test_a_reset_reads_the_same_for_nobody_and_writes_nothing_to_them(here: World, mailbox: Mailbox) -> None:
    await change(here, "UPDATE accounts SET disabled_at = 1 WHERE email = $1", OTHER_EMAIL)
    known, *others = [await fill(here, "/reset-password", email=each) for each in (EMAIL, NEW, OTHER_EMAIL)]
    for each, email in zip(others, (NEW, OTHER_EMAIL), strict=True):
        assert _alike(each.text, email) == _alike(known.text, EMAIL)
    assert [message.to for message in await mailbox.brought(here)] == [EMAIL]
    assert await mailbox.brought(here) == []


async def test_a_reset_link_is_over_after_an_hour_and_with_the_next_password(here: World, mailbox: Mailbox) -> None:
    await fill(here, "/reset-password", email=EMAIL)
    first = await mailbox.link(here, EMAIL)
    await fill(here, "/reset-password", email=EMAIL)
    second = await mailbox.link(here, EMAIL)
    await fill(here, second, password=NEW_PASSWORD)
    assert (await here.browser.get(first)).status_code == 400
    assert "was changed" in (await mailbox.one(here, EMAIL)).subject
    await fill(here, "/reset-password", email=EMAIL)
    third = await mailbox.link(here, EMAIL)
    here.clock.now += links.TTL_SECONDS["reset"]
    assert (await here.browser.get(third)).status_code == 400


async def test_a_link_does_what_it_is_for_and_nothing_else(here: World, mailbox: Mailbox) -> None:
    await fill(here, "/reset-password", email=EMAIL)
    resets = await mailbox.link(here, EMAIL)
    assert (await here.browser.get(resets.replace("/reset-password", "/verify-email"))).status_code == 400
    await fill(here, "/signup", email=NEW)
    joins = await mailbox.link(here, NEW)
    assert (await here.browser.get(joins.replace("/verify-email", "/reset-password"))).status_code == 400
    assert (await here.browser.get("/verify-email?token=invented")).status_code == 400
    assert (await here.browser.get("/verify-email")).status_code == 400


@pytest.mark.parametrize("page", ["/signup", "/reset-password"])
async def test_a_form_without_its_proof_does_nothing(here: World, mailbox: Mailbox, page: str) -> None:
    assert (await fill(here, page, email=EMAIL, csrf="00" * 32)).status_code == 403
    assert (await fill(here, page, email="nobody")).status_code == 400
    assert await mailbox.brought(here) == []


async def test_mail_is_asked_for_so_often_and_no_more(tmp_path: Path, mailbox: Mailbox) -> None:
    async with world(tmp_path, no_way_out, mailbox, rate_limits=True, signup="open") as here:
        pages = ["/reset-password", "/signup", "/reset-password", "/reset-password", "/signup"]
        assert [(await fill(here, page, email=EMAIL)).status_code for page in pages] == [200] * 5
        refused = await fill(here, "/reset-password", email=EMAIL.upper())
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "3600")
        assert "Wait 1 hour" in refused.text
        assert len(await mailbox.brought(here)) == 5
        others = [(await fill(here, "/reset-password", email=f"{n}@example.com")).status_code for n in range(15)]
        assert others == [200] * 14 + [429]


@pytest.mark.parametrize("page", ["/signup", "/reset-password"])
async def test_a_link_has_few_passwords_hashed_however_many_forms_come_at_once(
    tmp_path: Path, mailbox: Mailbox, page: str
) -> None:
    async with world(tmp_path, no_way_out, mailbox, signup="open") as here:
        email = NEW if page == "/signup" else EMAIL
        await fill(here, page, email=email)
        link = await mailbox.link(here, email)
        path = link.partition("?")[0]
        form = form_fields((await here.browser.get(link)).text, path) | {"password": NEW_PASSWORD}
        sent = await asyncio.gather(*(here.client.post(path, data=form, headers=_cookie(here)) for _ in range(12)))
        assert Counter(each.status_code for each in sent) == {303: 1, 400: 4, 429: 7}
        assert "Too many passwords" in next(each.text for each in sent if each.status_code == 429)


def _cookie(here: World) -> dict[str, str]:
    return {"Cookie": f"__Host-consentry={here.browser.cookies['__Host-consentry']}"}


async def test_an_address_that_no_database_takes_leads_nowhere(here: World) -> None:
    for path in ("/.well-known/oauth-protected-resource/mcp/%00", "/mcp/%00", "/forward-auth/%00"):
        for accept in ("text/html", "application/json"):
            found = await here.client.get(path, headers={"Accept": accept})
            assert (path, found.status_code) == (path, 404)


async def test_a_way_back_that_no_database_takes_is_no_fault_of_the_sign_in_page(here: World) -> None:
    for then in ("/authorize?client_id=%00", "/authorize?client_id=%ff", "/device?user_code=%00"):
        assert (await here.browser.get("/login", params={"next": then})).status_code == 200


@pytest.mark.parametrize(("chosen", "words"), [("open", "sends no mail"), ("invite", "invitation"), ("closed", "inv")])
async def test_without_mail_or_invitation_the_pages_say_so(tmp_path: Path, chosen: str, words: str) -> None:
    async with world(tmp_path, signup=chosen) as here:
        for page, said in (("/signup", words), ("/reset-password", "reset-link")):
            shown = await here.browser.get(page)
            assert (shown.status_code, said in shown.text) == (403, True)
        assert "/signup" not in (await here.browser.get("/login")).text


async def test_an_operators_links_work_without_mail(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        terms, now = account_terms(here.installation), here.clock()

        async def work(tx: Transaction) -> tuple[Secret | None, Secret | None, Secret]:
            account = await tx.find_account("account_1")
            assert account is not None
            return (
                await inviting.invite(tx, NEW, terms, now, send=False),
                await inviting.invite(tx, EMAIL, terms, now, send=False),
                await reset.give(tx, account, terms, now),
            )

        invited, taken, resets = await here.installation.store.write(work)
        assert taken is None
        assert invited is not None
        joined = await fill(here, f"/verify-email?token={invited.reveal()}", password=NEW_PASSWORD)
        assert (joined.status_code, joined.headers["location"]) == (303, "/account")
        assert NEW in (await here.browser.get("/account")).text
        await fill(here, f"/reset-password?token={resets.reveal()}", password=NEW_PASSWORD)
        assert (await here.sign_in(password=NEW_PASSWORD)).status_code == 303


async def test_a_link_is_no_way_around_what_the_operator_has_decided_since(tmp_path: Path, mailbox: Mailbox) -> None:
    async with world(tmp_path, no_way_out, mailbox, signup="open") as here:
        await fill(here, "/signup", email=NEW)
        joins = await mailbox.link(here, NEW)
        terms = account_terms(here.installation, mail=True)
        work = partial(inviting.invite, email=OTHER_NEW, terms=terms, now=here.clock(), send=True)
        await here.installation.store.write(work)
        invited = await mailbox.link(here, OTHER_NEW)
    for chosen, statuses in (("invite", [400, 200]), ("closed", [400, 400])):
        async with world(tmp_path / chosen, no_way_out, mailbox, signup=chosen, data_dir=tmp_path) as here:
            assert [(await here.browser.get(link)).status_code for link in (joins, invited)] == statuses


async def test_no_link_and_no_address_lies_open_in_the_store(here: World, mailbox: Mailbox) -> None:
    await fill(here, "/signup", email=NEW)
    await fill(here, "/reset-password", email=EMAIL)

    async def rows(tx: Transaction) -> str:
        return str([await tx.db.all(f"SELECT * FROM {table}") for table in ("links", "letters", "events")])  # noqa: S608

    waiting = await here.installation.store.read(rows)
    messages = await mailbox.brought(here)
    tokens = [message.text.split("token=")[1].split()[0] for message in messages]
    assert all(recognise(token, Kind.LINK) for token in tokens)
    left = await here.installation.store.read(rows)
    for told in (NEW, EMAIL, *tokens):
        assert told not in waiting
        assert told not in left
    assert "letter_" not in left


async def test_where_it_is_not_demanded_an_unverified_account_signs_in_and_proves_its_address_later(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    async with world(tmp_path, no_way_out, mailbox, require_verified_email=False) as here:
        await change(here, "UPDATE accounts SET verified_at = NULL WHERE email = $1", OTHER_EMAIL)
        assert (await here.sign_in(OTHER_EMAIL)).status_code == 303
        client_id = (await here.register())["client_id"]
        kept_out = await here.ask(client_id, resource=here.other_resource)
        assert (kept_out.status_code, "is not verified" in kept_out.text) == (403, True)
        asked = await fill(here, "/account/security", "/account/security/verify")
        assert "Look into your mail" in asked.text
        verified = await fill(here, await mailbox.link(here, OTHER_EMAIL))
        assert verified.headers["location"] == "/account/security?done=verified"
        assert (await here.ask(client_id, resource=here.other_resource)).status_code == 200
        again = await here.browser.get("/account/security")
        assert "Verify it" not in again.text
