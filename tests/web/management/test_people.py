"""Every account by the API, for operators: invited, given another plan, shut and opened again."""

from pathlib import Path
from typing import Any

import pytest

from tests.web.mailbox import Mailbox
from tests.web.management.conftest import EVERYWHERE, OPERATOR_EMAIL, Api, furnished
from tests.web.management.described import hold
from tests.web.world import EMAIL, OTHER_EMAIL, PASSWORD, form_fields, no_way_out, world

pytestmark = pytest.mark.anyio


@EVERYWHERE
async def test_accounts_are_listed_in_pages_newest_first_and_searched(api: Api) -> None:
    first = (await api.ask("operator", "GET", "accounts?limit=2")).json()
    second = (await api.ask("operator", "GET", f"accounts?limit=2&cursor={first['next']}")).json()
    found = first["items"] + second["items"]
    assert [one["email"] for one in found] == [OPERATOR_EMAIL, OTHER_EMAIL, EMAIL]
    assert [one["operator"] for one in found] == [True, False, False]
    assert {(one["plan"], one["calls_this_month"]) for one in found} == {("unlimited", 0)}
    assert (await api.ask("operator", "GET", "accounts/account_2")).json() == found[1]
    assert (await api.ask("operator", "GET", "accounts/nobody")).status_code == 404
    assert (await api.ask("operator", "GET", "accounts?search=BOB%40")).json() == {"items": [found[1]]}
    assert (await api.ask("operator", "GET", "accounts?search=%25")).json() == {"items": []}
    for cursor in ("WzFd", "WyJhIiwiYiJd", "WzEsIlx1ZDgwMCJd"):
        assert (await api.ask("operator", "GET", f"accounts?cursor={cursor}")).status_code == 422


@EVERYWHERE
async def test_an_account_that_is_shut_loses_its_tokens_and_what_it_approved_and_gets_none_back(api: Api) -> None:
    _, tokens = await api.here.connect()
    now = api.here.clock()
    shut = await api.ask("operator", "PATCH", "accounts/account_1", json={"disabled": True})
    assert (shut.status_code, shut.json()["disabled_at"]) == (200, now)
    assert (await api.ask("owner", "GET", "account")).status_code == 401
    assert (await api.here.call(tokens["access_token"])).status_code == 401
    opened = await api.ask("operator", "PATCH", "accounts/account_1", json={"disabled": False})
    assert "disabled_at" not in opened.json()
    assert (await api.ask("owner", "GET", "account")).status_code == 401
    assert (await api.here.sign_in()).status_code == 303


async def test_a_plan_holds_from_then_on_and_what_is_proven_stays_so(api: Api) -> None:
    changed = await api.ask("operator", "PATCH", "accounts/account_1", json={"plan": "free", "verified": True})
    assert changed.json()["plan"] == "free"
    assert (await api.ask("owner", "GET", "account/quota")).json()["plan"] == "free"


@pytest.mark.parametrize(
    ("account_id", "body", "status", "sentence"),
    [
        ("account_1", {"plan": "golden"}, 422, "free, pro, unlimited"),
        ("account_1", {"verified": False}, 422, "not taken back"),
        ("account_3", {"disabled": True}, 422, "another operator"),
        ("account_1", {"operator": True}, 400, "There are: plan, disabled, verified"),
        ("account_1", {"email": "mine@example.com"}, 400, "no member email"),
        ("nobody", {"plan": "free"}, 404, "no such account"),
    ],
)
async def test_what_cannot_be_changed_is_said_and_nothing_is(
    api: Api, account_id: str, body: dict[str, Any], status: int, sentence: str
) -> None:
    before = await api.rows()
    response = await api.ask("operator", "PATCH", f"accounts/{account_id}", json=body)
    hold(response, "PATCH", f"accounts/{account_id}")
    assert (response.status_code, sentence in response.json()["detail"]) == (status, True), response.text
    assert await api.rows() == before


async def test_a_deleted_account_is_not_there_any_more(api: Api) -> None:
    await api.here.installation.store.write(lambda tx: tx.erase_account("account_2", api.here.clock()))
    for method, body in (("GET", None), ("PATCH", {"disabled": False})):
        assert (await api.ask("operator", method, "accounts/account_2", json=body)).status_code == 404
    assert "account_2" not in (await api.ask("operator", "GET", "accounts")).text


async def test_an_invitation_makes_an_account_once(api: Api) -> None:
    made = await api.ask("operator", "POST", "invitations", json={"email": "grace@example.org"})
    assert (made.status_code, made.json()["expires_at"]) == (201, api.here.clock() + 7 * 86_400)
    url = made.json()["url"]
    browser = api.here.browser
    page = await browser.get(url)
    fields = form_fields(page.text, "/verify-email") | {"name": "Grace", "password": PASSWORD}
    assert (await browser.post("/verify-email", data=fields)).status_code == 303
    emails = [one["email"] for one in (await api.ask("operator", "GET", "accounts")).json()["items"]]
    assert "grace@example.org" in emails
    again = await api.ask("operator", "POST", "invitations", json={"email": "GRACE@example.org"})
    assert again.status_code == 409


async def test_an_invitation_is_mailed_where_that_is_asked_for(tmp_path: Path) -> None:
    mailbox = Mailbox()
    async with world(tmp_path, no_way_out, mailbox) as here:
        api = await furnished(here)
        body: dict[str, Any] = {"email": "grace@example.org"}
        await api.ask("operator", "POST", "invitations", json=body)
        assert await mailbox.brought(here) == []
        made = (await api.ask("operator", "POST", "invitations", json=body | {"mail": True})).json()
        assert made["url"] in (await mailbox.one(here, "grace@example.org")).text


@EVERYWHERE
async def test_an_invitation_that_is_taken_back_does_nothing_any_more(api: Api) -> None:
    made = (await api.ask("operator", "POST", "invitations", json={"email": "grace@example.org"})).json()
    listed = await api.ask("operator", "GET", "invitations")
    assert made["url"].partition("token=")[2] not in listed.text
    (one,) = listed.json()["items"]
    assert (one["email"], one["expires_at"]) == ("grace@example.org", made["expires_at"])
    assert (await api.ask("operator", "DELETE", f"invitations/{one['id']}")).status_code == 204
    assert (await api.here.browser.get(made["url"])).status_code == 400
    for gone in (one["id"], "nothing"):
        assert (await api.ask("operator", "DELETE", f"invitations/{gone}")).status_code == 404
    assert (await api.ask("operator", "GET", "invitations")).json() == {"items": []}


@EVERYWHERE
async def test_invitations_come_in_pages_youngest_first(api: Api) -> None:
    emails = [f"grace{number}@example.org" for number in range(3)]
    for email in emails:
        await api.ask("operator", "POST", "invitations", json={"email": email})
        api.here.clock.now += 1
    first = (await api.ask("operator", "GET", "invitations?limit=2")).json()
    second = (await api.ask("operator", "GET", f"invitations?limit=2&cursor={first['next']}")).json()
    assert [one["email"] for one in first["items"] + second["items"]] == emails[::-1]
    assert "next" not in second


@pytest.mark.parametrize("body", [{"email": "grace"}, {"email": "g@a.example", "mail": True}])
async def test_who_cannot_be_invited_is_said(api: Api, body: dict[str, Any]) -> None:
    response = await api.ask("operator", "POST", "invitations", json=body)
    hold(response, "POST", "invitations")
    assert response.status_code == 422


async def test_where_signing_up_is_closed_nobody_is_invited(tmp_path: Path) -> None:
    async with world(tmp_path, signup="closed") as here:
        api = await furnished(here)
        response = await api.ask("operator", "POST", "invitations", json={"email": "grace@example.org"})
        assert (response.status_code, "closed" in response.json()["detail"]) == (422, True)
