"""Attacks as somebody would carry them out: over HTTP, with what a thief or a stranger would hold."""

import hmac
import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

import pytest
from joserfc.jwk import ECKey

from consentry.formats import Format
from tests.web.test_formats import PASSES, give
from tests.web.world import CHALLENGE, ISSUER, OTHER_EMAIL, VERIFIER, World, answered

pytestmark = pytest.mark.anyio

OTHER_VERIFIER = "w" * 43
OTHER_CHALLENGE = urlsafe_b64encode(sha256(OTHER_VERIFIER.encode()).digest()).rstrip(b"=").decode()


async def test_a_stolen_code_is_worth_nothing_in_another_session_and_stays_good_in_its_own(here: World) -> None:
    client_id = (await here.register())["client_id"]
    stolen = await here.approve(client_id)
    # The thief begins a session of their own, at the same client, and puts the victim's code into it.
    await here.approve(client_id, code_challenge=OTHER_CHALLENGE)
    for verifier in (OTHER_VERIFIER, "x" * 43, CHALLENGE):
        injected = await here.exchange(client_id, stolen, code_verifier=verifier)
        assert injected.json()["error"] == "invalid_grant"
    theirs = (await here.register())["client_id"]
    assert (await here.exchange(theirs, stolen)).json()["error"] == "invalid_grant"
    assert (await here.exchange(client_id, stolen)).status_code == 200


@pytest.mark.parametrize(
    "weakened",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge": VERIFIER, "code_challenge_method": "plain"},
        {"code_challenge_method": "s256"},
        {"code_challenge": CHALLENGE + "="},
    ],
)
async def test_proof_key_cannot_be_left_out_or_weakened_when_a_code_is_asked_for(
    here: World, weakened: dict[str, str | None]
) -> None:
    client_id = (await here.register())["client_id"]
    await here.sign_in()
    told = answered(await here.ask(client_id, **weakened))
    assert (told["error"], "code" in told) == ("invalid_request", False)


async def test_nor_when_a_code_is_exchanged(here: World) -> None:
    client_id = (await here.register())["client_id"]
    code = await here.approve(client_id)
    bare = {"grant_type": "authorization_code", "client_id": client_id, "code": code}
    for proof in ({}, {"code_verifier": ""}, {"code_verifier": CHALLENGE}, {"code_verifier": VERIFIER[:-1]}):
        assert (await here.token(**bare, **proof)).json()["error"] == "invalid_grant"
    assert (await here.token(**bare, code_verifier=VERIFIER)).status_code == 200


async def test_every_authorization_response_names_the_issuer_that_the_metadata_names(here: World) -> None:
    document = (await here.client.get("/.well-known/oauth-authorization-server")).json()
    assert document["authorization_response_iss_parameter_supported"] is True
    client_id = (await here.register())["client_id"]
    await here.sign_in()
    page = await here.ask(client_id)
    for response in (
        await here.answer(page, "deny"),
        await here.answer(page),
        await here.ask(client_id, response_type="token"),
        await here.ask(client_id, resource="https://elsewhere.example/mcp"),
        await here.ask(client_id, prompt="none"),
    ):
        told = answered(response)
        assert told["iss"] == document["issuer"] == ISSUER
        assert told["state"] == "st"


async def test_a_planted_session_is_not_the_victims_after_signing_in(here: World) -> None:
    await here.browser.get("/login")
    planted = next(iter(here.browser.cookies.jar)).value
    assert (await here.sign_in(OTHER_EMAIL)).status_code == 303
    assert next(iter(here.browser.cookies.jar)).value != planted
    thief = await here.client.get("/account", headers={"Cookie": f"__Host-consentry={planted}", "Accept": "text/html"})
    assert thief.status_code == 303


def _encoded(part: bytes | dict[str, Any]) -> str:
    octets = part if isinstance(part, bytes) else json.dumps(part).encode()
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def _forgeries(header: dict[str, Any], payload: str, published: dict[str, Any]) -> list[str]:
    """What is known to have worked against somebody (RFC 8725 §2)."""
    theirs = ECKey.generate_key("P-256").as_dict(private=False)
    shared = [json.dumps(published).encode(), _encoded(published).encode(), published["x"].encode(), b""]
    forged = [f"{_encoded(header | {'alg': alg})}.{payload}." for alg in ("none", "None", "", "NONE")]
    for alg, digest in (("HS256", "sha256"), ("HS512", "sha512")):
        text = f"{_encoded(header | {'alg': alg})}.{payload}"
        forged += [f"{text}.{_encoded(hmac.digest(key, text.encode(), digest))}" for key in shared]
    for more in ({"jwk": theirs}, {"jku": "https://evil.example/jwks"}, {"kid": "../../dev/null"}, {"kid": ""}):
        forged.append(f"{_encoded(header | more)}.{payload}.{_encoded(bytes(64))}")
    forged.append(f"{_encoded(header)}.{payload}.{_encoded(bytes(64))}")  # r = s = 0
    forged.append(f"{_encoded(header | {'b64': False, 'crit': ['b64']})}.{payload}.{_encoded(bytes(64))}")
    return forged


async def test_a_forged_jwt_opens_nothing_whatever_its_header_says(here: World) -> None:
    await give(here, Format("jwt"), "reminders")
    client_id, tokens = await here.connect()
    genuine = tokens["access_token"]
    head, payload, signature = genuine.split(".")
    header = {"alg": "ES256", "typ": "at+jwt"}
    (published,) = (await here.client.get("/jwks.json")).json()["keys"]
    for forged in (
        *_forgeries(header | {"kid": published["kid"]}, payload, published),
        f"{head}.{payload}.{signature[:-2]}",
        f"{head}.{payload}",
        f"{head}.{payload}.{signature}.{signature}",
    ):
        assert (await here.call(forged)).status_code == 401, forged
        userinfo = await here.client.get("/userinfo", headers={"Authorization": f"Bearer {forged}"})
        assert userinfo.status_code == 401
        revoked = await here.client.post("/revoke", data={"client_id": client_id, "token": forged})
        assert revoked.status_code == 200
    assert (await here.call(genuine)).status_code == PASSES


async def test_an_id_token_is_no_access_token_and_an_access_token_no_hint_of_a_person(here: World) -> None:
    await give(here, Format("jwt"), "reminders")
    client_id = (await here.register())["client_id"]
    code = await here.approve(client_id, scope="openid mcp")
    tokens = (await here.exchange(client_id, code)).json()
    assert (await here.call(tokens["id_token"])).status_code == 401
    userinfo = await here.client.get("/userinfo", headers={"Authorization": f"Bearer {tokens['id_token']}"})
    assert userinfo.status_code == 401
    asked = {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": tokens["access_token"]}
    assert (await here.token(**asked)).json()["error"] == "invalid_grant"
    # It would name the person, were it taken for one; another is signed in, and would be sent to sign in.
    await here.sign_in(OTHER_EMAIL)
    page = await here.ask(client_id, resource=here.other_resource, id_token_hint=tokens["access_token"])
    assert page.status_code == 200
