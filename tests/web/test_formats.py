"""One life behind three formats: what is issued, used, refreshed, repeated and ended alike, whatever it looks like."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from consentry.formats import Format, TokenFormat
from consentry.grants import removal
from consentry.store.sql import Transaction
from tests.web.test_introspect import credentials, seen
from tests.web.world import World

pytestmark = pytest.mark.anyio

FORMATS: dict[TokenFormat, Format] = {
    "opaque": Format(),
    "jwt": Format("jwt"),
    "api_key": Format("api_key", "rmt_"),
}
LOOKS: dict[TokenFormat, Callable[[str], bool]] = {
    "opaque": lambda token: token.startswith("cy_at_"),
    "jwt": lambda token: token.startswith("eyJ") and token.count(".") == 2,
    "api_key": lambda token: token.startswith("rmt_"),
}
PASSES = 502  # past the gateway, to an upstream where nothing answers


async def give(here: World, shape: Format, *slugs: str) -> None:
    """These deployments hand out such tokens from now on."""

    async def work(tx: Transaction) -> None:
        for slug in slugs:
            found = await tx.find_deployment_by_slug(slug)
            assert found is not None
            assert await tx.update_deployment(replace(found, format=shape))

    await here.installation.store.write(work)


@dataclass
class Formed:
    """A world whose deployments hand out tokens of one format, and an application that has got some."""

    here: World
    format: TokenFormat
    client_id: str
    tokens: dict[str, Any]

    async def status(self, token: str | None = None, slug: str = "reminders") -> int:
        return (await self.here.call(token or self.tokens["access_token"], slug)).status_code

    async def refreshed(self, token: str | None = None) -> dict[str, Any]:
        response = await self.here.refresh(self.client_id, token or self.tokens["refresh_token"])
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    async def revoke(self, token: str) -> None:
        response = await self.here.client.post("/revoke", data={"client_id": self.client_id, "token": token})
        assert (response.status_code, response.content) == (200, b"")


@pytest.fixture(params=FORMATS)
async def formed(request: pytest.FixtureRequest, here: World) -> Formed:
    await give(here, FORMATS[request.param], "reminders", "textkit")
    client_id, tokens = await here.connect()
    return Formed(here, request.param, client_id, tokens)


async def test_a_token_has_its_looks_and_opens_its_deployment(formed: Formed) -> None:
    assert LOOKS[formed.format](formed.tokens["access_token"])
    assert set(formed.tokens) == {"access_token", "refresh_token", "token_type", "expires_in", "scope"}
    assert (formed.tokens["token_type"], formed.tokens["expires_in"]) == ("Bearer", 3600)
    assert await formed.status() == PASSES
    assert await formed.status() == PASSES


@pytest.mark.proves("G1")
async def test_a_token_of_one_deployment_is_refused_by_the_other(formed: Formed) -> None:
    response = await formed.here.call(formed.tokens["access_token"], "textkit")
    assert response.status_code == 401
    assert "another MCP server" in response.text


async def test_a_changed_token_is_refused(formed: Formed) -> None:
    token = formed.tokens["access_token"]
    for place in (-20, -1):
        other = "A" if token[place] != "A" else "B"
        changed = token[:place] + other + (token[place + 1 :] if place != -1 else "")
        if formed.format == "jwt" and place == -1:
            continue  # the last letter has bits that stand for nothing
        assert await formed.status(changed) == 401


async def test_a_refresh_gives_another_token_that_works(formed: Formed) -> None:
    fresh = await formed.refreshed()
    assert fresh["access_token"] != formed.tokens["access_token"]
    assert LOOKS[formed.format](fresh["access_token"])
    assert await formed.status(fresh["access_token"]) == PASSES


async def test_the_token_before_ends_with_its_time_or_as_a_key_with_the_grace(formed: Formed) -> None:
    fresh = await formed.refreshed()
    assert await formed.status() == PASSES
    formed.here.clock.now += 61
    assert await formed.status() == (401 if formed.format == "api_key" else PASSES)
    assert await formed.status(fresh["access_token"]) == PASSES


async def test_a_repeat_gets_the_same_successor_and_a_token_that_works_beside_the_first(formed: Formed) -> None:
    first = await formed.refreshed()
    again = await formed.refreshed()
    assert again["refresh_token"] == first["refresh_token"]
    assert again["access_token"] != first["access_token"]
    formed.here.clock.now += 61
    assert await formed.status(first["access_token"]) == await formed.status(again["access_token"]) == PASSES


@pytest.mark.proves("E4", "E5")
async def test_a_revoked_token_is_over_at_once_and_alone(formed: Formed) -> None:
    await formed.revoke(formed.tokens["access_token"])
    assert await formed.status() == 401
    assert await formed.status((await formed.refreshed())["access_token"]) == PASSES


@pytest.mark.proves("E5")
async def test_another_client_cannot_revoke_it(formed: Formed) -> None:
    other = (await formed.here.register())["client_id"]
    form = {"client_id": other, "token": formed.tokens["access_token"]}
    assert (await formed.here.client.post("/revoke", data=form)).status_code == 200
    assert await formed.status() == PASSES


@pytest.mark.proves("E6", "G2")
async def test_revoking_the_refresh_token_ends_it_at_once(formed: Formed) -> None:
    assert await formed.status() == PASSES
    await formed.revoke(formed.tokens["refresh_token"])
    assert await formed.status() == 401


@pytest.mark.proves("G2")
async def test_a_token_ends_with_its_time(formed: Formed) -> None:
    formed.here.clock.now += 3599
    assert await formed.status() == PASSES
    formed.here.clock.now += 1
    response = await formed.here.call(formed.tokens["access_token"])
    assert response.status_code == 401
    assert "has expired" in response.text


@pytest.mark.proves("G2")
async def test_a_token_ends_with_its_grant_at_the_next_call(formed: Formed) -> None:
    here = formed.here

    async def work(tx: Transaction) -> None:
        (grant,) = await tx.list_grants()
        assert await tx.end_grant(grant.id, "ended by the account", here.clock.now)

    await here.installation.store.write(work)
    response = await here.call(formed.tokens["access_token"])
    assert response.status_code == 401
    assert "was ended" in response.text


async def test_a_token_ends_with_its_account(formed: Formed) -> None:
    here = formed.here

    async def work(tx: Transaction) -> int:
        account = await tx.find_account("account_1")
        assert account is not None
        return await removal.disable_account(tx, account, here.clock.now)

    assert await here.installation.store.write(work) == 1
    assert await formed.status() == 401
    assert (await here.refresh(formed.client_id, formed.tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_token_ends_with_its_deployment(formed: Formed) -> None:
    here = formed.here

    async def work(tx: Transaction) -> None:
        found = await tx.find_deployment_by_slug("reminders")
        assert found is not None
        await removal.remove_deployment(tx, found, here.clock.now)

    await here.installation.store.write(work)
    assert await formed.status() == 404


async def test_another_format_comes_with_the_next_token_and_what_is_out_there_lives_on(formed: Formed) -> None:
    others = [name for name in FORMATS if name != formed.format]
    held, refresh_token = [formed.tokens["access_token"]], formed.tokens["refresh_token"]
    for name in others:
        await give(formed.here, FORMATS[name], "reminders")
        fresh = await formed.refreshed(refresh_token)
        assert LOOKS[name](fresh["access_token"])
        held.append(fresh["access_token"])
        refresh_token = fresh["refresh_token"]
    assert [await formed.status(token) for token in held] == [PASSES] * 3


@pytest.mark.proves("E7", "E8")
async def test_a_resource_server_is_told_of_it_alike_and_of_its_end_at_once(formed: Formed) -> None:
    here, token = formed.here, formed.tokens["access_token"]
    own, others = await credentials(here), await credentials(here, "d_2")
    described = await seen(here, own, token)
    assert (described["active"], described["aud"], described["sub"]) == (True, here.resource, "account_1")
    assert (described["client_id"], described["exp"]) == (formed.client_id, here.clock.now + 3600)
    assert await seen(here, others, token) == {"active": False}
    await formed.revoke(token)
    assert await seen(here, own, token) == {"active": False}


async def test_userinfo_takes_it(formed: Formed) -> None:
    client_id = (await formed.here.register())["client_id"]
    code = await formed.here.approve(client_id, scope="mcp openid")
    tokens = (await formed.here.exchange(client_id, code)).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    response = await formed.here.client.get("/userinfo", headers=headers)
    assert (response.status_code, response.json()) == (200, {"sub": "account_1"})


async def test_no_token_is_kept_as_it_is(formed: Formed) -> None:
    async def work(tx: Transaction) -> list[str]:
        tables = ("access_tokens", "refresh_tokens", "grants", "events")
        return [repr([tuple(row) for row in await tx.db.all(f"SELECT * FROM {table}")]) for table in tables]  # noqa: S608

    kept = "".join(await formed.here.installation.store.read(work))
    for name in ("access_token", "refresh_token"):
        assert formed.tokens[name] not in kept
        assert formed.tokens[name][-30:] not in kept
