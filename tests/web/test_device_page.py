"""The page where a person enters the code of a device: nothing without a gesture, and few guesses. RFC 8628 §5."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consentry.accounts import attempts
from consentry.grants.device import MOST_PER_ACCOUNT, MOST_PER_NETWORK
from consentry.store.sql import Transaction
from tests.strangers import HOST
from tests.web.devices import GRANT_TYPES, Device, answer, ask, device, enter
from tests.web.documented import URL, documented
from tests.web.world import EMAIL, OTHER_EMAIL, World, form_fields

pytestmark = pytest.mark.anyio

WRONG = "ZZZZ-ZZZZ"


@pytest.mark.proves("D20")
async def test_a_person_signs_in_first_and_comes_back_with_the_code(here: World) -> None:
    asking = await device(here)
    address = asking.asked["verification_uri_complete"].removeprefix("https://consentry.example")
    sent = await here.browser.get(address)
    then = parse_qs(urlsplit(sent.headers["location"]).query)["next"][0]
    signed_in = await here.sign_in(next=then)
    assert signed_in.headers["location"] == then
    page = await here.browser.get(then)
    assert f'value="{asking.user_code}"' in page.text


@pytest.mark.proves("D20", "C16")
async def test_a_link_with_the_code_in_it_approves_nothing_and_shows_nothing(here: World) -> None:
    asking = await device(here)
    await here.sign_in()
    page = await here.browser.get(f"/device?user_code={asking.user_code}")
    assert "MCP CLI" not in page.text
    assert "Approve" not in page.text
    assert await asking.error() == "authorization_pending"


@pytest.mark.proves("D20", "C14")
async def test_the_question_says_who_what_whence_and_as_whom(here: World) -> None:
    asking = await device(here)
    await here.sign_in()
    here.clock.now += 90
    page = (await enter(here, asking.user_code)).text.replace("<wbr>", "")
    for shown in ("MCP CLI", "Name not checked", asking.user_code, "192.0.2.7", "2 minutes ago", "Reminders"):
        assert shown in page, shown
    for shown in (here.resource, EMAIL, "mcp", "from the network that you are on", "press Deny"):
        assert shown in page, shown


@pytest.mark.proves("D20")
async def test_a_device_on_another_network_is_told_to_be_so(here: World) -> None:
    transport = httpx2.ASGITransport(here.app, client=("203.0.113.9", 4711))
    async with httpx2.AsyncClient(transport=transport, base_url="https://consentry.example") as elsewhere:
        here.client, mine = elsewhere, here.client
        asking = await device(here)
        here.client = mine
    await here.sign_in()
    page = (await enter(here, asking.user_code)).text
    assert "203.0.113.9" in page
    assert "Another network" in page


@pytest.mark.proves("D20")
@pytest.mark.parametrize("spelling", ["{a}{b}", "{a} {b}", "  {a}-{b}  ", "{a}\u2013{b}"])
async def test_a_code_may_be_typed_in_any_spelling(here: World, spelling: str) -> None:
    asking = await device(here)
    await here.sign_in()
    first, second = asking.user_code.split("-")
    for typed in (spelling.format(a=first, b=second), spelling.format(a=first.lower(), b=second.lower())):
        assert "Approve" in (await enter(here, typed)).text


@pytest.mark.proves("D20")
@pytest.mark.parametrize("typed", ["", "ABCD", "BCDF-GHJ0", "BCDF-GHJKL", "é" * 8, "\0" * 8, "<script>", "B" * 5000])
async def test_what_cannot_be_a_code_is_said_to_be_none_and_counts_for_nothing(here: World, typed: str) -> None:
    await here.sign_in()

    async def counted(tx: Transaction) -> list[int]:
        return [row[0] for row in await tx.db.all("SELECT times FROM attempts WHERE times > 0")]

    before = await here.installation.store.read(counted)  # the sign-in itself
    pages = [await enter(here, typed) for _ in range(MOST_PER_ACCOUNT + 1)]
    assert {page.status_code for page in pages} == {400}
    assert "<script" not in pages[0].text
    assert await here.installation.store.read(counted) == before == [1]


@pytest.mark.proves("D20")
async def test_one_account_gets_few_guesses_and_then_not_even_a_right_one(here: World) -> None:
    asking = await device(here)
    await here.sign_in()
    for _ in range(MOST_PER_ACCOUNT):
        page = await enter(here, WRONG)
        assert (page.status_code, "No device is waiting" in page.text) == (400, True)
    stopped = await enter(here, asking.user_code)
    assert (stopped.status_code, stopped.headers["retry-after"]) == (429, str(attempts.WINDOW_SECONDS))
    assert "Approve" not in stopped.text
    await here.sign_in(OTHER_EMAIL)
    assert (await enter(here, WRONG)).status_code == 400
    told = [event.name for event in await here.installation.store.read(lambda tx: tx.list_events())]
    assert told.count("grant:user_code:throttled") == 1
    assert told.count("grant:user_code:failed") == MOST_PER_ACCOUNT + 1


@pytest.mark.proves("D20")
async def test_one_network_gets_few_guesses_whatever_the_account(here: World) -> None:
    asking = await device(here)
    await here.sign_in()

    async def guessed_by_many(tx: Transaction) -> None:
        for _ in range(MOST_PER_NETWORK):
            await tx.count_attempt(attempts.key("user code", "network", "192.0.2.7"), here.clock.now, 900)

    await here.installation.store.write(guessed_by_many)
    assert (await enter(here, asking.user_code)).status_code == 429
    here.clock.now += attempts.WINDOW_SECONDS
    assert (await enter(here, WRONG)).status_code == 400


@pytest.mark.proves("D20")
async def test_right_codes_are_not_counted(here: World) -> None:
    asking = await device(here)
    await here.sign_in()
    for _ in range(MOST_PER_ACCOUNT + 2):
        assert (await enter(here, asking.user_code)).status_code == 200


@pytest.mark.proves("D20", "C13")
@pytest.mark.parametrize("csrf", ["", "00" * 32, "not hex"])
async def test_a_form_without_its_proof_does_nothing(here: World, csrf: str) -> None:
    asking = await device(here)
    await here.sign_in()
    assert (await enter(here, asking.user_code, csrf=csrf)).status_code == 403
    page = await enter(here, asking.user_code)
    assert (await answer(here, page, csrf=csrf)).status_code == 403
    assert await asking.error() == "authorization_pending"


@pytest.mark.proves("D20", "C13")
async def test_the_proof_for_one_device_is_none_for_another(here: World) -> None:
    one, other = await device(here), await device(here)
    await here.sign_in()
    page = await enter(here, one.user_code)
    request = form_fields((await enter(here, other.user_code)).text, "/device/answer")["request"]
    assert (await answer(here, page, request=request)).status_code == 403
    assert await other.error() == "authorization_pending"


@pytest.mark.proves("D20", "C13")
async def test_a_person_who_was_not_shown_the_device_cannot_answer_for_it(here: World) -> None:
    asking = await device(here)
    await here.sign_in()
    page = await enter(here, asking.user_code)
    here.browser.cookies.clear()
    await here.sign_in(OTHER_EMAIL)
    assert (await answer(here, page)).status_code == 403
    here.browser.headers["Sec-Fetch-Site"] = "cross-site"
    assert (await enter(here, asking.user_code)).status_code == 403


@pytest.mark.proves("D20")
async def test_a_device_is_answered_once(here: World) -> None:
    asking = await device(here)
    await here.sign_in()
    page = await enter(here, asking.user_code)
    await answer(here, page, "deny")
    again = await answer(here, page)
    assert (again.status_code, "answered already" in again.text) == (400, True)
    assert await asking.error() == "access_denied"
    assert "No device is waiting" in (await enter(here, asking.user_code)).text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(max_size=80), query=st.text(max_size=80))
async def test_whatever_is_typed_is_answered_with_a_sentence(here: World, typed: str, query: str) -> None:
    if "__Host-consentry" not in here.browser.cookies:
        await here.sign_in()
    page = await enter(here, typed.encode("utf-8", "replace").decode())
    assert page.status_code in {400, 429}
    form = {"csrf": "00" * 32, "request": query.encode("utf-8", "replace").decode(), "decision": "approve"}
    answered = await here.browser.post("/device/answer", data=form)
    assert answered.status_code in {400, 403}


async def test_a_decision_that_is_none_does_nothing(here: World) -> None:
    asking = await device(here)
    await here.sign_in()
    page = await enter(here, asking.user_code)
    assert (await answer(here, page, "perhaps")).status_code == 400
    assert (await answer(here, page)).status_code == 200


async def test_a_session_that_ended_meanwhile_leads_to_signing_in(here: World) -> None:
    asking = await device(here)
    await here.sign_in()
    page = await enter(here, asking.user_code)
    here.clock.now += 13 * 3600
    sent = await answer(here, page)
    assert sent.headers["location"].startswith("/login?next=%2Fdevice")


@pytest.mark.proves("C11", "C23")
async def test_the_pages_cannot_be_framed_kept_or_leak_their_address(here: World) -> None:
    asking = await device(here)
    await here.sign_in()
    question = await enter(here, asking.user_code)
    for page in (await here.browser.get("/device"), question, await answer(here, question)):
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"


@pytest.mark.proves("C26")
@pytest.mark.parametrize("then", ["/device/answer", "/deviced", "/device#x y", "//device", "/device/../account"])
async def test_signing_in_leads_to_the_page_of_codes_and_nowhere_near_it(here: World, then: str) -> None:
    assert (await here.sign_in(next=then)).headers["location"] == "/account"


@pytest.mark.proves("D20", "B8")
async def test_a_device_of_a_client_with_a_document_is_shown_with_its_host_and_not_believed(
    tmp_path: Path, anyio_backend: str
) -> None:
    async with documented(tmp_path) as there:
        there.publish(grant_types=GRANT_TYPES)
        here = there.here
        response = await ask(here, URL)
        assert response.status_code == 200, response.text
        await here.sign_in()
        page = await enter(here, response.json()["user_code"])
        assert f"<bdi>{HOST}</bdi>" in page.text
        assert "any program on any device can say that it is the one" in page.text
        assert "Address checked" not in page.text
        assert (await answer(here, page)).status_code == 200
        assert (await Device(here, URL, response.json()).poll()).status_code == 200
