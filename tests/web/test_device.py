"""The device flow over HTTP: a device asks and polls, a person answers elsewhere. RFC 8628."""

import json
from base64 import b64encode, urlsafe_b64decode
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import anyio
import pytest

from consentry.audit import Event
from consentry.clients.model import DEVICE_CODE
from consentry.spec import user_code
from tests.web.devices import GRANT_TYPES, Device, answer, ask, device, enter, screenless
from tests.web.world import ISSUER, OTHER_EMAIL, World, world

pytestmark = pytest.mark.anyio


async def approved(here: World, **changes: str) -> Device:
    """A device whose person has approved."""
    asking = await device(here, **changes)
    await here.sign_in()
    response = await answer(here, await enter(here, asking.user_code))
    assert (response.status_code, "Your device is connected" in response.text) == (200, True)
    return asking


@pytest.mark.proves("D20")
async def test_a_device_needs_no_redirect_uri(here: World) -> None:
    asking = await screenless(here)
    await here.sign_in()
    await answer(here, await enter(here, asking.user_code))
    tokens = (await asking.poll()).json()
    assert (await here.refresh(asking.client_id, tokens["refresh_token"])).status_code == 200
    page = await here.browser.get("/authorize", params=here.request(asking.client_id))
    assert page.status_code == 400


async def events(here: World, name: str) -> list[Event]:
    return [one for one in await here.installation.store.read(lambda tx: tx.list_events()) if one.name == name]


@pytest.mark.proves("D20")
async def test_a_device_goes_the_whole_way(here: World) -> None:
    asking = await device(here)
    assert set(asking.asked) == {
        "device_code",
        "user_code",
        "verification_uri",
        "verification_uri_complete",
        "expires_in",
        "interval",
    }
    assert asking.asked["verification_uri"] == f"{ISSUER}/device"
    assert asking.asked["verification_uri_complete"] == f"{ISSUER}/device?user_code={asking.user_code}"
    assert (asking.asked["expires_in"], asking.asked["interval"]) == (600, 5)
    assert await asking.error() == "authorization_pending"
    await here.sign_in()
    here.clock.now += 5
    assert await asking.error() == "authorization_pending"
    page = await enter(here, asking.user_code)
    here.clock.now += 5
    assert await asking.error() == "authorization_pending"
    assert (await answer(here, page)).status_code == 200
    here.clock.now += 5
    response = await asking.poll(resource=here.resource)
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
    tokens = response.json()
    assert {"access_token", "refresh_token", "token_type", "expires_in", "scope"} <= set(tokens)
    assert tokens["scope"] == "mcp"
    assert (await here.call(tokens["access_token"])).status_code == 502
    assert (await here.call(tokens["access_token"], "textkit")).status_code == 401
    later = await here.refresh(asking.client_id, tokens["refresh_token"])
    assert (await here.call(later.json()["access_token"])).status_code == 502


@pytest.mark.proves("D20")
async def test_a_device_that_is_turned_away_is_told_so(here: World) -> None:
    asking = await device(here)
    await here.sign_in()
    response = await answer(here, await enter(here, asking.user_code), "deny")
    assert (response.status_code, "turned away" in response.text) == (200, True)
    for _ in range(2):
        assert await asking.error() == "access_denied"
    assert await here.installation.store.read(lambda tx: tx.list_grants()) == []


@pytest.mark.proves("D20")
async def test_a_device_that_asks_too_often_has_to_slow_down_and_it_is_remembered(here: World) -> None:
    asking = await device(here)
    assert await asking.error() == "authorization_pending"
    for wait in (10, 15):
        refused = await asking.poll()
        assert refused.json()["error"] == "slow_down"
        assert f"{wait} seconds" in refused.json()["error_description"]
    for _ in range(2):
        here.clock.now += 15
        assert await asking.error() == "authorization_pending"
    here.clock.now += 5
    assert await asking.error() == "slow_down"


@pytest.mark.proves("D20")
async def test_whoever_approved_keeps_no_hasty_device_waiting(here: World) -> None:
    asking = await approved(here)
    assert (await asking.poll()).status_code == 200


@pytest.mark.proves("D20")
async def test_a_code_that_nobody_answers_expires(here: World) -> None:
    asking = await device(here)
    here.clock.now += 599
    assert await asking.error() == "authorization_pending"
    here.clock.now += 1
    assert await asking.error() == "expired_token"
    await here.sign_in()
    assert "No device is waiting" in (await enter(here, asking.user_code)).text


@pytest.mark.proves("D20")
async def test_an_answer_that_comes_too_late_is_none(here: World) -> None:
    asking = await device(here)
    await here.sign_in()
    page = await enter(here, asking.user_code)
    here.clock.now += 600
    late = await answer(here, page)
    assert (late.status_code, "any more" in late.text) == (400, True)
    assert await asking.error() == "expired_token"


@pytest.mark.proves("D20")
async def test_an_approval_that_is_not_collected_expires(here: World) -> None:
    asking = await approved(here)
    here.clock.now += 600
    assert await asking.error() == "expired_token"
    assert await here.installation.store.read(lambda tx: tx.list_grants()) == []


@pytest.mark.proves("D20", "D6")
async def test_a_device_code_works_once_and_again_ends_what_it_got(here: World) -> None:
    asking = await approved(here)
    tokens = (await asking.poll()).json()
    assert (await here.call(tokens["access_token"])).status_code == 502
    assert await asking.error() == "invalid_grant"
    assert (await here.call(tokens["access_token"])).status_code == 401
    assert [event.reason for event in await events(here, "grant:code:replayed")] == ["by device"]


@pytest.mark.proves("D20")
async def test_of_polls_at_once_one_gets_tokens(here: World) -> None:
    asking = await approved(here)
    statuses: list[int] = []

    async def poll() -> None:
        statuses.append((await asking.poll()).status_code)

    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(poll)
    assert sorted(statuses) == [200] + [400] * 9
    assert len(await here.installation.store.read(lambda tx: tx.list_grants())) == 1


@pytest.mark.proves("D20", "D8")
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"resource": "https://elsewhere.example/mcp"}, "invalid_target"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"device_code": ""}, "invalid_request"),
        ({"device_code": "nonsense"}, "invalid_grant"),
        ({"device_code": "cy_ac_" + "0" * 49}, "invalid_grant"),
    ],
)
async def test_a_refused_poll_spends_nothing(here: World, changes: dict[str, str], error: str) -> None:
    asking = await approved(here)
    assert await asking.error(**changes) == error
    assert (await asking.poll()).status_code == 200


@pytest.mark.proves("D20")
async def test_a_device_code_is_worth_nothing_to_another_client_or_as_a_code(here: World) -> None:
    asking = await approved(here)
    other = (await here.register(grant_types=GRANT_TYPES))["client_id"]
    assert await asking.error(client_id=other) == "invalid_grant"
    as_code = await here.exchange(asking.client_id, asking.asked["device_code"])
    assert as_code.json()["error"] == "invalid_grant"
    assert (await asking.poll()).status_code == 200


@pytest.mark.proves("D20", "D24", "B13")
async def test_only_a_client_that_registered_for_it_may_ask(here: World) -> None:
    client_id = (await here.register())["client_id"]
    refused = await ask(here, client_id)
    assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client")
    polled = await here.token(grant_type=DEVICE_CODE, client_id=client_id, device_code="x")
    assert polled.json()["error"] == "unauthorized_client"


@pytest.mark.proves("D20", "D14")
async def test_a_confidential_client_proves_itself_to_ask_and_to_poll(here: World) -> None:
    made = await here.register(grant_types=GRANT_TYPES, token_endpoint_auth_method="client_secret_basic")
    client_id, secret = made["client_id"], made["client_secret"]
    assert (await ask(here, client_id)).status_code == 401
    header = {"Authorization": "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()}
    asked = await here.client.post("/device_authorization", data={"resource": here.resource}, headers=header)
    assert asked.status_code == 200
    asking = Device(here, client_id, asked.json())
    await here.sign_in()
    await answer(here, await enter(here, asking.user_code))
    refused = await asking.poll()
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert (await asking.poll(client_secret=secret)).status_code == 200


@pytest.mark.proves("D20", "C7")
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"resource": "https://elsewhere.example/mcp"}, "invalid_target"),
        ({"resource": ""}, "invalid_target"),
        ({"scope": 'mcp "'}, "invalid_scope"),
    ],
)
async def test_a_device_that_asks_wrongly_is_told_at_once(here: World, changes: dict[str, str], error: str) -> None:
    client_id = (await here.register(grant_types=GRANT_TYPES))["client_id"]
    response = await ask(here, client_id, **changes)
    assert (response.status_code, response.json()["error"]) == (400, error)
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.proves("D20", "D11")
async def test_the_scope_of_a_device_is_what_was_approved(here: World) -> None:
    asking = await approved(here, scope="mcp offline_access admin")
    assert (await asking.poll()).json()["scope"] == "mcp offline_access"


@pytest.mark.proves("D26", "D20")
async def test_neither_code_of_a_device_is_kept(here: World) -> None:
    asking = await device(here)
    rows = str(await here.installation.store.read(lambda tx: tx.db.all("SELECT * FROM device_authorizations")))
    shown = user_code.parse(asking.user_code)
    assert shown is not None
    for text in (asking.asked["device_code"], asking.user_code, shown):
        assert text not in rows
    told = json.dumps([event.detail for event in await events(here, "grant:device:asked")])
    assert shown not in told


@pytest.mark.proves("D20")
async def test_a_grant_of_a_device_is_listed_and_ended_like_any_other(here: World) -> None:
    asking = await approved(here)
    tokens = (await asking.poll()).json()
    (grant,) = await here.installation.store.read(lambda tx: tx.list_grants())
    assert (grant.account_id, grant.network) == ("account_1", "192.0.2.7")
    assert [event.reason for event in await events(here, "grant:consent:approved")] == ["by device"]
    page = (await here.browser.get("/account")).text
    assert "MCP CLI" in page
    assert "by the code that it showed" in page
    revoked = await here.client.post("/revoke", data={"client_id": asking.client_id, "token": tokens["refresh_token"]})
    assert revoked.status_code == 200
    assert (await here.call(tokens["access_token"])).status_code == 401


@pytest.mark.proves("D20")
async def test_an_account_that_is_shut_after_its_approval_gets_the_device_nothing(here: World) -> None:
    asking = await approved(here)
    await here.installation.store.write(lambda tx: tx.disable_account("account_1", here.clock.now))
    assert await asking.error() == "invalid_grant"


@pytest.mark.proves("D20")
async def test_an_operator_may_switch_it_off(tmp_path: Path, anyio_backend: str) -> None:
    async with world(tmp_path, device_authorization=False) as here:
        document = (await here.client.get("/.well-known/oauth-authorization-server")).json()
        assert "device_authorization_endpoint" not in document
        assert DEVICE_CODE not in document["grant_types_supported"]
        client_id = (await here.register(grant_types=GRANT_TYPES))["client_id"]
        assert (await ask(here, client_id)).status_code == 404
        assert (await here.browser.get("/device")).status_code == 404
        polled = await here.token(grant_type=DEVICE_CODE, client_id=client_id, device_code="x")
        assert polled.json()["error"] == "unsupported_grant_type"


async def test_the_device_flow_works_below_a_path(below: World) -> None:
    asking = await device(below)
    assert urlsplit(asking.asked["verification_uri"]).path == "/functions/v1/oauth/device"
    sent = await below.browser.get(urlsplit(asking.asked["verification_uri"]).path)
    then = parse_qs(urlsplit(sent.headers["location"]).query)["next"][0]
    signed_in = await below.sign_in(next=then)
    assert signed_in.headers["location"] == then
    await answer(below, await enter(below, asking.user_code))
    assert (await asking.poll()).status_code == 200


@pytest.mark.proves("D20")
async def test_an_account_that_the_deployment_does_not_let_in_answers_for_no_device(here: World) -> None:
    asking = await device(here)
    await here.sign_in(OTHER_EMAIL)
    refused = await enter(here, asking.user_code)
    assert (refused.status_code, "owner alone" in refused.text) == (403, True)
    assert await asking.error() == "authorization_pending"


@pytest.mark.proves("D20", "D28")
async def test_polls_are_no_failures_however_many_and_asking_is_bounded(tmp_path: Path, anyio_backend: str) -> None:
    async with world(tmp_path, rate_limits=True) as here:
        asking = await device(here)
        for _ in range(60):
            assert await asking.error() == "authorization_pending"
            here.clock.now += 5
        for _ in range(19):
            assert (await ask(here, asking.client_id)).status_code == 200
        refused = await ask(here, asking.client_id)
        assert (refused.status_code, refused.json()["error"]) == (429, "temporarily_unavailable")
        assert int(refused.headers["retry-after"]) > 0


@pytest.mark.proves("D20", "E9")
async def test_a_device_may_ask_who_the_person_is(here: World) -> None:
    asking = await approved(here, scope="mcp openid")
    tokens = (await asking.poll()).json()
    assert tokens["scope"] == "mcp openid"
    payload = tokens["id_token"].split(".")[1]
    claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert (claims["sub"], claims["aud"]) == ("account_1", asking.client_id)
    assert claims["auth_time"] == here.clock.now
