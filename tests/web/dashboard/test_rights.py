"""Every page and every form, tried by nobody, by another account, by the owner and by an operator."""

from dataclasses import replace
from typing import Literal

import httpx2
import pytest

from consentry.deployments import authority
from consentry.deployments.authority import Person as Asking
from consentry.store.sql import Transaction
from consentry.web.dashboard.routes import ROWS
from consentry.web.dashboard.visiting import Right
from tests.builders import client, deployment
from tests.web.dashboard.conftest import Place
from tests.web.pages.reading import Reading

pytestmark = pytest.mark.anyio

Who = Literal["nobody", "another", "owner", "operator"]
# Written here anew, and not taken from the program: who may.
MAY: dict[Right, set[Who]] = {
    "signed in": {"another", "owner", "operator"},
    "places": {"operator"},
    "manages": {"owner", "operator"},
    "operates": {"operator"},
}
RIGHTS: dict[str, Right] = {
    "dashboard": "signed in",
    "dashboard/new": "places",
    "dashboard/deployments/{slug}": "manages",
    "dashboard/deployments/{slug}/test": "manages",
    "dashboard/deployments/{slug}/pause": "manages",
    "dashboard/deployments/{slug}/resume": "manages",
    "dashboard/deployments/{slug}/invite": "manages",
    "dashboard/deployments/{slug}/uninvite": "manages",
    "dashboard/deployments/{slug}/edit": "manages",
    "dashboard/deployments/{slug}/connect": "manages",
    "dashboard/deployments/{slug}/clients/{client_id}": "manages",
    "dashboard/deployments/{slug}/clients/{client_id}/rotate": "manages",
    "dashboard/deployments/{slug}/clients/{client_id}/end-older": "manages",
    "dashboard/deployments/{slug}/clients/{client_id}/delete": "manages",
    "dashboard/deployments/{slug}/delete": "manages",
    "dashboard/waiting": "operates",
    "dashboard/waiting/approve": "operates",
    "dashboard/waiting/refuse": "operates",
    "dashboard/people": "operates",
    "dashboard/people/withdraw": "operates",
    "dashboard/people/disable": "operates",
    "dashboard/people/enable": "operates",
    "dashboard/deployments/{slug}/log": "manages",
    "dashboard/deployments/{slug}/use": "manages",
    "dashboard/deployments/{slug}/log/csv": "manages",
    "dashboard/deployments/{slug}/log/jsonl": "manages",
    "account/activity": "signed in",
    "account/keys": "signed in",
    "account/keys/revoke": "signed in",
    "account/tokens": "signed in",
    "account/tokens/revoke": "signed in",
}


async def rows(place: Place) -> str:
    async def work(tx: Transaction) -> str:
        tables = ("deployments", "deployment_health", "clients", "grants", "access_tokens", "events", "links")
        return str([await tx.db.all(f"SELECT * FROM {table} ORDER BY 1") for table in tables])  # noqa: S608

    return await place.here.installation.store.read(work)


async def csrf(browser: httpx2.AsyncClient) -> str:
    """The browser's own, from a page that everybody signed in has."""
    page = Reading((await browser.get("/account")).text)
    return next((form.inputs["csrf"]["value"] for form in page.forms if form.action == "/logout"), "00")


def test_every_row_stands_in_this_table_too() -> None:
    assert {row.path: row.right for row in ROWS} == RIGHTS


@pytest.mark.proves("C27")
async def test_each_page_and_form_is_for_those_who_may_and_leaves_no_trace_of_others(place: Place) -> None:
    people: dict[Who, httpx2.AsyncClient] = {
        "nobody": place.nobody.browser,
        "another": place.another.browser,
        "owner": place.owner.browser,
        "operator": place.operator.browser,
    }
    tokens = {who: await csrf(browser) for who, browser in people.items()}
    made = replace(client(), deployment_id="d_2")
    await place.here.installation.store.write(lambda tx: tx.add_client(made))
    for row in ROWS:
        path = "/" + row.path.format(
            slug="textkit", client_id="client_1"
        )  # which another may use, and no more than that
        for who, browser in people.items():
            before = await rows(place)
            if row.method == "GET":
                response = await browser.get(path)
            elif who in MAY[RIGHTS[row.path]]:
                response = await browser.post(path, data={"csrf": "00"})  # what they may do is tried elsewhere
                assert (response.status_code, "out of date" in response.text) == (403, True), (who, path)
                assert await rows(place) == before
                continue
            else:
                response = await browser.post(path, data={"csrf": tokens[who], "slug": "textkit"})
            if who == "nobody":
                assert response.headers["location"].startswith("/login?next="), path
            else:
                expected = 200 if who in MAY[RIGHTS[row.path]] else 404
                assert response.status_code == expected, (who, row.method, path)
            assert await rows(place) == before, (who, row.method, path)


@pytest.mark.proves("C27")
async def test_what_is_anothers_is_told_apart_from_nothing_by_nobody(place: Place) -> None:
    theirs = await place.another.browser.get("/dashboard/deployments/reminders")
    nothing = await place.another.browser.get("/dashboard/deployments/nothing")
    assert (theirs.status_code, nothing.status_code) == (404, 404)

    def said(response: httpx2.Response) -> str:
        return response.text.replace(response.headers["x-request-id"], "")

    assert said(theirs) == said(nothing)


async def test_a_form_from_elsewhere_or_of_another_session_does_nothing(place: Place) -> None:
    own = await csrf(place.owner.browser)
    path = "/dashboard/deployments/reminders/pause"
    for data, headers in (
        ({"csrf": own}, {"Sec-Fetch-Site": "cross-site"}),
        ({"csrf": own}, {"Origin": "https://evil.example"}),
        ({"csrf": await csrf(place.operator.browser)}, {}),
        ({"csrf": ""}, {}),
    ):
        assert (await place.owner.browser.post(path, data=data, headers=headers)).status_code == 403
    assert "Resume" not in (await place.owner.browser.get("/dashboard/deployments/reminders")).text
    assert (await place.owner.browser.post(path, content=b"{}")).status_code == 400


async def test_somebody_who_signs_in_goes_on_to_the_page_they_came_for(place: Place) -> None:
    response = await place.nobody.browser.get("/dashboard/deployments/reminders")
    place.here.browser = place.nobody.browser
    page = Reading((await place.nobody.browser.get(response.headers["location"])).text)
    then = page.forms[0].inputs["next"]["value"]
    assert (await place.here.sign_in(next=then)).headers["location"] == "/dashboard/deployments/reminders"


@pytest.mark.parametrize("then", ["/dashboardx", "/dashboard/../x", "/dashboard//evil.example", "/dashboard?x=1"])
async def test_only_a_plain_page_of_the_dashboard_is_gone_on_to(place: Place, then: str) -> None:
    place.here.browser = place.nobody.browser
    assert (await place.here.sign_in(next=then)).headers["location"] == "/account"


def test_an_owner_manages_what_is_theirs_and_an_operator_everything() -> None:
    owner, another, operator = Asking("account_1", False), Asking("account_2", False), Asking("account_3", True)
    assert [authority.may_manage(who, deployment()) for who in (owner, another, operator)] == [True, False, True]
    assert [authority.may_place(who, "operators") for who in (owner, another, operator)] == [False, False, True]
    assert [authority.may_place(who, "any") for who in (owner, another, operator)] == [True] * 3
    assert [authority.guarded(who) for who in (owner, another, operator)] == [True, True, False]
    assert [authority.owner_seen(who) for who in (owner, operator)] == ["account_1", None]
