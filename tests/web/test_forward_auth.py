"""/forward-auth/{slug}: what a proxy is told that asks whether a request may pass."""

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import anyio.lowlevel
import httpx2
import pytest

from consentry.deployments import administer
from consentry.deployments.administer import Wanted
from consentry.grants.api_key import PERSONAL_KEY
from consentry.store.sql import Transaction
from tests.web.test_api_keys import make
from tests.web.world import World, world

pytestmark = pytest.mark.anyio

PATH = "/forward-auth/reminders"
ELSEWHERE = "https://mcp.elsewhere.example/v1/mcp"
ASKING = "192.0.2.7"  # where the tests' clients call from


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def asked(here: World, token: str | None, path: str = PATH, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await here.client.get(here.prefix + path, headers=(bearer(token) if token else {}) | named)


@pytest.fixture
async def trusting(tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    """With the tests' clients for its proxies."""
    async with world(tmp_path, trusted_proxies=(ASKING,)) as built:
        yield built


async def test_a_good_token_passes_and_the_server_is_told_who_calls(here: World) -> None:
    client_id, tokens = await here.connect()
    answer = await asked(here, tokens["access_token"])
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["x-consentry-account"] == "account_1"
    assert answer.headers["x-consentry-client"] == client_id
    assert answer.headers["x-consentry-scopes"] == "mcp"
    assert answer.headers["x-request-id"].startswith("req_")


async def test_a_key_that_a_person_made_is_nobody_s_application(here: World) -> None:
    made = await make(here)
    answer = await asked(here, made.secret.reveal())
    assert answer.status_code == 200
    assert answer.headers["x-consentry-account"] == "account_1"
    assert answer.headers["x-consentry-client"] == PERSONAL_KEY


async def test_a_yes_may_be_remembered_for_a_second_by_who_asks_for_the_very_same(here: World) -> None:
    _, tokens = await here.connect()
    answer = await asked(here, tokens["access_token"])
    assert answer.headers["cache-control"] == "max-age=1, must-revalidate"
    assert {"authorization", "origin"} <= {name.strip().lower() for name in answer.headers["vary"].split(",")}
    assert len(answer.headers["vary"]) <= 128  # or nginx would remember nothing
    for token in (None, "cy_at_x"):
        assert (await asked(here, token)).headers["cache-control"] == "no-store"


@pytest.mark.proves("F6", "F7", "F8")
async def test_whoever_is_refused_gets_the_gateway_s_own_challenge(here: World) -> None:
    for token in (None, "cy_at_x"):
        by_proxy, by_gateway = await asked(here, token), await here.call(token)
        assert by_proxy.status_code == by_gateway.status_code == 401
        assert by_proxy.headers["www-authenticate"] == by_gateway.headers["www-authenticate"]
        assert "x-consentry-account" not in by_proxy.headers


@pytest.mark.proves("G1")
async def test_a_token_of_another_deployment_does_not_pass(here: World) -> None:
    _, tokens = await here.connect()
    answer = await asked(here, tokens["access_token"], "/forward-auth/textkit")
    assert answer.status_code == 401
    assert "for another MCP server" in answer.headers["www-authenticate"]


async def test_an_ended_grant_and_an_expired_token_pass_no_more(here: World) -> None:
    client_id, tokens = await here.connect()
    assert (await asked(here, tokens["access_token"])).status_code == 200
    here.clock.now += tokens["expires_in"]
    assert "has expired" in (await asked(here, tokens["access_token"])).headers["www-authenticate"]
    fresh = (await here.refresh(client_id, tokens["refresh_token"])).json()
    assert (await asked(here, fresh["access_token"])).status_code == 200
    form = {"token": fresh["refresh_token"], "client_id": client_id}
    assert (await here.client.post("/revoke", data=form)).status_code == 200
    assert (await asked(here, fresh["access_token"])).status_code == 401


@pytest.mark.proves("F9")
async def test_a_grant_that_was_narrowed_is_asked_for_more(here: World) -> None:
    _, tokens = await here.connect()

    async def narrow(tx: Transaction) -> None:
        await tx.db.run("UPDATE grants SET scope = $1", "openid")

    await here.installation.store.write(narrow)
    answer = await asked(here, tokens["access_token"])
    assert answer.status_code == 403
    assert answer.headers["www-authenticate"].startswith('Bearer error="insufficient_scope"')
    assert 'scope="mcp"' in answer.headers["www-authenticate"]


@pytest.mark.proves("G3", "G4")
async def test_a_token_in_the_url_or_two_of_them_are_refused_as_at_the_gateway(here: World) -> None:
    _, tokens = await here.connect()
    token = tokens["access_token"]
    in_query = await asked(here, None, f"{PATH}?access_token={token}")
    assert in_query.status_code == 401
    assert token not in in_query.text
    assert (await asked(here, token, f"{PATH}?access_token={token}")).status_code == 400
    twice = await here.client.get(PATH, headers=[*bearer(token).items()] * 2)
    assert twice.status_code == 400
    assert twice.json()["error"] == "invalid_request"


async def test_the_original_path_may_follow_as_envoy_sends_it(here: World) -> None:
    _, tokens = await here.connect()
    good = tokens["access_token"]
    assert (await asked(here, good, f"{PATH}/mcp/reminders?x=y")).status_code == 200
    assert (await asked(here, good, f"{PATH}/mcp?access_token=x")).status_code == 400
    assert (await asked(here, None, f"{PATH}/.well-known/oauth-protected-resource")).status_code == 401


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
async def test_it_is_asked_with_any_method_of_mcp_and_never_waits_for_a_body(here: World, method: str) -> None:
    _, tokens = await here.connect()
    headers = bearer(tokens["access_token"]) | {"Content-Length": "99999999999"}
    assert (await here.client.request(method, PATH, headers=headers)).status_code == 200


@pytest.mark.parametrize("token", [True, False])
async def test_a_preflight_is_never_a_yes(here: World, token: bool) -> None:
    """The gateway answers it with 204, which a proxy would take for one."""
    headers = bearer((await here.connect())[1]["access_token"]) if token else {}
    answer = await here.client.options(PATH, headers=headers | {"Access-Control-Request-Method": "POST"})
    assert answer.status_code == 403
    assert "let your proxy answer OPTIONS itself" in answer.json()["error"]["message"]


@pytest.mark.proves("G8")
async def test_a_page_that_may_have_been_rebound_is_refused(here: World) -> None:
    _, tokens = await here.connect()
    assert (await asked(here, tokens["access_token"], Origin="http://evil.example")).status_code == 403
    assert (await asked(here, tokens["access_token"], Origin="https://claude.ai")).status_code == 200


STATED = [
    ({"X_Original_Method": "PUT"}, 405),
    ({"X_Forwarded_Method": "OPTIONS"}, 403),
    ({"X_Original_Method": "POST", "X_Forwarded_Method": "PATCH"}, 405),
    ({"X_Original_URI": "/mcp?access_token=x"}, 400),
    ({"X_Original_URL": "https://h.example/mcp?a=b&access%5Ftoken=x"}, 400),
    ({"X_Forwarded_Uri": "/mcp?access_token"}, 400),
    ({"X_Forwarded_Uri": "/mcp?a=b", "X_Forwarded_Method": "POST"}, 200),
]


@pytest.mark.proves("H7")
@pytest.mark.parametrize(("headers", "status"), STATED)
async def test_what_a_proxy_says_of_the_original_is_believed_of_a_trusted_one_alone(
    here: World, headers: dict[str, str], status: int
) -> None:
    _, tokens = await here.connect()
    assert (await asked(here, tokens["access_token"], **headers)).status_code == 200


@pytest.mark.proves("H7")
@pytest.mark.parametrize(("headers", "status"), STATED)
async def test_a_trusted_proxy_is_believed_by_its_own_address_whomever_it_names(
    trusting: World, headers: dict[str, str], status: int
) -> None:
    _, tokens = await trusting.connect()
    answer = await asked(trusting, tokens["access_token"], X_Forwarded_For="203.0.113.9", **headers)
    assert answer.status_code == status


@pytest.mark.proves("H7")
async def test_nobody_is_believed_who_only_names_a_trusted_address(tmp_path: Path, anyio_backend: str) -> None:
    async with world(tmp_path, trusted_proxies=("10.0.0.1",)) as here:
        _, tokens = await here.connect()
        named = {"X_Forwarded_For": "10.0.0.1", "X_Original_Method": "PUT"}
        assert (await asked(here, tokens["access_token"], **named)).status_code == 200


@pytest.mark.parametrize("path", ["/forward-auth/nobody", "/forward-auth/", "/forward-auth/%2e%2e/reminders"])
async def test_an_unknown_deployment_is_not_found(here: World, path: str) -> None:
    _, tokens = await here.connect()
    answer = await asked(here, tokens["access_token"], path)
    assert answer.status_code == 404
    assert "compare it" in answer.json()["error"]["message"]


async def test_a_server_elsewhere_has_its_own_metadata_named_and_its_tokens_taken(here: World) -> None:
    made = administer.make(
        Wanted("far", "Far away", None, ELSEWHERE, "owner"), "account_1", here.installation.entropy, here.clock.now
    )

    async def work(tx: Transaction) -> bool:
        return await administer.create(tx, made)

    assert await here.installation.store.write(work)
    client_id = (await here.register())["client_id"]
    code = await here.approve(client_id, resource=ELSEWHERE)
    tokens = (await here.exchange(client_id, code, resource=ELSEWHERE)).json()
    assert (await asked(here, tokens["access_token"], "/forward-auth/far")).status_code == 200
    assert (await asked(here, tokens["access_token"])).status_code == 401
    challenge = (await asked(here, None, "/forward-auth/far")).headers["www-authenticate"]
    document = "https://mcp.elsewhere.example/.well-known/oauth-protected-resource/v1/mcp"
    assert challenge == f'Bearer resource_metadata="{document}", scope="mcp"'


async def test_it_is_asked_by_whatever_name_the_proxy_has_for_this_machine(each: World) -> None:
    _, tokens = await each.connect()
    for host in ("127.0.0.1:8000", "reminders.mcp.example", "consentry.example"):
        answer = await asked(each, tokens["access_token"], Host=host)
        assert answer.status_code == 200
        assert (await asked(each, None, Host=host)).status_code == 401


async def test_the_last_use_of_a_grant_is_noted(here: World) -> None:
    _, tokens = await here.connect()
    here.clock.now += 100
    assert (await asked(here, tokens["access_token"])).status_code == 200

    async def work(tx: Transaction) -> list[int | None]:
        return [row[0] for row in await tx.db.all("SELECT last_used_at FROM grants")]

    with anyio.fail_after(60):  # the note is taken behind the answer's back
        while here.clock.now not in await here.installation.store.read(work):
            await anyio.lowlevel.checkpoint()


async def test_where_it_is_switched_off_there_is_nothing(tmp_path: Path, anyio_backend: str) -> None:
    async with world(tmp_path, forward_auth=False) as here:
        assert (await asked(here, None)).status_code == 404


async def test_a_store_that_is_away_is_no_yes(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _, tokens = await here.connect()

    async def away(_self: object, _work: object) -> None:
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(type(here.installation.store), "read", away)
    answer = await asked(here, tokens["access_token"])
    assert answer.status_code == 500
    assert "on fire" not in answer.text
    assert tokens["access_token"] not in answer.text
