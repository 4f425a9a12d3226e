"""What tokens say of how their person signed in: amr and acr (OpenID Connect Core §2, RFC 8176, RFC 9470 §6.2)."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from consentry.formats import Format
from consentry.spec.acr import MULTI_FACTOR
from tests.factor.test_second_factor import PAGE, certain, enter, half_in, set_up
from tests.web.relying_party import RelyingParty
from tests.web.test_formats import give
from tests.web.test_jwt import claims_of, read
from tests.web.test_membership import NEW_PASSWORD, fill
from tests.web.world import PASSWORD, World, answered, way_back

pytestmark = pytest.mark.anyio

SCOPE = "mcp openid"


@pytest.fixture
async def here(tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    async with certain(tmp_path) as built:
        yield built


async def sign_in_with(here: World, code: str) -> None:
    here.browser.cookies.clear()
    entered = await enter(here, await half_in(here), code)
    assert entered.status_code == 303


async def sessions(here: World) -> set[str | None]:
    found = await here.installation.store.read(lambda tx: tx.list_sessions("account_1", here.clock.now))
    return {one.amr for one in found}


def how(claims: dict[str, Any]) -> tuple[list[str], str | None]:
    return claims["amr"], claims.get("acr")


async def test_an_id_token_says_how_its_person_signed_in_and_a_refreshed_one_says_it_still(here: World) -> None:
    party = await RelyingParty.register(here)
    tokens = await party.sign_in(scope=SCOPE)
    assert how(await party.accept(tokens)) == (["pwd"], None)
    app = await set_up(here)
    for code, amr in ((app.next(), ["pwd", "otp", "mfa"]), (app.recovery[0], ["pwd", "mfa"])):
        await sign_in_with(here, code)
        later = await party.sign_in(scope=SCOPE)
        assert how(await party.accept(later)) == (amr, MULTI_FACTOR)
    refreshed = (await here.refresh(party.client_id, tokens["refresh_token"])).json()
    assert how(await party.accept(refreshed)) == (["pwd"], None)


async def test_a_resource_server_reads_it_in_a_jwt_and_at_introspection(here: World) -> None:
    await give(here, Format("jwt"), "reminders")
    registered = await here.register(token_endpoint_auth_method="client_secret_post")
    client_id, secret = registered["client_id"], registered["client_secret"]
    app = await set_up(here)
    for expected in ((["pwd"], None), (["pwd", "otp", "mfa"], MULTI_FACTOR)):
        code = await here.approve(client_id)
        access_token = (await here.exchange(client_id, code, client_secret=secret)).json()["access_token"]
        proof = {"client_id": client_id, "client_secret": secret}
        told = (await here.client.post("/introspect", data=proof | {"token": access_token})).json()
        claims = claims_of(await read(here, access_token))
        assert {name: told.get(name) for name in ("auth_time", "acr")} == {
            name: claims.get(name) for name in ("auth_time", "acr")
        }
        assert how(claims) == expected
        await sign_in_with(here, app.next())


async def test_who_has_a_second_factor_shows_it_where_the_request_wishes_so(here: World) -> None:
    client_id = (await here.register())["client_id"]
    asked = {"acr_values": f"other {MULTI_FACTOR}"}
    await here.sign_in()
    # Who has none goes on without: it is wished for, not demanded.
    assert (await here.ask(client_id, **asked)).status_code == 200
    app = await set_up(here)
    # This session began before there was one.
    assert (await here.ask(client_id)).status_code == 200
    silent = answered(await here.ask(client_id, prompt="none", **asked))
    assert (silent["error"], silent["error_description"]) == (
        "login_required",
        "The person signed in without their second factor.",
    )
    back = way_back(await here.ask(client_id, **asked))
    assert way_back(await here.browser.get(back)), "opening the way back is no sign-in"
    entered = await enter(here, await half_in(here, next=back), app.next())
    assert (await here.browser.get(entered.headers["location"])).status_code == 200
    assert (await here.ask(client_id, **asked)).status_code == 200


async def test_another_password_does_not_make_less_of_a_session(here: World) -> None:
    app = await set_up(here)
    await sign_in_with(here, app.next())
    assert await sessions(here) == {"pwd", "pwd otp mfa"}
    changed = await fill(here, f"{PAGE}/password", password=PASSWORD, new_password=NEW_PASSWORD)
    assert changed.status_code == 303
    assert await sessions(here) == {"pwd otp mfa"}


async def test_discovery_names_what_can_be_asked_for(here: World) -> None:
    found = (await here.client.get("/.well-known/openid-configuration")).json()
    assert found["acr_values_supported"] == [MULTI_FACTOR]
    assert {"amr", "acr"} <= set(found["claims_supported"])
