"""JWT access tokens: RFC 9068, as a server elsewhere reads them and as the gateway takes them."""

import json
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, KeySet
from joserfc.jws import CompactSignature

from consentry.formats import Format
from consentry.keys import Claims
from tests.web.test_formats import PASSES, give
from tests.web.world import ISSUER, World

pytestmark = pytest.mark.anyio


async def connected(here: World) -> tuple[str, dict[str, Any]]:
    await give(here, Format("jwt"), "reminders", "textkit")
    return await here.connect()


async def read(here: World, token: str) -> CompactSignature:
    """As anybody may who has the key set."""
    keys = KeySet.import_key_set((await here.client.get("/jwks.json")).json())
    return jws.deserialize_compact(token, keys, algorithms=["ES256"])


def claims_of(signed: CompactSignature) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(signed.payload)
    return found


@pytest.mark.proves("E1", "E2")
async def test_the_token_has_type_algorithm_and_claims_of_its_profile(here: World) -> None:
    client_id, tokens = await connected(here)
    signed = await read(here, tokens["access_token"])
    (key,) = (await here.client.get("/jwks.json")).json()["keys"]
    assert signed.headers() == {"typ": "at+jwt", "alg": "ES256", "kid": key["kid"]}
    claims = claims_of(signed)
    assert claims.pop("jti").startswith("cy_ji_")
    metadata = await here.client.get("/.well-known/oauth-protected-resource/mcp/reminders")
    assert claims == {
        "iss": ISSUER,
        "aud": metadata.json()["resource"],
        "sub": "account_1",
        "client_id": client_id,
        "iat": here.clock.now,
        "exp": here.clock.now + 3600,
        "scope": "mcp",
        "auth_time": here.clock.now,
        "amr": ["pwd"],
    }


async def test_each_token_has_an_id_of_its_own_and_a_refreshed_one_says_when_the_person_signed_in(here: World) -> None:
    client_id, tokens = await connected(here)
    signed_in_at = here.clock.now
    here.clock.now += 600
    fresh = (await here.refresh(client_id, tokens["refresh_token"], scope="mcp")).json()
    first, second = [claims_of(await read(here, one["access_token"])) for one in (tokens, fresh)]
    assert first["jti"] != second["jti"]
    assert (second["iat"], second["auth_time"]) == (here.clock.now, signed_in_at)


async def test_the_aud_is_the_resource_as_its_metadata_spells_it_however_it_was_asked_for(here: World) -> None:
    await give(here, Format("jwt"), "reminders")
    client_id = (await here.register())["client_id"]
    spelled = here.resource.replace("consentry", "CONSENTRY") + "/"
    tokens = (await here.exchange(client_id, await here.approve(client_id, resource=spelled))).json()
    assert claims_of(await read(here, tokens["access_token"]))["aud"] == here.resource


@pytest.mark.proves("G2", "E3")
@pytest.mark.parametrize(
    ("typ", "changed"),
    [
        ("JWT", {}),  # an ID token
        ("logout+jwt", {}),
        ("at+jwt", {"iss": "https://evil.example"}),
        ("at+jwt", {"aud": "https://consentry.example/mcp/textkit"}),
        ("at+jwt", {"aud": ["https://consentry.example/mcp/reminders", "https://evil.example"]}),
        ("at+jwt", {"nbf": 1_900_000_000}),
        ("at+jwt", {"exp": None}),
        ("at+jwt", {"jti": "cy_ji_" + "0" * 49}),
        ("at+jwt", {"jti": None}),
        ("at+jwt", {"jti": 7}),
    ],
)
async def test_what_our_own_key_signed_as_something_else_opens_nothing(
    here: World, typ: str, changed: dict[str, Any]
) -> None:
    _, tokens = await connected(here)
    genuine: Claims = claims_of(await read(here, tokens["access_token"]))
    signer = here.installation.signer
    assert (await here.call(await signer.sign(genuine, "at+jwt"))).status_code == PASSES
    response = await here.call(await signer.sign(dict(genuine) | changed, typ))
    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["www-authenticate"]


@pytest.mark.proves("G2")
async def test_what_another_key_signed_opens_nothing(here: World) -> None:
    _, tokens = await connected(here)
    genuine = await read(here, tokens["access_token"])
    theirs = ECKey.generate_key("P-256")
    for header in (
        genuine.headers(),
        genuine.headers() | {"kid": theirs.thumbprint()},
        genuine.headers() | {"jwk": theirs.as_dict(private=False)},
        genuine.headers() | {"kid": "../../etc/passwd"},
    ):
        forged = jws.serialize_compact(header, genuine.payload, theirs)
        assert (await here.call(forged)).status_code == 401


@pytest.mark.proves("G2")
async def test_a_token_of_another_issuer_with_the_same_key_opens_nothing(here: World) -> None:
    _, tokens = await connected(here)
    claims = claims_of(await read(here, tokens["access_token"]))
    del claims["iss"]
    elsewhere = replace(here.installation.signer, issuer="https://other.example")
    assert (await here.call(await elsewhere.sign(claims, "at+jwt"))).status_code == 401


async def test_the_id_of_a_token_is_no_token(here: World) -> None:
    _, tokens = await connected(here)
    jti = claims_of(await read(here, tokens["access_token"]))["jti"]
    assert (await here.call(jti)).status_code == 401
    await here.client.post("/revoke", data={"client_id": "x", "token": jti})
    assert (await here.call(tokens["access_token"])).status_code == PASSES


async def test_what_a_token_may_is_what_its_grant_says_now_and_not_what_it_says_itself(here: World) -> None:
    _, tokens = await connected(here)
    claims = claims_of(await read(here, tokens["access_token"]))
    wider = await here.installation.signer.sign(claims | {"exp": claims["exp"] + 9999, "scope": "everything"}, "at+jwt")
    assert (await here.call(wider)).status_code == PASSES
    here.clock.now = claims["exp"]
    assert (await here.call(wider)).status_code == 401


async def test_tokens_live_through_a_rotation_and_die_with_a_compromised_key(here: World) -> None:
    _, tokens = await connected(here)
    clock, installation = here.clock, here.installation
    clock.now += 60
    assert (await here.call(tokens["access_token"])).status_code == PASSES

    async def age(tx: Any) -> None:
        await tx.db.run("UPDATE signing_keys SET signs_from = signs_from - $1", installation.key_policy.max_age)

    await installation.store.write(age)
    assert await installation.tend_keys()
    clock.now += 3500
    assert (await here.call(tokens["access_token"])).status_code == PASSES

    async def withdraw(tx: Any) -> None:
        await tx.withdraw_signing_keys("", clock.now)

    await installation.store.write(withdraw)
    clock.now += 30
    assert (await here.call(tokens["access_token"])).status_code == PASSES
    clock.now += 30
    assert (await here.call(tokens["access_token"])).status_code == 401
