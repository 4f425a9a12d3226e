"""The limits of P22 over HTTP, with the numbers as they are for everybody."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx2
import pytest

from consentry.store.sql import Transaction
from tests.stores import BOTH, REDIS, settings
from tests.web.acting import connectable, made
from tests.web.world import EMAIL, PASSWORD, REDIRECT_URI, World, form_fields, world

pytestmark = pytest.mark.anyio

CLAUDE = "160.79.104.9"
ELSEWHERE = "192.0.2.99"
PROXY = "192.0.2.7"  # what the clients of the world come from


@pytest.fixture(params=[*BOTH, *REDIS])
async def here(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    """Behind a proxy, so that requests can come from elsewhere."""
    chosen = await settings(request, tmp_path)
    async with world(tmp_path, **chosen, rate_limits=True, trusted_proxies=[PROXY]) as built:
        yield built


def from_(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


async def register(here: World, **headers: str) -> httpx2.Response:
    body = {"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none"}
    return await here.client.post(f"{here.prefix}/register", json=body, headers=headers)


def slowed(response: httpx2.Response, wait: int) -> None:
    assert (response.status_code, response.headers["retry-after"]) == (429, str(wait))
    assert response.json()["error"] == "temporarily_unavailable"
    assert "wait" in response.json()["error_description"]
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["access-control-allow-origin"] == "*"
    assert "Retry-After" in response.headers["access-control-expose-headers"]


async def exceeded(here: World) -> list[str]:
    async def work(tx: Transaction) -> list[str]:
        return [event.reason for event in await tx.list_events() if event.name == "limits:rate:exceeded"]

    return await here.installation.store.read(work)


@pytest.mark.proves("B22")
async def test_an_address_registers_twenty_times_an_hour_and_the_next_is_told_when_to_come_back(here: World) -> None:
    assert [(await register(here)).status_code for _ in range(20)] == [201] * 20
    here.clock.now += 600
    slowed(await register(here), 3000)
    slowed(await register(here), 3000)
    assert (await register(here, **from_(ELSEWHERE))).status_code == 201
    assert await exceeded(here) == ["register"]
    here.clock.now += 3000
    assert (await register(here)).status_code == 201


@pytest.mark.proves("B22")
async def test_a_network_that_many_people_come_from_registers_more_often(here: World) -> None:
    assert [(await register(here, **from_(CLAUDE))).status_code for _ in range(30)] == [201] * 30


async def test_of_ipv6_a_whole_64_is_one_address(here: World) -> None:
    answers = [(await register(here, **from_(f"2001:db8::{number:x}"))).status_code for number in range(21)]
    assert answers == [201] * 20 + [429]
    assert (await register(here, **from_("2001:db8:0:1::1"))).status_code == 201


async def test_the_twenty_first_authorization_request_gets_a_page_and_a_way_on(here: World) -> None:
    client_id = (await here.register())["client_id"]
    for number in range(20):
        assert (await here.ask(client_id, state=f"s{number}")).status_code == 303
    page = await here.ask(client_id, state="more")
    assert (page.status_code, page.headers["retry-after"]) == (429, "3600")
    assert "Too many requests from your network" in page.text
    assert "1 hour" in page.text
    assert "access-control-allow-origin" not in page.headers
    query = urlencode(here.request(client_id, state="more"))
    way_on = f"{here.prefix}/login?next={quote(f'{here.prefix}/authorize?{query}', safe='')}"
    assert f'href="{way_on}"'.replace("&", "&amp;") in page.text
    await sign_in_at(here, way_on)
    assert (await here.ask(client_id, state="more")).status_code == 200
    assert await exceeded(here) == ["authorize"]


async def sign_in_at(here: World, path: str) -> None:
    page = await here.browser.get(path)
    fields = form_fields(page.text, f"{here.prefix}/login") | {"email": EMAIL, "password": PASSWORD}
    assert (await here.browser.post(f"{here.prefix}/login", data=fields)).status_code == 303


async def test_one_request_may_be_loaded_twenty_times_and_counts_once(here: World) -> None:
    client_id = (await here.register())["client_id"]
    assert [(await here.ask(client_id)).status_code for _ in range(21)] == [303] * 20 + [429]
    assert (await here.ask(client_id, state="another")).status_code == 303


async def test_an_account_that_asks_too_often_is_told_so(here: World) -> None:
    client_id = (await here.register())["client_id"]
    await here.sign_in()
    for number in range(20):
        assert (await here.ask(client_id, state=f"s{number}")).status_code == 200
    page = await here.ask(client_id, state="more")
    assert page.status_code == 429
    assert "Your account has opened more connections" in page.text
    assert 'href="/login' not in page.text


@pytest.mark.proves("D28")
async def test_an_invented_token_is_looked_at_ten_times_a_minute_for_one_client_and_address(here: World) -> None:
    client_id, tokens = await here.connect()
    answers = [await here.refresh(client_id, f"cy_rt_{number}") for number in range(11)]
    assert [answer.json()["error"] for answer in answers[:10]] == ["invalid_grant"] * 10
    slowed(answers[10], 60)
    other = (await here.register())["client_id"]
    assert (await here.refresh(other, "cy_rt_x")).json()["error"] == "invalid_grant"
    # Nobody's good request pays for bad ones, be they of the same client and the same address.
    assert (await here.refresh(client_id, tokens["refresh_token"])).status_code == 200
    assert await exceeded(here) == ["token"]
    here.clock.now += 60
    assert (await here.refresh(client_id, "cy_rt_x")).json()["error"] == "invalid_grant"


@pytest.mark.proves("D28")
async def test_a_client_that_is_unknown_or_shows_a_wrong_secret_is_slowed_as_well(here: World) -> None:
    answers = [await here.refresh("nobody", "x") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    client_id = (await here.register(token_endpoint_auth_method="client_secret_post"))["client_id"]
    answers = [await here.refresh(client_id, "x", client_secret=f"guess {number}") for number in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]


async def test_an_address_fails_a_hundred_times_a_minute_whatever_clients_it_names(here: World) -> None:
    answers = [(await here.refresh(f"nobody_{number}", "x")).status_code for number in range(101)]
    assert answers == [401] * 100 + [429]


async def test_garbage_counts_too(here: World) -> None:
    answers = [(await here.client.post(f"{here.prefix}/token", content=b"garbage")).status_code for _ in range(11)]
    assert answers == [400] * 10 + [429]


@pytest.mark.proves("D28")
async def test_fifty_repeats_of_one_refresh_token_are_none_too_many(here: World) -> None:
    client_id, tokens = await here.connect()
    answers = [await here.refresh(client_id, tokens["refresh_token"]) for _ in range(50)]
    assert [answer.status_code for answer in answers] == [200] * 50
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


@pytest.mark.proves("D28")
async def test_a_grant_rotates_ten_times_a_minute_and_goes_on_after_it(here: World) -> None:
    client_id, tokens = await here.connect()
    token = tokens["refresh_token"]
    for _ in range(10):
        answer = await here.refresh(client_id, token)
        assert answer.status_code == 200
        token = answer.json()["refresh_token"]
    slowed(await here.refresh(client_id, token), 60)
    slowed(await here.refresh(client_id, token), 60)
    assert await exceeded(here) == ["token"]
    here.clock.now += 60
    assert (await here.refresh(client_id, token)).status_code == 200


async def test_a_client_that_acts_for_itself_gets_ten_tokens_a_minute(here: World) -> None:
    one, other = await made(here, confidential=True), await made(here, confidential=True)
    answers = [await here.token(grant_type="client_credentials", **one.proof) for _ in range(11)]
    assert [answer.status_code for answer in answers[:10]] == [200] * 10
    slowed(answers[10], 60)
    assert await exceeded(here) == ["token"]
    assert (await here.token(grant_type="client_credentials", **other.proof)).status_code == 200


async def test_requests_are_pushed_by_strangers_as_often_as_they_are_brought(here: World) -> None:
    client_id = (await here.register())["client_id"]
    answers = [await here.client.post("/par", data=here.request(client_id)) for _ in range(21)]
    assert [answer.status_code for answer in answers[:20]] == [201] * 20
    slowed(answers[20], 3600)
    secretive = await connectable(here, confidential=True)
    pushed = await here.client.post("/par", data=here.request(secretive.id) | secretive.proof)
    assert pushed.status_code == 201


async def test_nothing_of_a_limit_is_readable_in_the_store(here: World) -> None:
    await here.refresh("nobody", "x")
    rows = await here.installation.store.read(lambda tx: tx.db.all("SELECT key FROM attempts"))
    assert rows or here.installation.redis
    assert all(len(bytes(row[0])) == 32 for row in rows)


async def test_switched_off_there_are_none(tmp_path: Path) -> None:
    async with world(tmp_path, rate_limits=False) as built:
        assert [(await register(built)).status_code for _ in range(30)] == [201] * 30
        assert [(await built.refresh("nobody", "x")).status_code for _ in range(30)] == [401] * 30


async def test_a_network_that_the_operator_names_has_none(tmp_path: Path) -> None:
    async with world(tmp_path, rate_limits=True, unlimited_networks=[f"{PROXY}/32"]) as built:
        assert [(await register(built)).status_code for _ in range(30)] == [201] * 30


async def test_the_numbers_are_settings(tmp_path: Path) -> None:
    async with world(tmp_path, rate_limits=True, register_per_hour=2, token_per_minute=1) as built:
        assert [(await register(built)).status_code for _ in range(3)] == [201, 201, 429]
        assert [(await built.refresh("nobody", "x")).status_code for _ in range(2)] == [401, 429]
