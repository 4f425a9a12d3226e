"""A second factor, from end to end: set up, asked for, guessed at, lost, switched off, demanded."""

import asyncio
import re
from base64 import b32decode
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from consentry.accounts import reset, second_factor
from consentry.parts import account_terms
from consentry.spec import totp
from consentry.store.sql import Transaction
from tests.builders import counted
from tests.web.test_membership import NEW_PASSWORD, fill
from tests.web.test_sign_in import events
from tests.web.world import EMAIL, PASSWORD, World, form_fields, no_way_out, way_back, world

pytestmark = pytest.mark.anyio

PAGE = "/account/security"
SETUP = f"{PAGE}/second-factor"
CODES = re.compile(r"<li><code>([a-z2-9-]+)</code></li>")


def certain(folder: Path, **settings: Any) -> AbstractAsyncContextManager[World]:
    """A world whose keys are the same in every run: one by chance may have the code 000000."""
    return world(folder, no_way_out, None, None, counted(), **settings)


@pytest.fixture
async def here(tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    async with certain(tmp_path) as built:
        yield built


@dataclass
class Authenticator:
    """An app on a phone, with the key of a page."""

    key: bytes
    here: World
    recovery: list[str]

    def code(self, later: int = 0) -> str:
        return totp.code(self.key, totp.step_at(self.here.clock.now + later))

    def next(self) -> str:
        """The code of the next step, to which it waits."""
        self.here.clock.now += totp.STEP_SECONDS
        return self.code()


def key_of(page: str) -> bytes:
    (shown,) = re.findall(r'<code class="copy">([A-Z2-7 ]+)</code>', page)
    return b32decode(shown.replace(" ", ""))


async def set_up(here: World) -> Authenticator:
    """Signs in and sets an authenticator up."""
    await here.sign_in()
    page = (await here.browser.get(SETUP)).text
    app = Authenticator(key_of(page), here, [])
    fields = form_fields(page, SETUP) | {"password": PASSWORD, "code": app.code()}
    done = await here.browser.post(SETUP, data=fields)
    assert done.status_code == 200, done.text
    app.recovery = CODES.findall(done.text)
    return app


async def half_in(here: World, **changes: str) -> dict[str, str]:
    """Gives the right password; the hidden fields of the form that asks for a code."""
    asked = await here.sign_in(**changes)
    assert (asked.status_code, "set-cookie" in asked.headers) == (200, False), asked.text
    return form_fields(asked.text, "/login/code")


async def enter(here: World, fields: dict[str, str], code: str) -> httpx2.Response:
    return await here.browser.post("/login/code", data=fields | {"code": code})


async def told(here: World, name: str) -> list[str]:
    return [event.reason for event in await events(here) if event.name == name]


async def test_an_authenticator_is_set_up_by_one_who_knows_the_password_and_shows_a_code(here: World) -> None:
    await here.sign_in()
    page = (await here.browser.get(SETUP)).text
    assert '<svg viewBox="0 0' in page
    key, fields = key_of(page), form_fields(page, SETUP)
    code = totp.code(key, totp.step_at(here.clock.now))
    for wrong, sentence in (
        ({"password": "wrong wrong wrong", "code": code}, "not your password"),
        ({"password": PASSWORD, "code": totp.code(key, 1)}, "not right"),
        ({"password": PASSWORD, "code": ""}, "not right"),
    ):
        refused = await here.browser.post(SETUP, data=fields | wrong)
        assert (refused.status_code, sentence in refused.text, key_of(refused.text)) == (401, True, key)
    assert (await here.browser.get(PAGE)).text.count(">On<") == 0
    done = await here.browser.post(SETUP, data=fields | {"password": PASSWORD, "code": f"{code[:3]} {code[3:]}"})
    assert (done.status_code, len(CODES.findall(done.text))) == (200, second_factor.RECOVERY_CODES)
    page = (await here.browser.get(PAGE)).text
    assert (page.count(">On<"), "10 recovery codes left" in page) == (1, True)
    assert (await here.browser.get(SETUP)).headers["location"] == f"{PAGE}?done=factor-there"
    again = await here.browser.post(SETUP, data=fields | {"password": PASSWORD, "code": code})
    assert again.headers["location"] == f"{PAGE}?done=factor-there"
    assert await told(here, "account:second_factor:added") == [""]


async def test_signing_in_takes_the_code_as_well_and_goes_on_to_the_request(here: World) -> None:
    app = await set_up(here)
    here.browser.cookies.clear()
    client_id = (await here.register())["client_id"]
    request = way_back(await here.ask(client_id))
    fields = await half_in(here, next=request)
    assert (await here.browser.get("/account")).status_code == 303
    wrong = await enter(here, fields, "000000")
    assert (wrong.status_code, "not right" in wrong.text) == (401, True)
    entered = await enter(here, fields, app.next())
    assert (entered.status_code, entered.headers["location"]) == (303, request)
    assert (await here.browser.get(request)).status_code == 200
    assert (await enter(here, fields, app.next())).status_code == 403
    assert "second factor" in await told(here, "account:login:failed")


async def test_a_code_is_taken_once_by_one_of_those_who_bring_it(here: World) -> None:
    app = await set_up(here)
    here.browser.cookies.clear()
    fields = await half_in(here)
    assert (await enter(here, fields, app.code())).status_code == 401  # the one that it was set up with
    one, other = await half_in(here), await half_in(here)
    code = app.next()
    both = await asyncio.gather(enter(here, one, code), enter(here, other, code))
    assert sorted(each.status_code for each in both) == [303, 401]


async def test_a_code_of_a_step_before_one_that_was_taken_is_refused(here: World) -> None:
    app = await set_up(here)
    here.browser.cookies.clear()
    before = app.next()
    assert (await enter(here, await half_in(here), app.next())).status_code == 303
    here.browser.cookies.clear()
    assert (await enter(here, await half_in(here), before)).status_code == 401


async def test_a_recovery_code_lets_in_once(here: World) -> None:
    app = await set_up(here)
    written = app.recovery[3].upper().replace("-", " ")
    for status in (303, 401):
        here.browser.cookies.clear()
        assert (await enter(here, await half_in(here), written)).status_code == status
    here.browser.cookies.clear()
    assert (await enter(here, await half_in(here), app.recovery[4])).status_code == 303
    assert "8 recovery codes left" in (await here.browser.get(PAGE)).text
    used = [event.detail for event in await events(here) if event.name == "account:recovery_code:used"]
    assert used == [{"left": 9}, {"left": 8}]


async def test_guessing_codes_is_stopped_and_told(here: World) -> None:
    app = await set_up(here)
    here.browser.cookies.clear()
    fields = await half_in(here)
    for number in range(second_factor.MOST_PER_PAIR):
        assert (await enter(here, fields, f"{number:06}")).status_code == 401
    stopped = await enter(here, fields, app.next())
    assert stopped.status_code == 429
    assert 0 < int(stopped.headers["retry-after"]) <= 900
    assert len(await told(here, "account:second_factor:throttled")) == 1
    here.clock.now += 900
    assert (await enter(here, await half_in(here), app.next())).status_code == 303


async def test_the_step_between_is_over_after_ten_minutes_and_with_another_password(here: World) -> None:
    app = await set_up(here)
    here.browser.cookies.clear()
    late = await half_in(here)
    here.clock.now += 600
    gone = await enter(here, late, app.code())
    assert (gone.status_code, "took too long" in gone.text) == (400, True)
    fields = await half_in(here)
    await here.installation.store.write(lambda tx: tx.set_password_hash("account_1", "another"))
    assert (await enter(here, fields, app.next())).status_code == 400
    assert (await here.browser.get("/login/code")).headers["location"] == "/login"


async def test_new_recovery_codes_and_the_end_of_it_take_password_and_code(here: World) -> None:
    app = await set_up(here)
    old = app.recovery[0]
    for page in (f"{SETUP}/codes", f"{SETUP}/off"):
        refused = await fill(here, page, password="wrong wrong wrong", code=app.next())
        assert (refused.status_code, "not your password" in refused.text) == (401, True)
        refused = await fill(here, page, password=PASSWORD, code="000000")
        assert (refused.status_code, "not right" in refused.text) == (401, True)
    renewed = await fill(here, f"{SETUP}/codes", password=PASSWORD, code=app.next())
    fresh = CODES.findall(renewed.text)
    assert (len(fresh), old in fresh) == (10, False)
    assert (await fill(here, f"{SETUP}/off", password=PASSWORD, code=old)).status_code == 401
    off = await fill(here, f"{SETUP}/off", password=PASSWORD, code=fresh[0])
    assert off.headers["location"] == f"{PAGE}?done=factor-off"
    assert (await here.sign_in()).status_code == 303
    for page in (f"{SETUP}/codes", f"{SETUP}/off"):
        assert (await here.browser.get(page)).headers["location"] == f"{PAGE}?done=factor-none"
    assert await told(here, "account:second_factor:removed") == ["by the account"]


async def test_where_it_is_demanded_nobody_is_in_before_it_is_set_up(tmp_path: Path) -> None:
    async with world(tmp_path) as before:
        await before.sign_in()
        session = before.browser.cookies["__Host-consentry"]
    async with certain(tmp_path / "second", second_factor="required", data_dir=tmp_path) as here:
        old = {"Cookie": f"__Host-consentry={session}"}
        assert (await here.client.get("/account", headers=old)).status_code == 303
        asked = await here.sign_in()
        assert (asked.status_code, "set-cookie" in asked.headers) == (200, False)
        app = Authenticator(key_of(asked.text), here, [])
        fields = form_fields(asked.text, "/login/code")
        wrong = await enter(here, fields, "000000")
        assert (wrong.status_code, key_of(wrong.text)) == (401, app.key)
        assert (await here.browser.get("/account")).status_code == 303
        done = await enter(here, fields, app.code())
        assert (done.status_code, len(CODES.findall(done.text))) == (200, 10)
        page = (await here.browser.get(PAGE)).text
        assert (page.count(">On<"), "Switch it off" in page) == (1, False)
        here.browser.cookies.clear()
        assert (await enter(here, await half_in(here), app.next())).status_code == 303


async def test_a_draft_is_good_for_the_account_that_it_was_made_for(here: World) -> None:
    await here.sign_in()
    page = (await here.browser.get(SETUP)).text
    strange = form_fields(page, SETUP)["draft"]
    key = key_of(page)
    await here.sign_in("bob@example.com")
    fields = form_fields((await here.browser.get(SETUP)).text, SETUP)
    for draft in (strange, "00", "zz", ""):
        code = totp.code(key, totp.step_at(here.clock.now))
        refused = await here.browser.post(SETUP, data=fields | {"draft": draft, "password": PASSWORD, "code": code})
        assert refused.headers["location"] == f"{PAGE}?done=again"


async def test_a_reset_of_the_password_does_not_go_around_it(here: World) -> None:
    await set_up(here)
    here.browser.cookies.clear()

    async def give(tx: Transaction) -> str:
        account = await tx.find_account("account_1")
        assert account is not None
        return (await reset.give(tx, account, account_terms(here.installation), here.clock())).reveal()

    token = await here.installation.store.write(give)
    await fill(here, f"/reset-password?token={token}", password=NEW_PASSWORD)
    await half_in(here, password=NEW_PASSWORD)
    assert (await here.browser.get("/account")).status_code == 303


async def test_no_key_and_no_recovery_code_lies_open_in_the_store(here: World) -> None:
    app = await set_up(here)

    async def rows(tx: Transaction) -> str:
        tables = ("second_factors", "recovery_codes", "events", "accounts")
        return str([await tx.db.all(f"SELECT * FROM {table}") for table in tables])  # noqa: S608

    kept = await here.installation.store.read(rows)
    assert str(app.key)[2:-1] not in kept
    assert not any(code in kept for code in app.recovery)
    assert EMAIL in kept
