"""Somebody else was in: whatever they left is ended by who holds the old address, or by who knows the password."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from threading import Event
from typing import Any

import httpx2
import pytest
from argon2 import PasswordHasher

from consentry.grants import eviction
from consentry.spec.retrieval import Bounds, Fetched, Unfetched
from consentry.store.sql import Transaction
from tests.gateway.serving import BOUND_SECONDS
from tests.stores import BOTH, settings
from tests.web.mailbox import LINK, Mailbox
from tests.web.test_membership import NEW, NEW_PASSWORD, fill
from tests.web.test_security import another_browser, asked, press, signed_in
from tests.web.world import EMAIL, OTHER_EMAIL, PASSWORD, REDIRECT_URI, World, form_fields, no_way_out, world

pytestmark = pytest.mark.anyio

DOCUMENT = "https://client.example/oauth/client.json"
PAGE = "/account/security"
SHUT_OUT = f"{PAGE}/shut-out"


@pytest.fixture(params=BOTH)
async def here(request: pytest.FixtureRequest, tmp_path: Path, mailbox: Mailbox) -> AsyncIterator[World]:
    chosen: dict[str, Any] = await settings(request, tmp_path)
    async with world(tmp_path, no_way_out, mailbox, **chosen) as built:
        yield built


def secret(page: httpx2.Response, kind: str) -> str:
    """Shown this once."""
    return page.text.split(f'id="fresh-{kind}">')[1].split("<")[0]


class Left:
    """What somebody with the password has left in an account."""

    def __init__(self, here: World) -> None:
        self.here = here

    async def leave(self) -> "Left":
        self.client_id, self.tokens = await self.here.connect()
        self.code = await self.here.approve(self.client_id)  # not exchanged yet
        made = await fill(
            self.here, "/account/tokens", **{"deployments:write": "1", "password": PASSWORD, "life": "never"}
        )
        self.personal = secret(made, "token")
        keyed = await fill(self.here, "/account/keys", deployment="textkit", life="never")
        self.key = secret(keyed, "key")
        assert await self.works() == [True] * 4
        return self

    async def works(self) -> list[bool]:
        here = self.here
        bearer = {"Authorization": f"Bearer {self.personal}"}
        refreshed = await here.refresh(self.client_id, self.tokens["refresh_token"])
        if refreshed.status_code == 200:
            self.tokens = refreshed.json()
        return [
            (await here.call(self.tokens["access_token"])).status_code != 401,
            refreshed.status_code == 200,
            (await here.client.get("/api/v1/deployments", headers=bearer)).status_code == 200,
            (await here.call(self.key, "textkit")).status_code != 401,
        ]


async def keep(here: World, link: str, **pressed: str) -> str:
    shown = await here.browser.get(link)
    assert "somebody knows your password" in shown.text
    fields = form_fields(shown.text, "/account/keep-email")
    return (await here.browser.post("/account/keep-email", data=fields | pressed)).text


@pytest.mark.proves("C27")
async def test_who_keeps_the_old_address_shuts_out_whoever_asked_for_the_new_one(here: World, mailbox: Mailbox) -> None:
    left = await Left(here).leave()
    await mailbox.brought(here)
    _confirm, link = await asked(here, mailbox)
    another = await another_browser(here)
    said = await keep(here, link, end="everything")
    assert "everybody is out" in said
    assert await left.works() == [False] * 4
    assert not await signed_in(here, another)
    assert (await here.exchange(left.client_id, left.code)).json()["error"] == "invalid_grant"
    assert (await here.sign_in()).status_code == 401  # nor does the password open anything
    letters = [one for one in await mailbox.brought(here) if one.to == EMAIL and "token=" in one.text]
    (url,) = [url for one in letters for url in LINK.findall(one.text)]
    reset = url.removeprefix(here.installation.addresses.origin)
    assert (await fill(here, reset, password=NEW_PASSWORD)).status_code == 303
    assert (await here.sign_in(password=NEW_PASSWORD)).status_code == 303


async def test_who_took_the_address_already_is_shut_out_all_the_same(here: World, mailbox: Mailbox) -> None:
    await here.sign_in()
    confirm, link = await asked(here, mailbox)
    fields = form_fields((await here.browser.get(confirm)).text, "/account/keep-email")
    await here.browser.post("/account/keep-email", data=fields)
    await mailbox.brought(here)
    await keep(here, link, end="everything")
    assert (await here.sign_in(NEW)).status_code == 401
    told = {one.to for one in await mailbox.brought(here) if "token=" in one.text}
    assert told == {EMAIL}


@pytest.mark.proves("C27")
async def test_who_moves_an_account_twice_does_not_take_its_first_owners_way_back(
    here: World, mailbox: Mailbox
) -> None:
    """By the link that was written to the mailbox in between, which is the thief's own."""
    await here.sign_in()
    confirm, link = await asked(here, mailbox)
    await press(here, confirm)
    await mailbox.brought(here)
    await fill(here, f"{PAGE}/email", new_email="mallory@example.net", password=PASSWORD)
    (between,) = [LINK.findall(one.text)[0] for one in await mailbox.brought(here) if one.to == NEW]
    between = between.removeprefix(here.installation.addresses.origin)
    assert "stays yours" in (await press(here, between)).text
    assert "stays yours" in (await press(here, link)).text
    assert (await here.sign_in()).status_code == 303
    assert (await here.browser.get(between)).status_code == 400


async def test_who_keeps_an_address_ends_the_ways_back_to_those_after_it(here: World, mailbox: Mailbox) -> None:
    await here.sign_in()
    confirm, link = await asked(here, mailbox)
    await press(here, confirm)
    await mailbox.brought(here)
    await fill(here, f"{PAGE}/email", new_email="mallory@example.net", password=PASSWORD)
    (between,) = [LINK.findall(one.text)[0] for one in await mailbox.brought(here) if one.to == NEW]
    await press(here, link)
    assert (await here.browser.get(between)).status_code == 400
    assert (await here.sign_in()).status_code == 303


async def test_who_only_keeps_the_address_loses_nothing_else(here: World, mailbox: Mailbox) -> None:
    left = await Left(here).leave()
    await mailbox.brought(here)
    _confirm, link = await asked(here, mailbox)
    assert "stays yours" in await keep(here, link)
    assert await left.works() == [True] * 4
    assert (await here.sign_in()).status_code == 303


async def test_the_link_for_a_new_address_shuts_nobody_out(here: World, mailbox: Mailbox) -> None:
    await here.sign_in()
    confirm, _link = await asked(here, mailbox)
    fields = form_fields((await here.browser.get(confirm)).text, "/account/keep-email")
    answer = await here.browser.post("/account/keep-email", data=fields | {"end": "everything"})
    assert "is changed" in answer.text
    assert (await here.sign_in(NEW)).status_code == 303


@pytest.mark.proves("C27")
async def test_whoever_is_in_and_knows_the_password_ends_all_else(here: World) -> None:
    left = await Left(here).leave()
    another = await another_browser(here)
    shown = await here.browser.get(SHUT_OUT)
    assert "1 other browser, 1 personal access token and 2 connections" in shown.text
    for fields, status, sentence in (
        ({"password": ""}, 400, "Enter your password"),
        ({"password": "wrong wrong wrong"}, 401, "not your password"),
        ({"password": PASSWORD, "csrf": "00"}, 403, "out of date"),
    ):
        refused = await fill(here, SHUT_OUT, **fields)
        assert (refused.status_code, sentence in refused.text) == (status, True)
    assert await left.works() == [True] * 4
    ended = await fill(here, SHUT_OUT, password=PASSWORD)
    assert ended.headers["location"] == f"{PAGE}?done=shut-out"
    assert "Now set a new password" in (await here.browser.get(ended.headers["location"])).text
    assert await left.works() == [False] * 4
    assert (await here.exchange(left.client_id, left.code)).json()["error"] == "invalid_grant"
    assert not await signed_in(here, another)
    assert (await here.browser.get(PAGE)).status_code == 200


async def test_nobody_elses_things_end_with_it(here: World) -> None:
    await here.sign_in(OTHER_EMAIL)
    other = {"Cookie": f"__Host-consentry={here.browser.cookies['__Host-consentry']}"}
    page = await here.browser.get("/account/tokens")
    made = {"deployments:read": "1", "password": PASSWORD, "life": "never"}
    await here.browser.post("/account/tokens", data=form_fields(page.text, "/account/tokens") | made)
    here.browser.cookies.clear()
    await here.sign_in()
    await fill(here, SHUT_OUT, password=PASSWORD)
    assert await signed_in(here, other)

    async def tokens(tx: Transaction) -> int:
        return len(await tx.list_personal_tokens("account_2"))

    assert await here.installation.store.read(tokens) == 1


class Slow:
    """A look at a password that takes until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go = Event(), Event()
        verify = PasswordHasher.verify

        def slowly(hasher: PasswordHasher, *given: Any) -> bool:
            self.begun.set()
            assert self.go.wait(BOUND_SECONDS)
            return verify(hasher, *given)

        monkeypatch.setattr(PasswordHasher, "verify", slowly)

    async def during(self, sending: Awaitable[httpx2.Response], act: Callable[[], Awaitable[None]]) -> httpx2.Response:
        task = asyncio.ensure_future(sending)
        assert await asyncio.to_thread(self.begun.wait, BOUND_SECONDS)
        await act()
        self.go.set()
        return await task


@pytest.mark.proves("C27")
@pytest.mark.parametrize(
    ("page", "fields"),
    [
        (f"{PAGE}/password", {"new_password": NEW_PASSWORD}),
        (f"{PAGE}/email", {"new_email": NEW}),
        (f"{PAGE}/delete", {}),
        (f"{PAGE}/shut-out", {}),
        ("/account/tokens", {"deployments:write": "1", "life": "never"}),
    ],
)
async def test_what_waits_for_its_password_while_somebody_is_shut_out_does_nothing(
    tmp_path: Path, mailbox: Mailbox, page: str, fields: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, no_way_out, mailbox) as here:
        await here.sign_in()
        shown = await here.browser.get(page)
        sent = form_fields(shown.text, page) | fields | {"password": PASSWORD}

        before = await all_of(here)
        answer = await Slow(monkeypatch).during(here.browser.post(page, data=sent), lambda: evicted(here))
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/login")
        assert await all_of(here) == before
        assert await mailbox.brought(here) == []


async def evicted(here: World) -> None:
    async def work(tx: Transaction) -> None:
        account = await tx.find_account("account_1")
        assert account is not None
        await eviction.evict(tx, account, None, None, here.clock())

    await here.installation.store.write(work)


async def all_of(here: World) -> str:
    """What somebody could leave in an account."""

    async def work(tx: Transaction) -> str:
        account = await tx.find_account("account_1")
        return str([account, await tx.list_personal_tokens("account_1"), await tx.list_grants(account_id="account_1")])

    return await here.installation.store.read(work)


@pytest.mark.proves("C27")
async def test_an_approval_that_waits_for_a_document_does_not_outlast_its_browser(tmp_path: Path) -> None:
    """Whose document it is decides for how long it is waited for."""
    shut: list[World] = []

    async def fetch(url: str, bounds: Bounds) -> Fetched | Unfetched:
        for here in shut:
            await evicted(here)
        document = {"client_id": DOCUMENT, "redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none"}
        return Fetched(url, "application/json", json.dumps(document).encode(), {})

    async with world(tmp_path, fetch) as here:
        await here.sign_in()
        page = await here.ask(DOCUMENT)
        here.clock.now += 3600  # so that it is asked for anew
        shut.append(here)
        answer = await here.answer(page)
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/login")
