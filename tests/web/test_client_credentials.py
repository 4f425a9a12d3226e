"""Clients that act for themselves: protocol rule D19, ADR 15."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from consentry.clients import secret as secrets
from consentry.clients.register import Registered
from consentry.grants import removal, revoke
from consentry.spec.errors import Refusal
from consentry.store.sql import Transaction
from tests.signing import jwks, key
from tests.stores import BOTH, database_url
from tests.web.acting import Made, assertion, connectable, made
from tests.web.world import World, world

pytestmark = pytest.mark.anyio


async def take(here: World, client: Made, **form: str) -> tuple[int, dict[str, Any]]:
    response = await here.token(grant_type="client_credentials", **(client.proof | form))
    return response.status_code, response.json()


async def grants(here: World) -> list[str]:
    return [grant.id for grant in await here.installation.store.read(lambda tx: tx.list_grants())]


@pytest.mark.proves("D19")
async def test_a_client_takes_access_tokens_for_itself_and_they_work_at_the_gateway(here: World) -> None:
    client = await made(here, confidential=True)
    status, tokens = await take(here, client, resource=here.resource, scope="mcp offline_access")
    assert (status, set(tokens)) == (200, {"access_token", "token_type", "expires_in", "scope"})
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", 3600, "mcp")
    assert (await here.call(tokens["access_token"])).status_code == 502  # let in, and nothing stands behind
    assert (await here.call(tokens["access_token"], "textkit")).status_code == 401
    again = (await take(here, client))[1]
    assert again["access_token"] != tokens["access_token"]
    assert len(await grants(here)) == 1
    here.clock.now += 3600
    assert (await here.call(tokens["access_token"])).status_code == 401
    assert (await take(here, client))[0] == 200


@pytest.mark.proves("D19", "D18")
async def test_a_client_that_signs_need_not_name_itself(here: World) -> None:
    client = await made(here, keys={"jwks": jwks(key("ES256"))})
    form = {"grant_type": "client_credentials", "resource": here.resource}
    assert (await here.token(**form, **assertion(here, client.id))).status_code == 200
    assert (await here.token(**form, **assertion(here, client.id))).status_code == 401
    assert (await here.token(**form, client_id=client.id)).status_code == 401


@pytest.mark.proves("D19")
async def test_its_tokens_speak_for_the_client_and_for_no_person(here: World) -> None:
    client = await made(here, confidential=True)
    _, tokens = await take(here, client)
    response = await here.client.post("/introspect", data={"token": tokens["access_token"], **client.proof})
    seen = response.json()
    assert (seen["sub"], seen["client_id"], seen["aud"]) == (client.id, client.id, here.resource)


@pytest.mark.proves("D19", "D7", "D8")
async def test_it_is_for_its_own_deployment_alone(here: World) -> None:
    client = await made(here, confidential=True)
    for resource in (here.other_resource, "https://x.example", "nonsense"):
        status, refused = await take(here, client, resource=resource)
        assert (status, refused["error"]) == (400, "invalid_target")
    status, refused = await take(here, client, scope="admin")
    assert (status, refused["error"]) == (400, "invalid_scope")
    assert (await take(here, client))[0] == 200


@pytest.mark.proves("D19", "D24")
async def test_nobody_registers_for_it_and_nobody_gets_it_who_was_not_let_in(here: World) -> None:
    registered = await here.register(
        token_endpoint_auth_method="client_secret_post", grant_types=["authorization_code", "client_credentials"]
    )
    assert "client_credentials" not in registered["grant_types"]
    own = Made(registered["client_id"], {name: registered[name] for name in ("client_id", "client_secret")})
    by_hand = await connectable(here, confidential=True)
    public = Made("", {"client_id": (await here.register())["client_id"]})
    for client in (own, by_hand, public):
        status, refused = await take(here, client)
        assert (status, refused["error"]) == (400, "unauthorized_client")
    assert await grants(here) == []


@pytest.mark.proves("D19")
async def test_a_wrong_secret_and_none_get_nothing(here: World) -> None:
    client = await made(here, confidential=True)
    for proof in ({"client_secret": "x"}, {"client_secret": ""}):
        status, refused = await take(here, client, **proof)
        assert (status, refused["error"]) == (401, "invalid_client")


@pytest.mark.proves("D19", "C27")
async def test_what_its_owner_ends_stays_ended_whatever_secret_it_has(here: World) -> None:
    client = await made(here, confidential=True)
    _, tokens = await take(here, client)
    await here.sign_in()
    page = await here.browser.get("/account")
    assert "Acts for itself" in page.text
    assert "you end it" in page.text
    (grant_id,) = await grants(here)
    csrf = page.text.split('name="csrf" value="')[1].split('"')[0]
    await here.browser.post("/account/disconnect", data={"csrf": csrf, "grant_id": grant_id})
    assert (await here.call(tokens["access_token"])).status_code == 401
    status, refused = await take(here, client)
    assert (status, refused["error"]) == (400, "unauthorized_client")
    assert "ask the operator" in refused["error_description"]

    async def exchange(tx: Transaction) -> Registered:
        found = await tx.find_client(client.id)
        assert found is not None
        fresh = await secrets.rotate(tx, found, 0, here.installation.entropy, here.clock())
        assert not isinstance(fresh, Refusal)
        return Registered(found, fresh)

    fresh = await here.installation.store.write(exchange)
    assert fresh.secret is not None
    assert (await take(here, client, client_secret=fresh.secret.reveal()))[0] == 400


@pytest.mark.proves("D19")
@pytest.mark.parametrize("gone", ["client", "deployment", "owner"])
async def test_it_ends_with_what_it_hangs_on(here: World, gone: str) -> None:
    client = await made(here, confidential=True)
    _, tokens = await take(here, client)

    async def remove(tx: Transaction) -> int:
        match gone:
            case "client":
                found = await tx.find_client(client.id)
                assert found is not None
                return await removal.remove_client(tx, found, "deleted by the operator", here.clock())
            case "deployment":
                deployment = await tx.find_deployment_by_slug("reminders")
                assert deployment is not None
                return await removal.remove_deployment(tx, deployment, here.clock())
            case _:
                owner = await tx.find_account("account_1")
                assert owner is not None
                return await removal.disable_account(tx, owner, here.clock())

    assert await here.installation.store.write(remove) == 1
    assert (await here.call(tokens["access_token"])).status_code in {401, 404}
    assert (await take(here, client))[0] in {400, 401}


@pytest.mark.proves("D19")
async def test_a_token_that_is_taken_while_the_grant_ends_ends_with_it(here: World) -> None:
    client = await made(here, confidential=True)
    taken: list[str] = []

    async def take_one() -> None:
        status, tokens = await take(here, client)
        if status == 200:
            taken.append(tokens["access_token"])

    async def end() -> None:
        async def work(tx: Transaction) -> bool:
            (grant,) = await tx.list_grants()
            return await revoke.end(tx, grant, "ended by the operator", None, here.clock())

        assert await here.installation.store.write(work)

    async with anyio.create_task_group() as tasks:
        for number in range(12):
            tasks.start_soon(take_one if number != 5 else end)
    for token in taken:
        assert (await here.call(token)).status_code == 401
    assert (await take(here, client))[0] == 400


@pytest.fixture(params=BOTH)
async def without(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    """Where the operator switched it off."""
    url = await database_url(request, tmp_path)
    async with world(tmp_path, database_url=url, client_credentials=False) as built:
        yield built


@pytest.mark.proves("D19", "D24")
async def test_switched_off_it_is_neither_offered_nor_given(without: World, here: World) -> None:
    status, refused = await take(without, await made(without, confidential=True))
    assert (status, refused["error"]) == (400, "unsupported_grant_type")
    for place, offered in ((without, False), (here, True)):
        document = (await place.client.get("/.well-known/oauth-authorization-server")).json()
        assert ("client_credentials" in document["grant_types_supported"]) == offered
