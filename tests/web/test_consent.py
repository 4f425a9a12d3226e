"""The person's answer: only a form that we showed, sent from here, by this browser, about this very request."""

import pytest

from consentry.store.sql import Transaction
from tests.web.world import EMAIL, ISSUER, REDIRECT_URI, World, answered, form_fields

pytestmark = pytest.mark.anyio


async def asked(here: World, **metadata: object) -> str:
    client_id: str = (await here.register(**metadata))["client_id"]
    await here.sign_in()
    return client_id


@pytest.mark.proves("C4", "C5", "C10")
async def test_approve_answers_with_code_state_and_issuer(here: World) -> None:
    client_id = await asked(here)
    response = await here.answer(await here.ask(client_id, state="ünï/+ c%20d"))
    assert response.status_code == 303
    assert response.headers["location"].startswith(f"{REDIRECT_URI}?")
    told = answered(response)
    assert set(told) == {"code", "state", "iss"}
    assert (told["state"], told["iss"]) == ("ünï/+ c%20d", ISSUER)


@pytest.mark.proves("C5")
async def test_deny_tells_the_client_and_makes_nothing(here: World) -> None:
    client_id = await asked(here)
    told = answered(await here.answer(await here.ask(client_id), "deny"))
    assert (told["error"], told["state"], told["iss"]) == ("access_denied", "st", ISSUER)

    async def codes(tx: Transaction) -> int:
        row = await tx.db.one("SELECT count(*) FROM codes")
        return int(row[0]) if row else -1

    assert await here.installation.store.read(codes) == 0


@pytest.mark.proves("C14")
async def test_the_page_says_who_what_where_and_as_whom(here: World) -> None:
    client_id = await asked(here, client_name="Claude")
    page = (await here.ask(client_id)).text.replace("<wbr>", "")
    for shown in ("Claude", "client.example", REDIRECT_URI, "Reminders", here.resource, EMAIL, "mcp"):
        assert shown in page, shown


@pytest.mark.proves("C15")
async def test_an_answer_to_loopback_is_warned_about_whatever_else_the_client_registered(here: World) -> None:
    client_id = await asked(here, redirect_uris=[REDIRECT_URI, "http://127.0.0.1/cb"])
    page = (await here.ask(client_id, redirect_uri="http://127.0.0.1:1234/cb")).text
    assert "could claim this name" in page
    assert "could claim this name" not in (await here.ask(client_id)).text


@pytest.mark.proves("C15")
async def test_a_client_on_loopback_is_warned_about(here: World) -> None:
    client_id = await asked(here, redirect_uris=["http://127.0.0.1/cb"])
    page = (await here.ask(client_id, redirect_uri="http://127.0.0.1:1234/cb")).text
    assert "could claim this name" in page
    other = await asked(here)
    assert "could claim this name" not in (await here.ask(other)).text


@pytest.mark.proves("C16")
async def test_an_approval_never_stands_in_for_the_next(here: World) -> None:
    client_id = await asked(here)
    await here.approve(client_id)
    again = await here.ask(client_id)
    assert (again.status_code, "Approve" in again.text) == (200, True)


@pytest.mark.proves("C13")
@pytest.mark.parametrize("csrf", ["", "00" * 32, "not hex", "é"])
async def test_a_form_without_its_proof_does_nothing(here: World, csrf: str) -> None:
    client_id = await asked(here)
    response = await here.answer(await here.ask(client_id), csrf=csrf)
    assert (response.status_code, "location" in response.headers) == (403, False)


@pytest.mark.proves("C13")
async def test_the_proof_for_one_request_is_none_for_another(here: World) -> None:
    client_id = await asked(here)
    one = await here.ask(client_id)
    other = form_fields((await here.ask(client_id, state="other")).text, "/consent")
    assert (await here.answer(one, request=other["request"])).status_code == 403


@pytest.mark.proves("C13")
async def test_the_proof_of_one_browser_is_none_for_another(here: World) -> None:
    client_id = await asked(here)
    page = await here.ask(client_id)
    here.browser.cookies.clear()
    await here.sign_in()
    assert (await here.answer(page)).status_code == 403


@pytest.mark.proves("C13")
@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
)
async def test_a_form_sent_from_elsewhere_does_nothing(here: World, headers: dict[str, str]) -> None:
    client_id = await asked(here)
    page = await here.ask(client_id)
    here.browser.headers.update(headers)
    assert (await here.answer(page)).status_code == 403


async def test_a_page_loaded_twice_stays_good(here: World) -> None:
    client_id = await asked(here)
    first = await here.ask(client_id)
    await here.ask(client_id)
    assert (await here.answer(first)).status_code == 303


async def test_a_session_that_ended_meanwhile_leads_to_signing_in(here: World) -> None:
    client_id = await asked(here)
    page = await here.ask(client_id)
    here.clock.now += 13 * 3600
    response = await here.answer(page)
    assert response.status_code == 303
    assert response.headers["location"].startswith("/login?next=%2Fauthorize")


async def test_a_decision_that_is_none_does_nothing(here: World) -> None:
    client_id = await asked(here)
    assert (await here.answer(await here.ask(client_id), "perhaps")).status_code == 400


@pytest.mark.proves("C11", "C12", "C23")
async def test_pages_cannot_be_framed_kept_or_leak_their_address(here: World) -> None:
    client_id = await asked(here)
    for page in (await here.ask(client_id), await here.browser.get("/login"), await here.browser.get("/authorize")):
        policy = page.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "form-action" not in policy
        assert "default-src 'none'" in policy
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"


@pytest.mark.proves("C27")
async def test_a_person_sees_what_is_connected_and_ends_it(here: World) -> None:
    _, tokens = await here.connect(client_name="Marvin")
    page = await here.browser.get("/account")
    assert "Marvin" in page.text
    fields = form_fields(page.text, "/account/disconnect")
    response = await here.browser.post("/account/disconnect", data=fields)
    assert (response.status_code, response.headers["location"]) == (303, "/account?ended=1")
    assert (await here.call(tokens["access_token"])).status_code == 401
    assert "Marvin" not in (await here.browser.get("/account")).text


async def test_the_account_page_says_where_each_application_really_is_and_until_when(here: World) -> None:
    uris = ["https://claude.ai/api/mcp/auth_callback", "http://127.0.0.1:7777/cb"]
    client_id = (await here.register(client_name="Claude", redirect_uris=uris))["client_id"]
    code = await here.approve(client_id, redirect_uri=uris[1])
    assert (await here.exchange(client_id, code, redirect_uri=uris[1])).status_code == 200
    page = (await here.browser.get("/account")).text
    assert "127.0.0.1:7777" in page
    assert "claude.ai" not in page
    assert "15 April 2027" in page  # ninety days after 15 January


@pytest.mark.proves("C27")
async def test_nobody_ends_what_is_anothers(here: World) -> None:
    _, tokens = await here.connect()
    fields = form_fields((await here.browser.get("/account")).text, "/account/disconnect")
    here.browser.cookies.clear()
    await here.sign_in("bob@example.com")
    own = form_fields((await here.browser.get("/account")).text, "/logout")
    response = await here.browser.post("/account/disconnect", data=own | {"grant_id": fields["grant_id"]})
    assert response.headers["location"] == "/account"
    assert (await here.call(tokens["access_token"])).status_code == 502


@pytest.mark.proves("C27")
async def test_connections_of_one_application_are_folded_and_ended_together(here: World) -> None:
    other = (await here.connect(client_name="Other"))[1]
    here.clock.now += 1  # the newest stand first
    first, second = (await here.connect(client_name="Marvin"))[1], (await here.connect(client_name="Marvin"))[1]
    page = (await here.browser.get("/account")).text
    assert page.count("<bdi>Marvin</bdi>") == 1
    fields = form_fields(page, "/account/disconnect")
    assert set(fields) == {"csrf", "grant_ids"}
    await here.browser.post("/account/disconnect", data=fields)
    statuses = [(await here.call(tokens["access_token"])).status_code for tokens in (first, second, other)]
    assert statuses == [401, 401, 502]
