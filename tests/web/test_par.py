"""Pushed authorization requests over HTTP: RFC 9126."""

from base64 import b64encode
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import anyio
import httpx2
import pytest

from tests.web.world import ISSUER, REDIRECT_URI, World, answered, form_fields, way_back, world

pytestmark = pytest.mark.anyio

PREFIX = "urn:ietf:params:oauth:request_uri:"


async def client_of(here: World, **metadata: Any) -> str:
    client_id: str = (await here.register(**metadata))["client_id"]
    return client_id


async def push(here: World, client_id: str, **changes: str | None) -> httpx2.Response:
    return await here.client.post(f"{here.prefix}/par", data=here.request(client_id, **changes))


async def pushed(here: World, client_id: str, **changes: str | None) -> str:
    """The address that a client which pushed its request sends the browser to."""
    response = await push(here, client_id, **changes)
    assert response.status_code == 201, response.text
    query = urlencode({"client_id": client_id, "request_uri": response.json()["request_uri"]})
    return f"{here.prefix}/authorize?{query}"


@pytest.mark.proves("C25")
async def test_a_pushed_request_goes_the_whole_way(here: World) -> None:
    client_id = await client_of(here)
    response = await push(here, client_id, state="pushed")
    assert (response.status_code, response.headers["cache-control"]) == (201, "no-store")
    assert set(response.json()) == {"request_uri", "expires_in"}
    assert response.json()["request_uri"].startswith(PREFIX)
    assert response.json()["expires_in"] == 90
    address = await pushed(here, client_id, state="pushed")
    sent = await here.browser.get(address)
    then = parse_qs(urlsplit(sent.headers["location"]).query)["next"][0]
    assert then == address
    await here.sign_in(next=then)
    page = await here.browser.get(then)
    assert "Reminders" in page.text
    told = answered(await here.answer(page))
    assert (told["state"], told["iss"]) == ("pushed", ISSUER)
    tokens = await here.exchange(client_id, told["code"])
    assert (await here.call(tokens.json()["access_token"])).status_code == 502


@pytest.mark.proves("C25")
async def test_a_person_may_take_an_hour_once_the_browser_is_here(here: World) -> None:
    client_id = await client_of(here)
    address = await pushed(here, client_id)
    here.clock.now += 89
    assert (await here.browser.get(address)).status_code == 303
    here.clock.now += 3500
    await here.sign_in()
    assert "Approve" in (await here.browser.get(address)).text
    page = await here.browser.get(address)
    assert "Approve" in page.text
    here.clock.now += 99
    assert "code" in answered(await here.answer(page))


@pytest.mark.proves("C25")
@pytest.mark.parametrize("late", [90, 5000])
async def test_a_request_that_no_browser_brings_in_time_is_gone(here: World, late: int) -> None:
    address = await pushed(here, await client_of(here))
    await here.sign_in()
    here.clock.now += late
    response = await here.browser.get(address)
    assert (response.status_code, "no longer waiting" in response.text) == (400, True)


@pytest.mark.proves("C25")
async def test_a_request_that_was_opened_does_not_wait_for_ever(here: World) -> None:
    address = await pushed(here, await client_of(here))
    await here.sign_in()
    page = await here.browser.get(address)
    here.clock.now += 3600
    assert (await here.answer(page)).status_code == 400


@pytest.mark.proves("C25", "C8")
@pytest.mark.parametrize("first", ["approve", "deny"])
@pytest.mark.parametrize("second", ["approve", "deny"])
async def test_a_pushed_request_has_one_answer(here: World, first: str, second: str) -> None:
    address = await pushed(here, await client_of(here))
    await here.sign_in()
    page = await here.browser.get(address)
    assert (await here.answer(page, first)).status_code == 303
    again = await here.answer(page, second)
    assert (again.status_code, "location" in again.headers) == (400, False)
    assert "it has your answer" in again.text
    assert (await here.browser.get(address)).status_code == 400


@pytest.mark.proves("C25", "C8")
async def test_of_answers_given_at_once_one_makes_a_code(here: World) -> None:
    page_of = await pushed(here, await client_of(here))
    await here.sign_in()
    page = await here.browser.get(page_of)
    answers: list[int] = []

    async def approve() -> None:
        answers.append((await here.answer(page)).status_code)

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(approve)
    assert sorted(answers) == [303] + [400] * 7


@pytest.mark.proves("C25")
async def test_a_request_is_its_clients_alone(here: World) -> None:
    client_id, other = await client_of(here), await client_of(here, client_name="Other")
    address = await pushed(here, client_id)
    await here.sign_in()
    assert (await here.browser.get(address.replace(client_id, other))).status_code == 400
    assert (await here.browser.get(address.replace(f"client_id={client_id}&", ""))).status_code == 400
    assert (await here.browser.get(address)).status_code == 200


@pytest.mark.proves("C25")
async def test_what_stands_beside_the_request_uri_counts_for_nothing(here: World) -> None:
    client_id = await client_of(here, redirect_uris=[REDIRECT_URI, "https://other.example/cb"])
    address = await pushed(here, client_id)
    await here.sign_in()
    page = await here.browser.get(f"{address}&redirect_uri=https://other.example/cb&state=other&scope=offline_access")
    response = await here.answer(page)
    assert response.headers["location"].startswith(REDIRECT_URI)
    assert answered(response)["state"] == "st"


@pytest.mark.proves("C25")
async def test_the_approval_of_one_pushed_request_is_none_for_another(here: World) -> None:
    client_id = await client_of(here)
    one, other = await pushed(here, client_id), await pushed(here, client_id)
    await here.sign_in()
    page = await here.browser.get(one)
    query = urlsplit(other).query
    assert (await here.answer(page, request=query)).status_code == 403


@pytest.mark.proves("C25", "C6", "C7")
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"request_uri": f"{PREFIX}x"}, "invalid_request"),
        ({"request": "x.y.z"}, "request_not_supported"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
        ({"redirect_uri": f"{REDIRECT_URI}/"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"resource": "https://elsewhere.example/mcp"}, "invalid_target"),
        ({"resource": None}, "invalid_target"),
        ({"scope": 'mcp "'}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
    ],
)
async def test_what_authorize_would_refuse_is_refused_when_it_is_pushed(
    here: World, changes: dict[str, str | None], error: str
) -> None:
    response = await push(here, await client_of(here), **changes)
    assert (response.status_code, response.json()["error"]) == (400, error)
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.proves("C25", "C6")
async def test_a_repeated_parameter_is_refused_when_it_is_pushed(here: World) -> None:
    client_id = await client_of(here)
    body = f"{urlencode(here.request(client_id))}&state=other"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = await here.client.post("/par", content=body.encode(), headers=headers)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


@pytest.mark.proves("C25", "D14")
async def test_a_client_proves_itself_as_at_the_token_endpoint(here: World) -> None:
    made = await here.register(token_endpoint_auth_method="client_secret_basic")
    client_id, secret = made["client_id"], made["client_secret"]
    for asked, changes in ((client_id, {}), (client_id, {"client_secret": "wrong"}), ("client_gone", {})):
        response = await push(here, asked, **changes)
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert (await push(here, client_id, client_secret=secret)).status_code == 201
    header = {"Authorization": "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()}
    form = here.request(client_id)
    del form["client_id"]
    response = await here.client.post("/par", data=form, headers=header)
    assert response.status_code == 201
    await here.sign_in()
    query = urlencode({"client_id": client_id, "request_uri": response.json()["request_uri"]})
    assert "Approve" in (await here.browser.get(f"/authorize?{query}")).text


@pytest.mark.proves("C25", "C2")
async def test_a_loopback_port_may_vary_when_it_is_pushed(here: World) -> None:
    client_id = await client_of(here, redirect_uris=["http://127.0.0.1/cb"])
    address = await pushed(here, client_id, redirect_uri="http://127.0.0.1:4711/cb")
    await here.sign_in()
    response = await here.answer(await here.browser.get(address))
    assert response.headers["location"].startswith("http://127.0.0.1:4711/cb?")


@pytest.mark.proves("C19", "C25")
@pytest.mark.parametrize("asked", [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "60"}])
async def test_a_pushed_request_may_ask_for_a_fresh_sign_in_once(here: World, asked: dict[str, str]) -> None:
    await here.sign_in()
    here.clock.now += 100
    address = await pushed(here, await client_of(here), **asked)
    for _ in range(2):  # it is not enough to come again
        address = way_back(await here.browser.get(address))
    here.clock.now += 5
    await here.sign_in(next=address)
    assert "Approve" in (await here.browser.get(address)).text


@pytest.mark.proves("C20", "C25")
async def test_a_pushed_request_may_be_silent(here: World) -> None:
    address = await pushed(here, await client_of(here), prompt="none")
    assert answered(await here.browser.get(address))["error"] == "login_required"


@pytest.mark.parametrize("name", ["", "x", "cy_pr_" + "0" * 49, "cy_at_" + "0" * 49, "é"])
async def test_an_invented_request_uri_stops_on_a_page(here: World, name: str) -> None:
    await here.sign_in()
    query = urlencode({"client_id": await client_of(here), "request_uri": f"{PREFIX}{name}"})
    response = await here.browser.get(f"/authorize?{query}")
    assert (response.status_code, "location" in response.headers) == (400, False)
    assert "no longer waiting" in response.text


@pytest.mark.proves("C19")
async def test_a_request_uri_of_another_kind_is_not_supported(here: World) -> None:
    await here.sign_in()
    told = answered(await here.ask(await client_of(here), request_uri="https://client.example/request.jwt"))
    assert told["error"] == "request_uri_not_supported"


@pytest.mark.proves("D26")
async def test_neither_the_name_nor_the_credentials_of_a_pushed_request_are_kept(here: World) -> None:
    made = await here.register(token_endpoint_auth_method="client_secret_post")
    response = await push(here, made["client_id"], client_secret=made["client_secret"], state="a-state-of-its-own")
    name = response.json()["request_uri"].removeprefix(PREFIX)
    await here.sign_in()
    query = urlencode({"client_id": made["client_id"], "request_uri": f"{PREFIX}{name}"})
    page = await here.browser.get(f"/authorize?{query}")
    rows = await here.installation.store.read(lambda tx: tx.db.all("SELECT * FROM pushed_requests"))
    assert len(rows) == 1
    for text in (name, made["client_secret"], "a-state-of-its-own"):
        assert text not in str(rows[0])
    assert made["client_secret"] not in page.text
    assert form_fields(page.text, "/consent")["request"] == query


@pytest.mark.proves("C25")
async def test_an_operator_may_take_pushed_requests_alone(tmp_path: Any, anyio_backend: str) -> None:
    async with world(tmp_path, require_pushed_authorization_requests=True, pushed_request_ttl=30) as here:
        document = (await here.client.get("/.well-known/oauth-authorization-server")).json()
        assert document["require_pushed_authorization_requests"] is True
        assert document["pushed_authorization_request_endpoint"] == f"{ISSUER}/par"
        client_id = await client_of(here)
        await here.sign_in()
        told = answered(await here.ask(client_id))
        assert (told["error"], told["state"], told["iss"]) == ("invalid_request", "st", ISSUER)
        assert "/par" in told["error_description"]
        assert (await push(here, client_id)).json()["expires_in"] == 30
        page = await here.browser.get(await pushed(here, client_id))
        assert "code" in answered(await here.answer(page))


async def test_pushing_works_below_a_path(below: World) -> None:
    client_id = await client_of(below)
    await below.sign_in()
    page = await below.browser.get(await pushed(below, client_id))
    assert "code" in answered(await below.answer(page))
