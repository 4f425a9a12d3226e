"""Everything about an account, taken away; and the account, deleted with what it had."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from consentry.store.sql import Transaction
from consentry.web.security.pages import PAGES
from tests.builders import deployment
from tests.stores import BOTH, settings
from tests.web.mailbox import Mailbox
from tests.web.test_membership import fill
from tests.web.test_sign_in import events
from tests.web.world import EMAIL, OTHER_EMAIL, PASSWORD, World, form_fields, no_way_out, world

pytestmark = pytest.mark.anyio

PAGE = "/account/security"


@pytest.fixture(params=BOTH)
async def here(request: pytest.FixtureRequest, tmp_path: Path, mailbox: Mailbox) -> AsyncIterator[World]:
    chosen: dict[str, Any] = await settings(request, tmp_path)
    async with world(tmp_path, no_way_out, mailbox, **chosen, signup="open") as built:
        yield built


async def test_an_export_has_all_that_is_ones_own_and_no_secret(here: World) -> None:
    client_id, tokens = await here.connect()
    response = await here.browser.get(f"{PAGE}/export")
    assert response.headers["content-disposition"] == 'attachment; filename="consentry-account.json"'
    assert response.headers["cache-control"] == "no-store"
    found = response.json()
    assert found["account"]["email"] == EMAIL
    assert [one["network"] for one in found["sessions"]] == ["192.0.2.7"]
    (connection,) = found["connections"]
    assert (connection["client_id"], connection["deployment"]) == (client_id, "reminders")
    assert [one["slug"] for one in found["deployments"]] == ["reminders", "textkit"]
    assert {"account:login:succeeded", "grant:code:exchanged"} <= {event["name"] for event in found["events"]}
    assert OTHER_EMAIL not in response.text
    cookie = here.browser.cookies["__Host-consentry"]
    for secret in (cookie, *(tokens[name] for name in ("access_token", "refresh_token")), "argon2"):
        assert secret not in response.text
    await here.sign_in(OTHER_EMAIL)
    other = (await here.browser.get(f"{PAGE}/export")).json()
    assert (other["connections"], other["deployments"]) == ([], [])
    assert client_id not in json.dumps(other)


async def test_a_deleted_account_takes_everything_along_and_leaves_events_of_nobody(
    here: World, mailbox: Mailbox
) -> None:
    _, tokens = await here.connect()
    await here.sign_in(OTHER_EMAIL)
    guest = await here.register()
    others = (await here.exchange(guest["client_id"], await approved_by_other(here, guest["client_id"]))).json()
    await mailbox.brought(here)
    here.browser.cookies.clear()
    await here.sign_in()
    others_own = replace(deployment(), id="d_3", slug="others", owner_id="account_2")

    async def invited(tx: Transaction) -> None:
        await tx.add_deployment(others_own)
        await tx.invite("d_3", EMAIL, EMAIL, here.clock())

    await here.installation.store.write(invited)
    page = (await here.browser.get(f"{PAGE}/delete")).text
    assert "with 1 connection of applications" in page
    assert "(Reminders, Text kit) and 1 connection that others have" in page
    refused = await fill(here, f"{PAGE}/delete", password="wrong wrong wrong")
    assert (refused.status_code, "not your password" in refused.text) == (401, True)
    gone = await fill(here, f"{PAGE}/delete", password=PASSWORD)
    assert (gone.status_code, "is deleted" in gone.text) == (200, True)
    assert "is deleted" in (await mailbox.one(here, EMAIL)).subject
    assert (await here.browser.get(PAGE)).status_code == 303
    assert (await here.call(tokens["access_token"])).status_code in {401, 404}
    assert (await here.call(others["access_token"], "textkit")).status_code in {401, 404}
    assert (await here.sign_in()).status_code == 401

    async def kept(tx: Transaction) -> str:
        tables = ("accounts", "grants", "events", "letters", "links", "deployments", "invitations")
        return str([[tuple(row) for row in await tx.db.all(f"SELECT * FROM {table}")] for table in tables])  # noqa: S608

    assert EMAIL not in await here.installation.store.read(kept)
    assert [one.email for one in await here.installation.store.read(lambda tx: tx.list_accounts())] == [OTHER_EMAIL]
    told = [event for event in await events(here) if event.account_id == "account_1"]
    assert {"account:login:succeeded", "grant:grant:ended", "account:account:deleted"} <= {event.name for event in told}
    assert "account deleted" in [event.reason for event in told]


async def approved_by_other(here: World, client_id: str) -> str:
    """The other account lets an application in to a deployment of the first's."""
    page = await here.ask(client_id, resource=here.other_resource)
    return (await here.answer(page)).headers["location"].split("code=")[1].split("&")[0]


async def test_the_address_of_a_deleted_account_is_free_for_somebody_new(here: World, mailbox: Mailbox) -> None:
    await here.sign_in()
    await fill(here, f"{PAGE}/delete", password=PASSWORD)
    await mailbox.brought(here)
    await fill(here, "/signup", email=EMAIL)
    await fill(here, await mailbox.link(here, EMAIL), password="tavo kilu remi dasu")
    page = await here.browser.get("/account")
    assert (page.status_code, "No application is connected" in page.text) == (200, True)
    assert (await here.browser.get(f"{PAGE}/export")).json()["account"]["id"] != "account_1"


async def test_an_id_that_was_left_is_no_address_to_sign_in_with(here: World) -> None:
    await here.sign_in()
    await fill(here, f"{PAGE}/delete", password=PASSWORD)
    assert (await here.sign_in("account_1", "")).status_code == 400
    assert (await here.sign_in("account_1", PASSWORD)).status_code == 401

    async def again(tx: Transaction) -> tuple[bool, bool]:
        return await tx.erase_account("account_1", 5), await tx.enable_account("account_1")

    assert await here.installation.store.write(again) == (False, False)


async def test_no_page_of_these_is_anybodys_but_ones_own(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        inside = [(path, method) for path, _, method in PAGES if path.startswith("account/security")]
        assert len(inside) >= 15
        for path, method in inside:
            led = await here.browser.request(method, f"/{path}", data={"csrf": "00"} if method == "POST" else None)
            assert led.headers["location"].startswith("/login?next=%2Faccount%2Fsecurity"), path
        await here.sign_in()
        for path, method in inside:
            if method == "POST":
                response = await here.browser.post(f"/{path}", data={"csrf": "00", "password": PASSWORD})
                assert response.status_code == 403, path
        page = (await here.browser.get(PAGE)).text
        elsewhere = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        fields = form_fields(page, "/logout") | {"password": PASSWORD}
        assert (await here.browser.post(f"{PAGE}/delete", data=fields, headers=elsewhere)).status_code == 403
        assert (await here.browser.get(PAGE)).status_code == 200
