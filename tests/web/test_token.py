"""The token endpoint over HTTP: what each rule of `grants` looks like from outside."""

from base64 import b64encode
from urllib.parse import quote

import anyio
import httpx2
import pytest

from tests.web.world import VERIFIER, World

pytestmark = pytest.mark.anyio


def error(response: httpx2.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


async def coded(here: World, **metadata: object) -> tuple[str, str]:
    client_id = (await here.register(**metadata))["client_id"]
    return client_id, await here.approve(client_id)


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


@pytest.mark.proves("D1", "D2")
async def test_a_code_buys_tokens(here: World) -> None:
    client_id, code = await coded(here)
    response = await here.exchange(client_id, code, resource=here.resource)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert (response.headers["cache-control"], response.headers["pragma"]) == ("no-store", "no-cache")
    tokens = response.json()
    assert set(tokens) == {"access_token", "refresh_token", "token_type", "expires_in", "scope"}
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", 3600, "mcp")


@pytest.mark.proves("C21", "D2")
@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        ("mcp offline_access", "mcp offline_access"),
        ("mcp admin openid", "mcp openid"),
        ("mcp email", "mcp"),
        ("openid", "mcp openid"),
        ("admin", "mcp"),
        ("offline_access", "mcp offline_access"),
        (None, "mcp"),
    ],
)
async def test_what_may_not_be_had_is_left_out_and_said(here: World, asked: str | None, granted: str) -> None:
    client_id = (await here.register())["client_id"]
    code = await here.approve(client_id, scope=asked)
    assert (await here.exchange(client_id, code)).json()["scope"] == granted


@pytest.mark.proves("C8", "D5", "D13")
async def test_a_code_is_worth_nothing_to_another_client_or_after_its_time(here: World) -> None:
    client_id, code = await coded(here)
    other = (await here.register())["client_id"]
    foreign = await here.exchange(other, code)
    here.clock.now += 599
    assert (await here.exchange(client_id, code)).status_code == 200
    late_id, late = await coded(here)
    here.clock.now += 600
    expired = await here.exchange(late_id, late)
    unknown = await here.exchange(late_id, "cy_ac_nothing")
    assert error(foreign) == error(expired) == error(unknown) == (400, "invalid_grant")
    assert foreign.json() == expired.json() == unknown.json()


@pytest.mark.proves("D3", "D5", "D7", "D8")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": "https://other.example/"}, "invalid_grant"),
        ({"resource": "https://consentry.example/mcp/textkit"}, "invalid_target"),
        ({"resource": "nonsense"}, "invalid_target"),
        ({"scope": "admin"}, "invalid_scope"),
    ],
)
async def test_a_refused_exchange_spends_nothing(here: World, changes: dict[str, str], code: str) -> None:
    client_id, given = await coded(here)
    assert error(await here.exchange(client_id, given, **changes)) == (400, code)
    assert (await here.exchange(client_id, given)).status_code == 200


@pytest.mark.proves("D5")
async def test_the_redirect_uri_may_be_left_out_of_the_exchange(here: World) -> None:
    client_id, code = await coded(here)
    assert (await here.exchange(client_id, code, redirect_uri="")).status_code == 200


@pytest.mark.proves("D6", "C8", "E4")
async def test_a_replayed_code_ends_what_it_bought(here: World) -> None:
    client_id, code = await coded(here)
    tokens = (await here.exchange(client_id, code)).json()
    assert error(await here.exchange(client_id, code, code_verifier="w" * 43)) == (400, "invalid_grant")
    assert (await here.call(tokens["access_token"])).status_code == 502
    assert error(await here.exchange(client_id, code)) == (400, "invalid_grant")
    assert (await here.call(tokens["access_token"])).status_code == 401
    assert error(await here.refresh(client_id, tokens["refresh_token"])) == (400, "invalid_grant")


@pytest.mark.proves("D9", "D10", "D13")
async def test_an_old_refresh_token_gets_the_same_successor_then_the_live_end_then_ends_it_all(here: World) -> None:
    client_id, first = await here.connect()
    second = (await here.refresh(client_id, first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    here.clock.now += 86_400
    repeated = (await here.refresh(client_id, first["refresh_token"])).json()
    assert repeated["refresh_token"] == second["refresh_token"]
    assert repeated["access_token"] != second["access_token"]
    third = (await here.refresh(client_id, second["refresh_token"])).json()
    here.clock.now += 60
    raced = (await here.refresh(client_id, first["refresh_token"])).json()
    assert raced["refresh_token"] == third["refresh_token"]
    here.clock.now += 1
    assert error(await here.refresh(client_id, first["refresh_token"])) == (400, "invalid_grant")
    assert error(await here.refresh(client_id, third["refresh_token"])) == (400, "invalid_grant")
    assert (await here.call(raced["access_token"])).status_code == 401


@pytest.mark.proves("D7", "D8", "D11", "D13")
async def test_a_refused_refresh_spends_nothing(here: World) -> None:
    client_id, tokens = await here.connect()
    other = (await here.register())["client_id"]
    assert error(await here.refresh(other, tokens["refresh_token"])) == (400, "invalid_grant")
    assert error(await here.refresh(client_id, tokens["refresh_token"], resource="https://x.example")) == (
        400,
        "invalid_target",
    )
    assert error(await here.refresh(client_id, tokens["refresh_token"], scope="admin")) == (400, "invalid_scope")
    assert (await here.refresh(client_id, tokens["refresh_token"], resource=here.resource)).status_code == 200


@pytest.mark.proves("D11")
async def test_a_narrower_refresh_narrows_the_access_token_alone(here: World) -> None:
    client_id = (await here.register())["client_id"]
    code = await here.approve(client_id, scope="mcp offline_access")
    tokens = (await here.exchange(client_id, code)).json()
    narrow = (await here.refresh(client_id, tokens["refresh_token"], scope="offline_access")).json()
    assert narrow["scope"] == "offline_access"
    assert (await here.call(narrow["access_token"])).status_code == 403
    wide = (await here.refresh(client_id, narrow["refresh_token"])).json()
    assert wide["scope"] == "mcp offline_access"


@pytest.mark.proves("D12", "D13")
async def test_a_grant_ends_ninety_days_after_its_approval_however_busy(here: World) -> None:
    client_id, tokens = await here.connect()
    for _ in range(89):
        here.clock.now += 86_400
        tokens = (await here.refresh(client_id, tokens["refresh_token"])).json()
    here.clock.now += 86_399
    last = (await here.refresh(client_id, tokens["refresh_token"])).json()
    assert last["expires_in"] == 1
    here.clock.now += 1
    assert error(await here.refresh(client_id, last["refresh_token"])) == (400, "invalid_grant")
    assert (await here.call(last["access_token"])).status_code == 401


@pytest.mark.proves("D13")
async def test_an_unknown_refresh_token_is_exactly_invalid_grant(here: World) -> None:
    client_id, _ = await here.connect()
    for text in ("nonsense", "cy_rt_" + "0" * 49, "cy_at_x"):
        assert error(await here.refresh(client_id, text)) == (400, "invalid_grant")


@pytest.mark.proves("D14")
async def test_only_an_unknown_client_is_invalid_client(here: World) -> None:
    _, code = await coded(here)
    unknown = await here.exchange("client_gone", code)
    assert error(unknown) == (401, "invalid_client")
    assert "www-authenticate" not in unknown.headers
    assert error(await here.token(grant_type="refresh_token")) == (401, "invalid_client")
    form = {"grant_type": "refresh_token"}
    tried = await here.client.post("/token", data=form, headers=basic("client_gone", "x"))
    assert error(tried) == (401, "invalid_client")
    assert tried.headers["www-authenticate"].startswith("Basic ")
    assert error(await here.client.post("/token", data=form, headers={"Authorization": "Basic %%%"})) == (
        401,
        "invalid_client",
    )


@pytest.mark.proves("D15", "D16")
async def test_a_confidential_client_proves_itself_in_either_way_but_not_both(here: World) -> None:
    made = await here.register(token_endpoint_auth_method="client_secret_basic")
    client_id, secret = made["client_id"], made["client_secret"]
    exchange = {"grant_type": "authorization_code", "code_verifier": VERIFIER}
    code = await here.approve(client_id)
    assert error(await here.exchange(client_id, code)) == (401, "invalid_client")
    assert error(await here.exchange(client_id, code, client_secret="wrong")) == (401, "invalid_client")
    both = await here.client.post(
        "/token", data=exchange | {"code": code, "client_secret": secret}, headers=basic(client_id, secret)
    )
    assert error(both) == (400, "invalid_request")
    assert (await here.exchange(client_id, code, client_secret=secret)).status_code == 200
    for user in (client_id, quote(client_id, safe="").replace("_", "%5F")):
        form = exchange | {"code": await here.approve(client_id)}
        response = await here.client.post("/token", data=form, headers=basic(user, secret))
        assert response.status_code == 200


@pytest.mark.proves("D17")
@pytest.mark.parametrize("secret", ["", "its own idea"])
async def test_a_public_client_that_shows_a_secret_is_let_be(here: World, secret: str) -> None:
    client_id, code = await coded(here)
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
    response = await here.client.post("/token", data=form, headers=basic(client_id, secret))
    assert response.status_code == 200


@pytest.mark.proves("D24", "D25")
async def test_grants_that_are_not_offered_or_not_registered_are_told_apart(here: World) -> None:
    client_id, code = await coded(here, grant_types=["authorization_code"])
    for grant_type in ("password", "implicit", "nonsense"):
        refused = await here.token(grant_type=grant_type, client_id=client_id)
        assert error(refused) == (400, "unsupported_grant_type")
    tokens = (await here.exchange(client_id, code)).json()
    assert "refresh_token" not in tokens
    assert error(await here.refresh(client_id, "cy_rt_x")) == (400, "unauthorized_client")
    assert error(await here.token(client_id=client_id)) == (400, "invalid_request")


@pytest.mark.proves("D1", "D27")
@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b'{"grant_type":"refresh_token"}', "application/json"),
        (b"grant_type=refresh_token", "text/plain"),
        (b"client_id=%FF", "application/x-www-form-urlencoded"),
        (b"client_id=a&client_id=b", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % n for n in range(99)), "application/x-www-form-urlencoded"),
    ],
)
async def test_a_body_that_is_no_form_is_refused_in_json(here: World, body: bytes, media_type: str) -> None:
    response = await here.client.post("/token", content=body, headers={"Content-Type": media_type})
    assert error(response) == (400, "invalid_request")


@pytest.mark.proves("D1")
async def test_only_post_is_taken(here: World) -> None:
    response = await here.client.get("/token")
    assert (response.status_code, response.headers["allow"]) == (405, "OPTIONS, POST")


@pytest.mark.proves("D29")
async def test_fifty_refreshes_at_once_are_answered_in_time(here: World) -> None:
    client_id, tokens = await here.connect()
    answers: list[httpx2.Response] = []

    async def refresh() -> None:
        answers.append(await here.refresh(client_id, tokens["refresh_token"]))

    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            for _ in range(50):
                tasks.start_soon(refresh)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


@pytest.mark.proves("G1")
async def test_a_token_for_one_deployment_opens_no_other(here: World) -> None:
    _, tokens = await here.connect()
    assert (await here.call(tokens["access_token"])).status_code == 502
    assert (await here.call(tokens["access_token"], "textkit")).status_code == 401
