"""OpenID Connect from outside: ID tokens and UserInfo, as a strict client takes them."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from consentry.store.sql import Transaction
from tests.web.relying_party import RelyingParty
from tests.web.world import EMAIL, ISSUER, OTHER_EMAIL, World, answered, way_back, world

pytestmark = pytest.mark.anyio


async def of_database(here: World, sql: str) -> None:
    async def work(tx: Transaction) -> None:
        await tx.db.run(sql)

    await here.installation.store.write(work)


@pytest.mark.proves("E9", "E10", "E11", "A10")
async def test_a_person_signs_in_and_is_known_by_one_name_everywhere(here: World) -> None:
    await of_database(here, "UPDATE accounts SET name = 'Ada Lovelace' WHERE id = 'account_1'")
    party = await RelyingParty.register(here)
    tokens = await party.sign_in(scope="mcp openid email profile", nonce='n"ö')
    assert tokens["scope"] == "email mcp openid profile"
    claims = await party.accept(tokens, nonce='n"ö')
    assert claims["sub"] == "account_1"
    assert claims["auth_time"] == here.clock.now
    assert "email" not in claims
    for method in ("GET", "POST"):
        assert await party.userinfo(tokens["access_token"], method) == {
            "sub": claims["sub"],
            "email": EMAIL,
            "email_verified": True,
            "name": "Ada Lovelace",
        }
    # The same token opens the MCP server it is for: nothing answers behind it.
    assert (await here.call(tokens["access_token"])).status_code == 502


@pytest.mark.proves("E9", "A3")
async def test_it_works_below_a_path(below: World) -> None:
    party = await RelyingParty.register(below)
    assert (await party.accept(await party.sign_in(scope="openid"))).get("sub") == "account_1"


@pytest.mark.proves("E10", "A17")
async def test_userinfo_says_what_the_scopes_allow_and_no_more(here: World) -> None:
    party = await RelyingParty.register(here)
    for scope, names in (
        ("openid", {"sub"}),
        ("openid email", {"sub", "email", "email_verified"}),
        ("openid profile", {"sub"}),  # this account has no name: left out, never null
        ("mcp openid email profile offline_access", {"sub", "email", "email_verified"}),
    ):
        tokens = await party.sign_in(scope=scope)
        assert set(await party.userinfo(tokens["access_token"])) == names


@pytest.mark.proves("E10")
async def test_an_address_that_is_not_verified_any_more_is_called_so(here: World) -> None:
    party = await RelyingParty.register(here)
    tokens = await party.sign_in(scope="openid email")
    await of_database(here, "UPDATE accounts SET verified_at = NULL")
    assert (await party.userinfo(tokens["access_token"]))["email_verified"] is False


@pytest.mark.proves("E9")
async def test_without_openid_there_is_no_id_token(here: World) -> None:
    party = await RelyingParty.register(here)
    for scope in ("mcp", "mcp email profile", None):
        assert "id_token" not in await party.sign_in(scope=scope, nonce="n")
    tokens = await party.sign_in(scope="openid mcp")
    narrowed = (await here.refresh(party.client_id, tokens["refresh_token"], scope="mcp")).json()
    assert "id_token" not in narrowed


@pytest.mark.proves("E9", "C19")
async def test_auth_time_is_when_the_person_signed_in_and_stays_so_when_refreshed(here: World) -> None:
    """OpenID Connect Core §12.2."""
    party = await RelyingParty.register(here)
    await here.sign_in()
    signed_in_at = here.clock.now
    here.clock.now += 50
    tokens = await party.sign_in(scope="mcp openid", nonce="n", max_age="60")
    first = await party.accept(tokens, nonce="n", max_age=60)
    assert first["auth_time"] == signed_in_at
    here.clock.now += 1000
    renewed = (await here.refresh(party.client_id, tokens["refresh_token"])).json()
    second = await party.accept(renewed, nonce=None)
    assert {name: second[name] for name in ("iss", "sub", "aud", "auth_time")} == {
        name: first[name] for name in ("iss", "sub", "aud", "auth_time")
    }
    assert second["iat"] == here.clock.now
    # A lost answer is asked for again: the same successor, and an ID token that fits the new access token.
    repeated = (await here.refresh(party.client_id, tokens["refresh_token"])).json()
    assert repeated["access_token"] != renewed["access_token"]
    assert (await party.accept(repeated))["sub"] == "account_1"


@pytest.mark.proves("E9", "C19")
@pytest.mark.parametrize("asked", [{"prompt": "login"}, {"max_age": "0"}])
async def test_a_fresh_sign_in_is_to_be_seen_in_the_id_token(here: World, asked: dict[str, str]) -> None:
    party = await RelyingParty.register(here)
    await here.sign_in()
    here.clock.now += 500
    then = way_back(await here.ask(party.client_id, scope="openid", **asked))
    here.clock.now += 5
    await here.sign_in(next=then)
    signed_in_at = here.clock.now
    here.clock.now += 20
    code = answered(await here.answer(await here.browser.get(then)))["code"]
    claims = await party.accept((await here.exchange(party.client_id, code)).json())
    assert claims["auth_time"] == signed_in_at


@pytest.mark.proves("C21")
async def test_who_wants_to_know_the_person_alone_gets_a_token_for_no_tool(here: World) -> None:
    """ADR 17: no resource named, and none of its scopes."""
    await of_database(here, "DELETE FROM deployments WHERE id = 'd_2'")
    party = await RelyingParty.register(here)
    await here.sign_in()
    page = await here.ask(party.client_id, scope="openid email", resource=None)
    assert "know who you are?" in page.text
    assert "not be able to use any tool" in page.text
    assert "Use every tool" not in page.text
    assert "See your email address" in page.text
    code = answered(await here.answer(page))["code"]
    tokens = (await here.exchange(party.client_id, code)).json()
    assert tokens["scope"] == "email openid"
    assert (await party.accept(tokens))["sub"] == "account_1"
    refused = await here.call(tokens["access_token"])
    assert (refused.status_code, "insufficient_scope" in refused.headers["www-authenticate"]) == (403, True)


@pytest.mark.proves("A12", "F7")
async def test_no_mcp_client_is_asked_for_these_scopes(here: World) -> None:
    challenge = (await here.call(None)).headers["www-authenticate"]
    described = (await here.client.get("/.well-known/oauth-protected-resource/mcp/reminders")).json()
    offered = (await here.client.get("/.well-known/oauth-authorization-server")).json()["scopes_supported"]
    assert {"openid", "email", "profile", "offline_access"} <= set(offered)
    for name in ("openid", "email", "profile", "offline_access"):
        assert name not in described["scopes_supported"]
        assert f'"{name}' not in challenge


@pytest.mark.proves("E10", "H4")
async def test_userinfo_refuses_as_a_protected_resource_does(here: World) -> None:
    _, tokens = await here.connect()
    poor = tokens["access_token"]

    async def ask(path: str = "/userinfo", **headers: str) -> tuple[int, str]:
        response = await here.client.get(path, headers=headers | {"Origin": "https://app.example"})
        assert response.headers["access-control-allow-origin"] == "*"
        assert "www-authenticate" in response.headers["access-control-expose-headers"].lower()
        assert response.json()["error_description"]
        return response.status_code, response.headers["www-authenticate"]

    status, challenge = await ask()
    assert (status, challenge) == (401, 'Bearer scope="openid"')
    status, challenge = await ask(Authorization="Bearer cy_at_unknown")
    assert (status, 'error="invalid_token"' in challenge) == (401, True)
    status, challenge = await ask(Authorization="Basic Zm9vOmJhcg==")
    assert (status, challenge) == (401, 'Bearer scope="openid"')
    status, challenge = await ask(Authorization=f"Bearer {poor}")
    assert (status, 'error="insufficient_scope"' in challenge, 'scope="openid"' in challenge) == (403, True, True)
    status, challenge = await ask(f"/userinfo?access_token={poor}", Authorization=f"Bearer {poor}")
    assert (status, 'error="invalid_request"' in challenge) == (400, True)
    assert (await ask(f"/userinfo?access_token={poor}"))[0] == 401
    assert (await ask(Authorization=f"Bearer {tokens['refresh_token']}"))[0] == 401


@pytest.mark.proves("H1")
async def test_a_page_of_any_origin_may_ask_userinfo(here: World) -> None:
    asked = {"Origin": "https://app.example", "Access-Control-Request-Headers": "authorization"}
    response = await here.client.options("/userinfo", headers=asked)
    assert (response.status_code, response.headers["access-control-allow-methods"]) == (204, "GET, POST")


@pytest.mark.proves("E10")
async def test_userinfo_ends_with_its_token_its_grant_and_its_account(here: World) -> None:
    party = await RelyingParty.register(here)

    async def status(tokens: dict[str, Any]) -> int:
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        return (await here.client.get("/userinfo", headers=headers)).status_code

    tokens = await party.sign_in(scope="openid")
    assert await status(tokens) == 200
    here.clock.now += tokens["expires_in"]
    assert await status(tokens) == 401
    tokens = await party.sign_in(scope="openid")
    await here.client.post("/revoke", data={"client_id": party.client_id, "token": tokens["refresh_token"]})
    assert await status(tokens) == 401
    tokens = await party.sign_in(scope="openid")
    await of_database(here, "UPDATE accounts SET disabled_at = 1")
    assert await status(tokens) == 401


@pytest.mark.proves("E3")
async def test_an_id_token_opens_nothing(here: World) -> None:
    party = await RelyingParty.register(here)
    id_token = (await party.sign_in(scope="mcp openid"))["id_token"]
    assert (await here.call(id_token)).status_code == 401
    response = await here.client.get("/userinfo", headers={"Authorization": f"Bearer {id_token}"})
    assert response.status_code == 401


@pytest.mark.proves("C19")
async def test_a_hint_of_the_person_who_is_here_changes_nothing_even_when_it_is_old(here: World) -> None:
    party = await RelyingParty.register(here)
    hint = (await party.sign_in(scope="mcp openid"))["id_token"]
    assert (await here.ask(party.client_id, id_token_hint=hint)).status_code == 200
    here.clock.now += 7200  # past its expiry
    assert (await here.ask(party.client_id, id_token_hint=hint)).status_code == 200
    assert answered(await here.ask(party.client_id, id_token_hint=hint, prompt="none"))["error"] == "consent_required"


@pytest.mark.proves("C19", "C20")
async def test_no_token_is_given_for_another_person_than_the_hinted_one(here: World) -> None:
    party = await RelyingParty.register(here)
    hint = (await party.sign_in(scope="mcp openid"))["id_token"]
    asked = {"id_token_hint": hint, "resource": here.other_resource}
    await here.sign_in(OTHER_EMAIL)
    assert answered(await here.ask(party.client_id, prompt="none", **asked))["error"] == "login_required"
    then = way_back(await here.ask(party.client_id, **asked))
    await here.sign_in(OTHER_EMAIL, next=then)
    assert answered(await here.browser.get(then))["error"] == "login_required"
    then = way_back(await here.ask(party.client_id, **asked))
    await here.sign_in(next=then)
    assert (await here.browser.get(then)).status_code == 200


@pytest.mark.proves("C19")
async def test_what_is_not_our_own_token_for_this_client_is_no_hint(here: World) -> None:
    party, other = await RelyingParty.register(here), await RelyingParty.register(here)
    foreign = (await other.sign_in(scope="mcp openid"))["id_token"]
    genuine = (await party.sign_in(scope="mcp openid"))["id_token"]
    claims = b'{"iss":"%s","sub":"account_1","aud":"%s","exp":9999999999}' % (ISSUER.encode(), party.client_id.encode())
    forged = jws.serialize_compact({"alg": "ES256", "typ": "JWT"}, claims, ECKey.generate_key("P-256"))
    await here.sign_in(OTHER_EMAIL)
    for hint in (foreign, forged, genuine[:-8] + "AAAAAAAA", "nonsense", "a.b.c", "." * 3000):
        page = await here.ask(party.client_id, id_token_hint=hint, resource=here.other_resource)
        assert page.status_code == 200


@pytest.mark.proves("A10", "E9")
async def test_ids_are_signed_by_the_algorithm_that_is_offered(here: World) -> None:
    folder = here.installation.settings.folder / "edwards"
    async with world(folder, signing_algorithm="EdDSA") as other:
        party = await RelyingParty.register(other)
        assert party.configuration["id_token_signing_alg_values_supported"] == ["EdDSA"]
        tokens = await party.sign_in(scope="openid")
        assert jws.extract_compact(tokens["id_token"].encode()).headers()["alg"] == "EdDSA"


def of_query(response: httpx2.Response) -> dict[str, list[str]]:
    return parse_qs(urlsplit(response.headers["location"]).query)


@pytest.mark.proves("E13")
async def test_no_hint_and_no_token_is_sent_on_to_the_client(here: World) -> None:
    party = await RelyingParty.register(here)
    hint = (await party.sign_in(scope="mcp openid"))["id_token"]
    response = await here.answer(await here.ask(party.client_id, id_token_hint=hint, scope="openid"))
    assert set(of_query(response)) == {"code", "state", "iss"}
    assert hint not in response.headers["location"]
