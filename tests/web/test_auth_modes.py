"""Authentication modes by way of the whole application: an issuer's JWTs, both while one gives way, and none."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from consentry.deployments.administer import Change
from consentry.deployments.authentication import SEAL_PURPOSE, Authentication, Issuer
from consentry.grants import narrowing
from consentry.spec.retrieval import Bounds, Fetched, Unfetched
from consentry.store.sql import Transaction
from tests.gateway.serving import serving
from tests.gateway.upstreams import echo
from tests.signing import jwks, key, signed
from tests.stores import BOTH, settings
from tests.web.world import World, world

pytestmark = pytest.mark.anyio

IDP = "https://idp.example"
KEYS = f"{IDP}/jwks.json"
SECRET = "a secret that an older service shared with us"
ISSUER = Issuer(IDP, None, KEYS)


@dataclass
class Provider:
    """Answers with its keys, and counts how often it is asked."""

    keys: dict[str, Any] = field(default_factory=lambda: jwks(key("ES256")))
    asked: int = 0
    away: bool = False

    async def __call__(self, url: str, bounds: Bounds) -> Fetched | Unfetched:
        assert url == KEYS
        self.asked += 1
        if self.away:
            return Unfetched("It answered 500.", "status")
        return Fetched(url, "application/json", json.dumps(self.keys).encode(), {})


@pytest.fixture(scope="module")
async def upstream(anyio_backend: str) -> AsyncIterator[str]:
    async with serving(echo) as url:
        yield f"{url}/mcp"


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture(params=BOTH)
async def here(
    request: pytest.FixtureRequest, tmp_path: Path, provider: Provider, upstream: str, anyio_backend: str
) -> AsyncIterator[World]:
    async with world(tmp_path, provider, **await settings(request, tmp_path)) as built:
        for slug in ("reminders", "textkit"):
            await change(built, slug, upstream_url=upstream)
        yield built


async def change(here: World, slug: str = "reminders", **wanted: Any) -> None:
    async def work(tx: Transaction) -> None:
        found = await tx.find_deployment_by_slug(slug)
        assert found is not None
        await narrowing.change(tx, found, Change(**wanted), here.clock())

    await here.installation.store.write(work)


async def trust(here: World, *modes: Any, **more: Any) -> None:
    await change(here, auth=Authentication(modes, more.pop("issuer", ISSUER), **more))


def token(here: World, alg: str = "ES256", **changes: Any) -> str:
    claims = {"iss": IDP, "aud": here.resource, "sub": "ada", "client_id": "app", "exp": here.clock() + 3600}
    return signed(claims | changes, alg)


def challenged(answer: httpx2.Response) -> str:
    assert answer.status_code == 401, answer.text
    return answer.headers["www-authenticate"]


@pytest.mark.proves("G1", "G2", "G5")
async def test_an_issuer_s_tokens_open_the_deployment_that_trusts_it_and_no_other(
    here: World, provider: Provider
) -> None:
    await trust(here, "jwt", "oauth")
    for _ in range(3):
        answer = await here.call(token(here))
        assert answer.status_code == 200
        assert "authorization" not in dict(answer.json()["headers"])
    assert provider.asked == 1
    assert "is not known here" in challenged(await here.call(token(here), "textkit"))
    for wrong in (token(here, iss="https://evil.example"), token(here, aud="x"), token(here, exp=here.clock() - 61)):
        challenged(await here.call(wrong))
    forged = signed({"iss": IDP, "aud": here.resource, "sub": "ada", "exp": here.clock() + 60}, by=key("ES256", "evil"))
    challenged(await here.call(forged))
    here.clock.now += 3600 + 60
    challenged(await here.call(token(here, exp=here.clock() - 60)))


async def test_a_key_that_is_new_is_looked_for_once_a_minute(here: World, provider: Provider) -> None:
    await trust(here, "jwt")
    assert (await here.call(token(here))).status_code == 200
    provider.keys = jwks(key("RS256"))
    challenged(await here.call(token(here, "RS256")))
    assert provider.asked == 1
    here.clock.now += 60
    assert (await here.call(token(here, "RS256"))).status_code == 200
    challenged(await here.call(token(here)))
    assert provider.asked == 2


async def test_no_token_is_called_bad_while_the_keys_cannot_be_had(here: World, provider: Provider) -> None:
    await trust(here, "jwt")
    provider.away = True
    for path in ("/mcp/reminders", "/forward-auth/reminders"):
        answer = await here.client.get(path, headers={"Authorization": f"Bearer {token(here)}"})
        assert answer.status_code == 503
        assert "retry-after" in answer.headers
        assert "www-authenticate" not in answer.headers
    challenged(await here.call(token(here, aud="x")))
    provider.away = False
    here.clock.now += 60
    assert (await here.call(token(here))).status_code == 200
    provider.away = True
    here.clock.now += 660
    assert (await here.call(token(here))).status_code == 200  # by the keys that were had once
    assert provider.asked == 3


async def test_a_shared_secret_is_kept_sealed_and_takes_no_other_signature(here: World, provider: Provider) -> None:
    sealed = here.installation.sealer.seal(key("HS256").get_op_key("sign"), SEAL_PURPOSE)  # type: ignore[arg-type]
    await trust(here, "jwt", issuer=Issuer(IDP, "their-api", None, sealed))
    assert (await here.call(token(here, "HS256", aud="their-api"))).status_code == 200
    challenged(await here.call(token(here, "HS256")))
    challenged(await here.call(token(here, "ES256", aud="their-api")))
    assert provider.asked == 0


@pytest.mark.proves("F9")
async def test_scopes_that_it_names_count_and_one_that_names_none_has_all(here: World) -> None:
    await trust(here, "oauth", "jwt")
    assert (await here.call(token(here))).status_code == 200
    assert (await here.call(token(here, scope="openid mcp"))).status_code == 200
    refused = await here.call(token(here, scope="openid"))
    assert refused.status_code == 403
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]


async def test_the_older_way_says_when_it_ends_is_counted_and_ends(here: World) -> None:
    begun, sunset = here.clock(), here.clock() + 1000
    await trust(here, "oauth", "jwt", deprecated_at=begun, sunset_at=sunset)
    older = await here.call(token(here, exp=sunset + 3600))
    assert older.headers["deprecation"] == f"@{begun}"
    assert older.headers["sunset"] == "Fri, 15 Jan 2027 08:16:40 GMT"
    _, tokens = await here.connect()
    newer = await here.call(tokens["access_token"])
    assert newer.status_code == 200
    assert "sunset" not in newer.headers
    assert (await here.call(token(here, sub="bob"))).status_code == 200
    assert await uses(here) == (2, begun)

    here.clock.now = sunset
    refused = challenged(await here.call(token(here, exp=sunset + 3600)))
    assert "taken no more since 15 Jan 2027: connect again" in refused
    assert "resource_metadata=" in refused
    assert (await here.call(tokens["access_token"])).status_code == 200


async def uses(here: World) -> tuple[int, int | None]:
    """Noting is waited for by nobody: a write behind it is."""

    async def work(tx: Transaction) -> tuple[int, int | None]:
        return await tx.count_issuer_uses("d_1")

    found = await here.installation.store.write(work)
    for _ in range(100):
        if found[0] < 2:
            found = await here.installation.store.write(work)
    return found


async def test_where_another_issuer_is_trusted_alone_ours_gives_and_takes_nothing(here: World) -> None:
    _, tokens = await here.connect()
    assert (await here.call(tokens["access_token"])).status_code == 200
    await trust(here, "jwt")
    refused = challenged(await here.call(tokens["access_token"]))
    assert "not taken here" in refused
    assert "scope=" not in refused
    assert "scope=" not in challenged(await here.browser.get("/mcp/reminders"))
    document = (await here.client.get("/.well-known/oauth-protected-resource/mcp/reminders")).json()
    assert document["authorization_servers"] == [IDP]
    await here.sign_in()
    asked = await here.ask((await here.register())["client_id"])
    assert "invalid_target" in asked.headers["location"]


@pytest.mark.proves("G5", "G3")
async def test_a_public_deployment_asks_nobody_and_passes_no_token_on(here: World) -> None:
    await change(here, auth=Authentication(("none",)))
    for header in (None, "cy_at_stranger", token(here)):
        answer = await here.call(header)
        assert answer.status_code == 200
        assert "authorization" not in dict(answer.json()["headers"])
    in_query = await here.client.post(f"{here.resource}?access_token=x", json={})
    assert in_query.status_code == 400
    assert "asks for no access token" in in_query.text
    rebound = await here.client.post(here.resource, json={}, headers={"Origin": "http://evil.example"})
    assert rebound.status_code == 403
    page = await here.browser.get("/mcp/reminders")
    assert page.status_code == 406
    assert "www-authenticate" not in page.headers
    assert "It needs no sign-in" in page.text
    assert (await here.client.get("/.well-known/oauth-protected-resource/mcp/reminders")).status_code == 404
    assert (await here.client.get("/forward-auth/reminders")).status_code == 200
    assert [one for one in await here.app.examine() if "reminders" in str(one)] == []
    await change(here, identity=True)
    assert "x-consentry-identity" not in dict((await here.call(None)).json()["headers"])
    await change(here, auth=replace(Authentication(), modes=("oauth",)))
    challenged(await here.call(None))


async def test_a_proxy_that_asks_is_answered_by_the_same_rule(here: World) -> None:
    await trust(here, "jwt")
    ask = {"Authorization": f"Bearer {token(here)}"}
    answer = await here.client.get("/forward-auth/reminders", headers=ask)
    assert answer.status_code == 200
    assert answer.headers["x-consentry-account"] == f"{IDP}|ada"
    assert answer.headers["x-consentry-client"] == f"{IDP}|app"
    challenged(await here.client.get("/forward-auth/reminders"))
