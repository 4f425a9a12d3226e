"""Who may say where an MCP server is, what it is sent besides, and which scopes open its tools."""

from pathlib import Path

import pytest

from consentry.deployments import upstream_headers
from consentry.deployments.model import Deployment
from tests.web.dashboard.conftest import Place, placed
from tests.web.dashboard.test_deployments import NEW, NOWHERE, found
from tests.web.world import World

pytestmark = pytest.mark.anyio

EDIT = "/dashboard/deployments/reminders/edit"


async def headers(here: World, one: Deployment) -> tuple[tuple[str, str], ...] | None:
    return upstream_headers.unseal(one.sealed_headers, one.upstream_url or "", here.installation.sealer)


async def kept(here: World, slug: str) -> Deployment:
    one = await found(here, slug)
    assert one is not None
    return one


async def test_where_everybody_may_own_deployments_what_they_name_is_at_public_addresses_alone(tmp_path: Path) -> None:
    async with placed(tmp_path, deployment_owners="any") as place:
        page = await place.another.open("/dashboard/new")
        for url in (NOWHERE, "http://169.254.169.254/latest", "http://[::1]:9/mcp", "http://localhost/mcp"):
            for step in ("keep", "test"):
                refused = await place.another.press(page, "/dashboard/new", **(NEW | {"upstream": url}), step=step)
                assert (refused.status_code, "not public" in refused.text) == (400, True), (url, step)
        assert await found(place.here, "notes") is None
        moved = await place.owner.press(await place.owner.open(EDIT), EDIT, upstream="http://10.0.0.7/mcp")
        assert (moved.status_code, "allow_private_upstreams" in moved.text) == (400, True)
        # What the operator named stays where it is, and is not looked at anew.
        await place.owner.pressed(EDIT, EDIT, name="Mine")
        assert (await kept(place.here, "reminders")).guarded is False
        far = NEW | {"upstream": "http://8.8.8.8:9/mcp"}
        page = await place.another.pressed("/dashboard/new", "/dashboard/new", **far)
        assert "at public addresses alone" in page.text
        made = await kept(place.here, "notes")
        assert (made.owner_id, made.guarded) == ("account_2", True)
        path = "/dashboard/deployments/notes/edit"
        await place.operator.pressed(path, path, upstream=NOWHERE)
        assert (await kept(place.here, "notes")).guarded is False


async def test_where_private_addresses_are_open_to_all_no_page_says_otherwise(tmp_path: Path) -> None:
    async with placed(tmp_path, deployment_owners="any", allow_private_upstreams=True) as place:
        page = await place.another.pressed("/dashboard/new", "/dashboard/new", **NEW)
        assert (await kept(place.here, "notes")).guarded is True
        assert NOWHERE in page.text
        assert "at public addresses alone" not in page.text


async def test_headers_are_kept_sealed_shown_by_name_and_taken_away(place: Place) -> None:
    lines = "Authorization: Bearer very-secret\r\nX-Team: blue\r\n"
    await place.operator.pressed("/dashboard/new", "/dashboard/new", **NEW, headers=lines, identity="1")
    made = await kept(place.here, "notes")
    assert await headers(place.here, made) == (("authorization", "Bearer very-secret"), ("x-team", "blue"))
    assert made.identity
    path = "/dashboard/deployments/notes/edit"
    page = await place.operator.open(path)
    assert "authorization, x-team" in page.text
    assert "very-secret" not in page.text
    await place.operator.pressed(path, path, headers="X-Team:")
    assert await headers(place.here, await kept(place.here, "notes")) == (("authorization", "Bearer very-secret"),)
    moved = await place.operator.pressed(path, path, upstream="http://127.0.0.1:10/mcp")
    assert "127.0.0.1:10" in moved.text
    assert await headers(place.here, await kept(place.here, "notes")) == ()
    form = await place.operator.open("/dashboard/new")
    for wrong in ("no colon", "Host: x", "X-Team: a\r\nx-team: b"):
        refused = await place.operator.press(form, "/dashboard/new", **(NEW | {"slug": "n2"}), headers=wrong)
        assert refused.status_code == 400


async def test_scopes_open_tools_and_a_tick_that_is_taken_away_is_gone(place: Place) -> None:
    scopes = "read=@read,search_*\r\n\r\nwrite=*\r\n"
    page = await place.owner.pressed(EDIT, EDIT, scopes=scopes, hide_tools="1", identity="1")
    assert "read opens @read, search_*" in page.text
    changed = await kept(place.here, "reminders")
    assert changed.scope_map.entries == (("read", ("@read", "search_*")), ("write", ("*",)))
    assert (changed.hide_tools, changed.identity) == (True, True)
    form = next(form for form in (await place.owner.open(EDIT)).forms if form.action == EDIT)
    assert "checked" in form.inputs["hide_tools"]
    csrf = form.inputs["csrf"]["value"]
    assert (await place.owner.browser.post(EDIT, data={"csrf": csrf, "name": "Reminders"})).status_code == 303
    changed = await kept(place.here, "reminders")
    assert (changed.hide_tools, changed.identity, set(changed.scope_map.names)) == (False, False, {"read", "write"})
    refused = await place.owner.press(await place.owner.open(EDIT), EDIT, scopes="no map")
    assert (refused.status_code, "NAME=TOOLS" in refused.text or "tools" in refused.text) == (400, True)


async def test_a_trusted_issuer_is_named_kept_and_let_go(place: Place) -> None:
    trust = {"auth": "oauth,jwt", "jwt_issuer": "https://idp.example", "jwt_jwks_url": "https://idp.example/jwks.json"}
    page = await place.owner.pressed(EDIT, EDIT, **trust, sunset="2027-03-31")
    assert "Access tokens of this server, and JWTs of https://idp.example" in page.text
    auth = (await kept(place.here, "reminders")).auth
    assert auth.issuer is not None
    assert (auth.modes, auth.issuer.jwks_uri, auth.sunset_at) == (
        ("oauth", "jwt"),
        trust["jwt_jwks_url"],
        1_806_451_200,
    )
    await place.owner.pressed(EDIT, EDIT, name="Renamed")
    assert (await kept(place.here, "reminders")).auth == auth
    secret = "a secret that both of us know, of 32 and more"
    page = await place.owner.pressed(EDIT, EDIT, jwt_secret=secret, sunset="")
    auth = (await kept(place.here, "reminders")).auth
    assert auth.issuer is not None
    assert (auth.issuer.jwks_uri, auth.issuer.sealed_secret is None, auth.sunset_at) == (None, False, None)
    assert secret not in page.text + (await place.owner.open(EDIT)).text
    assert "Nothing: it is public" in (await place.owner.pressed(EDIT, EDIT, auth="none")).text
    assert (await place.here.call(None)).status_code == 502
    await place.owner.pressed(EDIT, EDIT, auth="oauth")
    assert (await place.here.call(None)).status_code == 401


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"auth": "password"}, "Choose how callers prove who they are."),
        ({"auth": "jwt"}, "needs an issuer"),
        ({"auth": "jwt", "jwt_issuer": "x"}, "how the issuer signs"),
        ({"auth": "jwt", "jwt_issuer": "x", "jwt_secret": "short"}, "has 32 to 2000 characters"),
        ({"auth": "oauth,jwt", "jwt_issuer": "x", "sunset": "soon"}, "soon is no day"),
        ({"auth": "jwt", "jwt_issuer": "https://consentry.example", "jwt_secret": "s" * 40}, "own issuer"),
    ],
)
async def test_an_issuer_that_cannot_be_trusted_is_said_to_be_so(
    place: Place, typed: dict[str, str], sentence: str
) -> None:
    response = await place.owner.press(await place.owner.open(EDIT), EDIT, **typed)
    assert (response.status_code, sentence in response.text) == (400, True)


@pytest.mark.parametrize("odd", ["%00", "a%00b", "%F0%9F%A7%BF", "..%2F..", "%FF", "x" * 3000])
@pytest.mark.parametrize("place_in", ["{}", "{}/edit", "reminders/clients/{}", "reminders/clients/client_{}"])
async def test_an_address_that_names_nothing_is_a_page_that_says_so(place: Place, odd: str, place_in: str) -> None:
    response = await place.owner.browser.get(f"/dashboard/deployments/{place_in.format(odd)}")
    assert response.status_code == 404


async def test_whoever_has_nothing_to_connect_is_led_to_what_they_may_do_about_it(place: Place) -> None:
    path = "/dashboard/deployments/textkit/edit"
    await place.owner.pressed(path, path, access="owner")
    for person, may_place in ((place.operator, True), (place.another, False)):
        page = await person.open("/account")
        assert "There is no MCP server that this account may use yet" in page.text
        assert (f"{place.here.prefix}/dashboard/new" in {a["href"] for a in page.all("a")}) is may_place
