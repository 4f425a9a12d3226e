"""Client authentication over HTTP: protocol rules D14-D18."""

import json
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from consentry.audit import Event
from consentry.clients.model import AUTH_METHODS
from consentry.spec.retrieval import Bounds, Fetched, Unfetched
from tests.signing import TYPE, claims, jwks, key, signed
from tests.web.world import World, world

pytestmark = pytest.mark.anyio


async def signer(here: World, **metadata: Any) -> str:
    """A client that signs; its id."""
    asked: dict[str, Any] = {"token_endpoint_auth_method": "private_key_jwt", "jwks": jwks(key("ES256"))}
    return str((await here.register(**(asked | metadata)))["client_id"])


def assertion(here: World, client_id: str, alg: str = "ES256", **changes: Any) -> dict[str, str]:
    said = claims(client_id, now=here.clock(), **changes)
    return {"client_assertion_type": TYPE, "client_assertion": signed(said, alg)}


async def refused(here: World, **form: str) -> tuple[int, str]:
    """What comes of a request whose refresh token is worth nothing: invalid_grant is as far as a client gets."""
    asked = {"grant_type": "refresh_token", "refresh_token": "nothing"} | form
    response = await here.token(**asked)
    return response.status_code, response.json()["error"]


PROVEN = (400, "invalid_grant")
UNPROVEN = (401, "invalid_client")


@pytest.mark.proves("D18")
@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
async def test_a_client_that_signs_connects_and_refreshes_without_naming_itself(here: World, alg: str) -> None:
    client_id = await signer(here, jwks=jwks(key(alg)))
    code = await here.approve(client_id)
    proof = assertion(here, client_id, alg)
    bought = await here.token(grant_type="authorization_code", code=code, code_verifier="v" * 43, **proof)
    assert bought.status_code == 200, bought.text
    again = assertion(here, client_id, alg, jti="two", aud=[f"{here.installation.addresses.issuer}/token"])
    refreshed = await here.refresh(client_id, bought.json()["refresh_token"], **again)
    assert refreshed.status_code == 200, refreshed.text


@pytest.mark.proves("D18")
async def test_an_assertion_counts_once_and_its_replay_is_told_once(here: World) -> None:
    client_id = await signer(here)
    proof = assertion(here, client_id)
    assert await refused(here, **proof) == PROVEN
    for _ in range(3):
        assert await refused(here, **proof) == UNPROVEN
    here.clock.now += 89
    assert await refused(here, **proof) == UNPROVEN
    assert [event.name for event in await events(here) if event.suspicious] == ["client:assertion:replayed"]
    other = await signer(here)
    assert await refused(here, **assertion(here, other)) == PROVEN


@pytest.mark.proves("D18")
async def test_of_requests_that_show_one_assertion_at_once_one_gets_through(here: World) -> None:
    client_id = await signer(here)
    proof, outcomes = assertion(here, client_id), []

    async def show() -> None:
        outcomes.append(await refused(here, **proof))

    async with anyio.create_task_group() as tasks:
        for _ in range(12):
            tasks.start_soon(show)
    assert sorted(outcomes) == [PROVEN] + [UNPROVEN] * 11


@pytest.mark.proves("D18")
async def test_an_assertion_that_is_refused_is_not_spent(here: World) -> None:
    client_id = await signer(here)
    forged = {"client_assertion": signed(claims(client_id, now=here.clock()), by=key("ES256", "mallory"),
                                         kid="one-ES256")}  # fmt: skip
    assert await refused(here, client_assertion_type=TYPE, **forged) == UNPROVEN
    assert await refused(here, **assertion(here, client_id, aud="https://other.example")) == UNPROVEN
    assert await refused(here, **assertion(here, client_id)) == PROVEN


@pytest.mark.proves("D18", "D14")
async def test_naming_a_client_that_signs_is_not_being_it(here: World) -> None:
    client_id = await signer(here)
    assert await refused(here, client_id=client_id) == UNPROVEN
    assert await refused(here, client_id=client_id, client_secret="x") == UNPROVEN
    assert await refused(here, **assertion(here, "client_nobody")) == UNPROVEN
    assert await refused(here, client_id=client_id, client_assertion="x", client_assertion_type=TYPE) == UNPROVEN


@pytest.mark.proves("D15")
async def test_two_proofs_at_once_are_refused(here: World) -> None:
    client_id = await signer(here)
    proof = assertion(here, client_id)
    assert await refused(here, client_secret="x", **proof) == (400, "invalid_request")
    asked = {"grant_type": "refresh_token", "refresh_token": "x"}
    response = await here.client.post("/token", data=asked | proof, auth=httpx2.BasicAuth(client_id, "x"))
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


@pytest.mark.proves("D17")
async def test_a_public_client_that_signs_as_it_may_elsewhere_is_let_be(here: World) -> None:
    client_id = (await here.register())["client_id"]
    assert await refused(here, client_id=client_id, **assertion(here, client_id)) == PROVEN


@pytest.mark.proves("D18", "E5")
async def test_revocation_takes_an_assertion_for_its_own_address(here: World) -> None:
    client_id = await signer(here)
    own = assertion(here, client_id, aud=f"{here.installation.addresses.issuer}/revoke")
    assert await refused(here, **own) == UNPROVEN
    response = await here.client.post("/revoke", data={"token": "x", **own})
    assert response.status_code == 200


@pytest.mark.proves("B10")
async def test_keys_are_registered_and_given_back(here: World) -> None:
    keys = jwks(key("ES256"))
    made = await here.register(token_endpoint_auth_method="private_key_jwt", jwks=keys)
    assert made["jwks"] == keys
    assert "client_secret" not in made
    uri = "https://agent.example/jwks.json"
    found = await here.register(token_endpoint_auth_method="private_key_jwt", jwks_uri=uri)
    assert found["jwks_uri"] == uri


@pytest.mark.proves("B11")
@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({}, "needs jwks"),
        ({"jwks": {"keys": []}}, "JWK Set"),
        ({"jwks": {"keys": [dict(key("ES256").as_dict(private=True))]}}, "private"),
        ({"jwks": jwks(key("ES256")), "jwks_uri": "https://a.example/k"}, "together"),
        ({"jwks_uri": "http://a.example/k"}, "https URL"),
        ({"jwks_uri": "https://u:p@a.example/k"}, "https URL"),
        ({"jwks_uri": "https://a.example/k#f"}, "https URL"),
        ({"jwks_uri": "https://a.example/" + "k" * 500}, "https URL"),
        ({"jwks_uri": 5}, "needs jwks"),
    ],
)
async def test_keys_that_will_not_do_are_refused(here: World, metadata: dict[str, Any], said: str) -> None:
    asked = {"redirect_uris": ["https://a.example/cb"], "token_endpoint_auth_method": "private_key_jwt"}
    response = await here.client.post("/register", json=asked | metadata)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_client_metadata")
    assert said in response.json()["error_description"]


@pytest.mark.proves("A11")
async def test_the_methods_are_advertised_with_their_algorithms(here: World) -> None:
    found = (await here.client.get("/.well-known/oauth-authorization-server")).json()
    for endpoint in ("token", "revocation"):
        assert found[f"{endpoint}_endpoint_auth_methods_supported"] == list(AUTH_METHODS)
        algorithms = found[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
        assert {"RS256", "ES256", "EdDSA"} <= set(algorithms)
        assert "none" not in algorithms


async def test_a_nul_in_a_basic_name_is_no_fault_of_ours(here: World) -> None:
    asked = {"grant_type": "refresh_token", "refresh_token": "x"}
    for name in ("a%00b", "a\0b"):
        response = await here.client.post("/token", data=asked, auth=httpx2.BasicAuth(name, "x"))
        assert (response.status_code, response.json()["error"]) == UNPROVEN


async def events(here: World) -> list[Event]:
    return await here.installation.store.read(lambda tx: tx.list_events())


@pytest.mark.proves("D18")
@pytest.mark.parametrize("body", [jwks(key("ES256")), {"keys": []}])
async def test_keys_are_fetched_from_where_the_client_says(tmp_path: Path, body: dict[str, Any]) -> None:
    async def fetch(url: str, bounds: Bounds) -> Fetched | Unfetched:
        assert url == "https://agent.example/jwks.json"
        return Fetched(url, "application/json", json.dumps(body).encode(), {})

    async with world(tmp_path, fetch) as here:
        client_id = await signer(here, jwks=None, jwks_uri="https://agent.example/jwks.json")
        expected = PROVEN if body["keys"] else UNPROVEN
        assert await refused(here, **assertion(here, client_id)) == expected
