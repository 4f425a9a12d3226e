"""Codes and pushed requests by way of Redis, and what people and clients see when it is away."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from anyio import to_thread

from tests import redis_server
from tests.redis_server import RedisServer
from tests.stores import BOTH, database_url
from tests.web.devices import answer, device, enter
from tests.web.world import World, world

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
def mortal() -> Iterator[RedisServer]:
    with redis_server.running() as server:
        yield server


@pytest.fixture(params=BOTH)
async def here(
    request: pytest.FixtureRequest, mortal: RedisServer, tmp_path: Path, anyio_backend: str
) -> AsyncIterator[World]:
    url = await database_url(request, tmp_path)
    async with world(tmp_path, database_url=url, redis_url=mortal.url, rate_limits=True) as built:
        yield built


async def rows(here: World, table: str) -> int:
    found = await here.installation.store.read(lambda tx: tx.db.all(f"SELECT digest FROM {table}"))  # noqa: S608
    return len(found)


def forget_that_it_was_away(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(here.installation.redis, "_avoided_until", 0.0)


@pytest.mark.proves("C8")
async def test_a_code_is_in_the_database_from_its_first_use_on_and_works_once(here: World, mortal: RedisServer) -> None:
    client_id = (await here.register())["client_id"]
    code = await here.approve(client_id)
    assert await rows(here, "codes") == 0
    assert code.encode() not in mortal.everything()
    first = await here.exchange(client_id, code)
    assert first.status_code == 200
    assert await rows(here, "codes") == 1
    mortal.empty()  # what the database knows is enough
    again = await here.exchange(client_id, code)
    assert again.json()["error"] == "invalid_grant"
    assert (await here.call(first.json()["access_token"])).status_code == 401


async def test_a_code_expires_there_too(here: World) -> None:
    client_id = (await here.register())["client_id"]
    code = await here.approve(client_id)
    here.clock.now += 600
    assert (await here.exchange(client_id, code)).json()["error"] == "invalid_grant"


async def test_a_code_that_redis_has_forgotten_costs_one_new_sign_in(here: World, mortal: RedisServer) -> None:
    client_id = (await here.register())["client_id"]
    code = await here.approve(client_id)
    mortal.empty()
    assert (await here.exchange(client_id, code)).json()["error"] == "invalid_grant"
    assert (await here.exchange(client_id, await here.approve(client_id))).status_code == 200


async def test_a_code_that_cannot_be_looked_for_is_503_and_works_when_redis_is_back(
    here: World, mortal: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client_id = (await here.register())["client_id"]
    code = await here.approve(client_id)
    kept = mortal.snapshot()
    mortal.kill()
    for _ in range(2):
        away = await here.exchange(client_id, code)
        assert (away.status_code, away.headers["retry-after"]) == (503, "5")
        assert away.json()["error"] == "temporarily_unavailable"
    await to_thread.run_sync(mortal.start)
    mortal.restore(kept)
    forget_that_it_was_away(here, monkeypatch)
    assert (await here.exchange(client_id, code)).status_code == 200


async def test_while_redis_is_away_everything_goes_by_the_database(here: World, mortal: RedisServer) -> None:
    mortal.kill()
    client_id, tokens = await here.connect()
    assert await rows(here, "codes") == 1
    assert (await here.refresh(client_id, tokens["refresh_token"])).status_code == 200
    pushed = await push(here, client_id)
    page = await here.browser.get(f"/authorize?{urlencode({'client_id': client_id, 'request_uri': pushed})}")
    assert page.status_code == 200


async def test_limits_hold_while_redis_is_away(here: World, mortal: RedisServer) -> None:
    mortal.kill()
    answers = [(await here.refresh("nobody", "x")).status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]


@pytest.mark.proves("C25")
async def test_a_pushed_request_is_in_the_database_when_a_browser_has_brought_it(
    here: World, mortal: RedisServer
) -> None:
    client_id = (await here.register())["client_id"]
    await here.sign_in()
    pushed = await push(here, client_id)
    assert pushed.rpartition(":")[2].encode() not in mortal.everything()
    address = f"/authorize?{urlencode({'client_id': client_id, 'request_uri': pushed})}"
    page = await here.browser.get(address)
    assert page.status_code == 200
    mortal.empty()
    assert (await here.browser.get(address)).status_code == 200
    assert (await here.answer(page)).status_code == 303
    assert (await here.browser.get(address)).status_code == 400  # it had its answer


async def test_a_pushed_request_that_cannot_be_looked_for_is_a_page_to_load_again(
    here: World, mortal: RedisServer
) -> None:
    client_id = (await here.register())["client_id"]
    pushed = await push(here, client_id)
    mortal.kill()
    page = await here.browser.get(f"/authorize?{urlencode({'client_id': client_id, 'request_uri': pushed})}")
    assert page.status_code == 503
    assert "load this page again" in page.text


@pytest.mark.proves("D20")
async def test_a_device_polls_there_until_its_code_is_entered(here: World, mortal: RedisServer) -> None:
    asking = await device(here)
    for secret in (asking.asked["device_code"], asking.user_code, asking.user_code.replace("-", "")):
        assert str(secret).encode() not in mortal.everything()
    assert await asking.error() == "authorization_pending"
    assert await asking.error() == "slow_down"
    assert await rows(here, "device_authorizations") == 0
    await here.sign_in()
    page = await enter(here, asking.user_code)
    assert await rows(here, "device_authorizations") == 1
    mortal.empty()
    here.clock.now += 30
    assert await asking.error() == "authorization_pending"
    assert (await answer(here, page)).status_code == 200
    here.clock.now += 30
    assert (await asking.poll()).status_code == 200


async def test_while_redis_is_away_a_device_goes_the_whole_way_or_is_told_to_come_back(
    here: World, mortal: RedisServer
) -> None:
    before = await device(here)
    await here.sign_in()
    mortal.kill()
    away = await before.poll()
    assert (away.status_code, away.headers["retry-after"]) == (503, "5")
    assert (await enter(here, before.user_code)).status_code == 503
    asking = await device(here)
    assert await asking.error() == "authorization_pending"
    assert (await answer(here, await enter(here, asking.user_code))).status_code == 200
    here.clock.now += 5
    assert (await asking.poll()).status_code == 200


async def push(here: World, client_id: str) -> str:
    response = await here.client.post(f"{here.prefix}/par", data=here.request(client_id))
    assert response.status_code == 201, response.text
    name: str = response.json()["request_uri"]
    return name
