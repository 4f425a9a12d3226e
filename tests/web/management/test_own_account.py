"""The account itself by the API: its browsers are signed out, its tokens revoked, all about it is taken away."""

import pytest

from tests.web.management.conftest import EVERYWHERE, Api
from tests.web.world import EMAIL

pytestmark = pytest.mark.anyio


@EVERYWHERE
async def test_browsers_are_listed_and_signed_out_one_by_one_and_all(api: Api) -> None:
    here = api.here
    await here.sign_in()
    cookie = next(iter(here.browser.cookies.values()))
    here.browser.cookies.clear()
    here.clock.now += 1
    await here.sign_in()
    listed = await api.ask("owner", "GET", "account/sessions")
    newest, older = listed.json()["items"]
    assert (newest["created_at"] - older["created_at"], newest["network"]) == (1, "192.0.2.7")
    assert cookie not in listed.text
    assert (await here.browser.get("/account")).status_code == 200
    assert (await api.ask("another", "DELETE", f"account/sessions/{newest['id']}")).status_code == 404
    assert (await api.ask("owner", "DELETE", f"account/sessions/{newest['id']}")).status_code == 204
    assert (await here.browser.get("/account")).status_code == 303
    assert (await api.ask("owner", "DELETE", "account/sessions")).status_code == 204
    assert (await api.ask("owner", "GET", "account/sessions")).json() == {"items": []}
    for unknown in ("nothing", older["id"]):
        assert (await api.ask("owner", "DELETE", f"account/sessions/{unknown}")).status_code == 404


async def test_tokens_are_listed_without_themselves_and_revoked_the_asking_one_too(api: Api) -> None:
    asking = await api.token("owner", "account:write", label="Asks")
    listed = await api.ask("owner", "GET", "account/tokens", token=asking)
    assert {one["label"] for one in listed.json()["items"]} == {"Asks", "A test"}
    assert asking not in listed.text
    named = {one["label"]: one["id"] for one in listed.json()["items"]}
    assert (await api.ask("another", "DELETE", f"account/tokens/{named['Asks']}")).status_code == 404
    for label, status in (("A test", 204), ("A test", 404), ("Asks", 204), ("Asks", 401)):
        answer = await api.ask("owner", "DELETE", f"account/tokens/{named[label]}", token=asking)
        assert answer.status_code == status
    assert (await api.ask("owner", "GET", "account")).status_code == 401


@EVERYWHERE
async def test_everything_about_the_account_is_taken_away_and_nothing_of_others(api: Api) -> None:
    await api.here.connect()
    token = await api.token("owner", "account:export")
    taken = await api.ask("owner", "GET", "account/export", token=token)
    found = taken.json()
    assert (found["account"]["email"], len(found["connections"])) == (EMAIL, 1)
    assert {one["slug"] for one in found["deployments"]} == {"reminders", "textkit"}
    assert token not in taken.text
    assert "bob@example.com" not in taken.text
    assert (
        await api.ask("owner", "GET", "account/export", token=await api.token("owner", "account:read"))
    ).status_code == 403
