"""Introspection over HTTP: who may see what of a token."""

from typing import Any

import httpx2
import pytest

from consentry.clients import secret as secrets
from consentry.clients.register import Registered
from tests.signing import TYPE, claims, jwks, key, signed
from tests.web.world import EMAIL, ISSUER, World

pytestmark = pytest.mark.anyio

INACTIVE = {"active": False}


async def credentials(here: World, deployment_id: str = "d_1", overlap: int = 3600) -> httpx2.BasicAuth:
    """What a deployment's own server shows."""

    async def work(tx: Any) -> Registered:
        made = await secrets.of_resource_server(
            tx, deployment_id, "server", overlap, here.installation.entropy, here.clock()
        )
        assert isinstance(made, Registered)
        return made

    made = await here.installation.store.write(work)
    assert made.secret is not None
    return httpx2.BasicAuth(made.client.id, made.secret.reveal())


async def asked(here: World, auth: httpx2.BasicAuth | None, token: str, **form: str) -> httpx2.Response:
    sent = {"token": token, **form}
    if auth is None:
        return await here.client.post("/introspect", data=sent)
    return await here.client.post("/introspect", data=sent, auth=auth)


async def seen(here: World, auth: httpx2.BasicAuth | None, token: str, **form: str) -> dict[str, Any]:
    response = await asked(here, auth, token, **form)
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    found: dict[str, Any] = response.json()
    return found


@pytest.mark.proves("E7")
@pytest.mark.parametrize("hint", ["", "access_token", "refresh_token", "nonsense"])
async def test_a_resource_server_learns_what_a_token_for_it_may_do(here: World, hint: str) -> None:
    client_id, tokens = await here.connect()
    here.clock.now += 10
    assert await seen(here, await credentials(here), tokens["access_token"], token_type_hint=hint) == {
        "active": True,
        "scope": "mcp",
        "client_id": client_id,
        "sub": "account_1",
        "aud": here.resource,
        "iss": ISSUER,
        "iat": here.clock.now - 10,
        "exp": here.clock.now + 3590,
        "token_type": "Bearer",
        "auth_time": here.clock.now - 10,
    }


@pytest.mark.proves("E7", "E8")
async def test_what_is_not_its_own_looks_like_nothing_at_all(here: World) -> None:
    _, tokens = await here.connect()
    other = await credentials(here, "d_2")
    own = await credentials(here)
    for auth, token in (
        (other, tokens["access_token"]),
        (other, tokens["refresh_token"]),
        # A refresh token must never pass for an access token at a resource server.
        (own, tokens["refresh_token"]),
        (own, "nonsense"),
        (own, tokens["access_token"][:-1]),
    ):
        response = await asked(here, auth, token)
        assert (response.status_code, response.json()) == (200, INACTIVE)


@pytest.mark.proves("E7", "E8")
async def test_a_client_sees_its_own_tokens_and_no_others(here: World) -> None:
    _, foreign = await here.connect()
    made = await here.register(token_endpoint_auth_method="client_secret_post")
    proof = {"client_id": made["client_id"], "client_secret": made["client_secret"]}
    code = await here.approve(made["client_id"])
    tokens = (await here.exchange(made["client_id"], code, client_secret=made["client_secret"])).json()
    access = await seen(here, None, tokens["access_token"], **proof)
    assert (access["active"], access["token_type"]) == (True, "Bearer")
    refresh = await seen(here, None, tokens["refresh_token"], **proof)
    assert (refresh["active"], refresh["token_type"]) == (True, "refresh_token")
    assert refresh["exp"] == here.clock.now + 7_776_000
    assert await seen(here, None, foreign["access_token"], **proof) == INACTIVE
    assert await seen(here, None, foreign["refresh_token"], **proof) == INACTIVE
    asked_for = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    successor = (await here.token(**asked_for, **proof)).json()
    assert await seen(here, None, tokens["refresh_token"], **proof) == INACTIVE
    assert (await seen(here, None, successor["refresh_token"], **proof))["active"]


@pytest.mark.proves("E7")
async def test_a_token_that_is_over_is_inactive_and_nothing_else(here: World) -> None:
    client_id, tokens = await here.connect()
    auth = await credentials(here)
    here.clock.now += 3600
    assert await seen(here, auth, tokens["access_token"]) == INACTIVE
    fresh = (await here.refresh(client_id, tokens["refresh_token"])).json()
    assert (await seen(here, auth, fresh["access_token"]))["active"]
    await here.client.post("/revoke", data={"client_id": client_id, "token": fresh["refresh_token"]})
    assert await seen(here, auth, fresh["access_token"]) == INACTIVE


@pytest.mark.proves("E7")
async def test_who_proves_nothing_learns_nothing(here: World) -> None:
    client_id, tokens = await here.connect()
    auth = await credentials(here)
    for response in (
        await asked(here, None, tokens["access_token"]),
        # A public client's id is no secret, so it is no proof.
        await asked(here, None, tokens["access_token"], client_id=client_id),
        await asked(here, httpx2.BasicAuth(client_id, ""), tokens["access_token"]),
        await asked(here, httpx2.BasicAuth("resource_nobody", "x"), tokens["access_token"]),
    ):
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
        assert response.headers["www-authenticate"].startswith("Basic ")
    empty = await here.client.post("/introspect", auth=auth, data={"a": "b"})
    assert (empty.status_code, empty.json()["error"]) == (400, "invalid_request")
    assert (await here.client.get("/introspect", params={"token": "x"})).status_code == 405


@pytest.mark.proves("E7", "D18")
async def test_a_client_that_signs_may_ask(here: World) -> None:
    made = await here.register(token_endpoint_auth_method="private_key_jwt", jwks=jwks(key("ES256")))

    def proof(jti: str) -> dict[str, str]:
        said = claims(made["client_id"], now=here.clock(), jti=jti, aud=f"{ISSUER}/introspect")
        return {"client_assertion_type": TYPE, "client_assertion": signed(said)}

    assert await seen(here, None, "nonsense", **proof("one")) == INACTIVE
    assert (await asked(here, None, "nonsense", **proof("one"))).status_code == 401


async def test_a_resource_servers_credentials_open_nothing_else(here: World) -> None:
    _, tokens = await here.connect()
    auth = await credentials(here)
    for form in (
        {"grant_type": "client_credentials"},
        {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]},
        {"grant_type": "authorization_code", "code": "x"},
    ):
        response = await here.client.post("/token", data=form, auth=auth)
        assert response.status_code == 400
        assert response.json()["error"] in {"unauthorized_client", "unsupported_grant_type"}
    await here.client.post("/revoke", data={"token": tokens["access_token"]}, auth=auth)
    assert (await here.call(tokens["access_token"])).status_code == 502


async def test_new_credentials_work_beside_the_old_ones_for_a_while(here: World) -> None:
    _, tokens = await here.connect()
    first = await credentials(here)
    second = await credentials(here, overlap=60)
    for auth in (first, second):
        assert (await seen(here, auth, tokens["access_token"]))["active"]
    here.clock.now += 60
    assert (await asked(here, first, tokens["access_token"])).status_code == 401
    assert (await seen(here, second, tokens["access_token"]))["active"]
    third = await credentials(here, overlap=0)
    assert (await asked(here, second, tokens["access_token"])).status_code == 401
    assert (await seen(here, third, tokens["access_token"]))["active"]


async def test_no_persons_name_or_address_is_told(here: World) -> None:
    _, tokens = await here.connect()
    said = (await asked(here, await credentials(here), tokens["access_token"])).text
    assert EMAIL not in said
    assert "username" not in said


@pytest.mark.proves("A7")
async def test_the_endpoint_is_advertised_with_how_to_prove_oneself_there(here: World) -> None:
    found = (await here.client.get("/.well-known/oauth-authorization-server")).json()
    assert found["introspection_endpoint"] == f"{ISSUER}/introspect"
    assert "none" not in found["introspection_endpoint_auth_methods_supported"]
    assert "ES256" in found["introspection_endpoint_auth_signing_alg_values_supported"]
