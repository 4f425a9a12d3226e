"""How callers prove who they are, and whose a deployment is, by the API: what it says is what the gateway does."""

from typing import Any

import pytest
from joserfc.jwk import OctKey

from tests.signing import signed
from tests.web.management.conftest import OPERATOR_EMAIL, Api
from tests.web.management.described import hold
from tests.web.world import EMAIL, OTHER_EMAIL

pytestmark = pytest.mark.anyio

AT = "deployments/reminders"
IDP = "https://idp.example"
SECRET = "a secret that an older service shared with us"


async def auth(api: Api, **proof: Any) -> dict[str, Any]:
    response = await api.ask("owner", "PATCH", AT, json={"auth": proof})
    hold(response, "PATCH", AT)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()["auth"]
    assert SECRET not in response.text
    return found


async def test_an_older_way_is_taken_beside_ours_until_its_sunset_and_then_forgotten(api: Api) -> None:
    now = api.here.clock()
    claims = {"iss": IDP, "aud": api.here.resource, "sub": "ada", "client_id": "app", "exp": now + 7200}
    older, (_, ours) = signed(claims, "HS256", OctKey.import_key(SECRET), kid=None), await api.here.connect()
    assert (await api.here.call(older)).status_code == 401
    shown = await auth(api, modes=["jwt", "oauth"], issuer=IDP, secret=SECRET, sunset_at=now + 600)
    assert shown == {
        "modes": ["oauth", "jwt"],
        "issuer": IDP,
        "secret": True,
        "deprecated_at": now,
        "sunset_at": now + 600,
        "older_way": {"callers": 0},
    }
    assert (await api.here.call(older)).status_code == 502
    await api.here.app.settle()
    assert (await api.ask("owner", "GET", AT)).json()["auth"]["older_way"]["callers"] == 1
    api.here.clock.now += 600
    assert (await api.here.call(older)).status_code == 401
    assert "sunset_at" not in await auth(api, sunset_at=0)
    assert (await api.here.call(older)).status_code == 502
    assert (await auth(api, audience="https://another.example"))["audience"] == "https://another.example"
    assert (await api.here.call(older)).status_code == 401
    assert await auth(api, modes=["oauth"]) == {"modes": ["oauth"], "secret": False}
    assert (await api.here.call(ours["access_token"])).status_code == 502


async def test_a_deployment_is_made_public_and_is_so_at_once(api: Api) -> None:
    assert (await api.here.call(None)).status_code == 401
    assert (await auth(api, modes=["none"]))["modes"] == ["none"]
    assert (await api.here.call(None)).status_code == 502
    new = {"slug": "open", "upstream_url": "http://127.0.0.1:9/mcp", "auth": {"modes": ["none"]}}
    assert (await api.ask("operator", "POST", "deployments", json=new)).json()["auth"]["modes"] == ["none"]
    assert (await api.here.call(None, "open")).status_code == 502


@pytest.mark.parametrize(
    ("proof", "sentence"),
    [
        ({"modes": ["jwt"]}, "needs an issuer"),
        ({"modes": ["none", "oauth"]}, "Write oauth, jwt, none"),
        ({"modes": ["jwt"], "issuer": IDP, "secret": "short"}, "32 to 2000"),
        ({"issuer": IDP, "jwks_uri": f"{IDP}/jwks.json"}, "set it as well"),
        ({"modes": ["jwt"], "issuer": "https://consentry.example", "secret": SECRET}, "own issuer"),
        ({"sunset_at": 5}, "only for jwt beside oauth"),
    ],
)
async def test_a_way_that_cannot_be_is_refused_and_changes_nothing(
    api: Api, proof: dict[str, Any], sentence: str
) -> None:
    before = await api.rows()
    response = await api.ask("owner", "PATCH", AT, json={"auth": proof})
    hold(response, "PATCH", AT)
    assert (response.status_code, sentence in response.json()["detail"]) == (422, True), response.text
    assert await api.rows() == before


async def test_whose_a_deployment_is_operators_say_and_nobody_else(api: Api) -> None:
    _, tokens = await api.here.connect()
    for email in (OTHER_EMAIL, OPERATOR_EMAIL, "nobody@example.com"):
        refused = await api.ask("owner", "PATCH", AT, json={"owner": email})
        assert (refused.status_code, refused.json()["member"]) == (403, "/owner")
    assert (await api.ask("owner", "PATCH", AT, json={"owner": EMAIL.upper()})).status_code == 200
    unknown = await api.ask("operator", "PATCH", AT, json={"owner": "nobody@example.com"})
    assert (unknown.status_code, unknown.json()["member"]) == (422, "/owner")
    given = await api.ask("operator", "PATCH", AT, json={"owner": OTHER_EMAIL})
    assert (given.status_code, given.json()["owner"]) == (200, OTHER_EMAIL)
    assert (await api.ask("owner", "GET", AT)).status_code == 404
    assert (await api.ask("another", "GET", AT)).status_code == 200
    assert (await api.here.call(tokens["access_token"])).status_code == 401  # it was its owner's alone
    new = {"slug": "gift", "upstream_url": "http://127.0.0.1:9/mcp", "owner": OTHER_EMAIL}
    assert (await api.ask("operator", "POST", "deployments", json=new)).json()["owner"] == OTHER_EMAIL
