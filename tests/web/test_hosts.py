"""Issuers with a path, MCP URLs on another host, a host for each deployment: what is where, and what clients find."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from consentry.settings.urls import TAKEN
from consentry.web import routes
from tests.web.test_everywhere import nulls
from tests.web.world import ISSUER, REDIRECT_URI, World

pytestmark = pytest.mark.anyio

OAUTH = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"
RESOURCE = "/.well-known/oauth-protected-resource"
LAYOUTS = pytest.mark.parametrize("layout", ["below", "apart", "each"])


@pytest.fixture
def there(request: pytest.FixtureRequest, layout: str) -> World:
    built: World = request.getfixturevalue(layout)
    return built


def root_of(there: World) -> str:
    return there.installation.addresses.mcp_root("reminders")


async def probe(client: httpx2.AsyncClient, *urls: str) -> tuple[str, dict[str, Any]]:
    """The first that answers 200, as clients walk them; whatever else comes must be a 404 in JSON."""
    for url in urls:
        response = await client.get(url, headers={"MCP-Protocol-Version": "2026-07-28"})
        assert response.headers["content-type"] == "application/json"
        if response.status_code == 200:
            assert not nulls(response.json())
            return url, response.json()
        assert response.status_code == 404
    pytest.fail(f"nothing at {urls}")


async def challenged(there: World, slug: str = "reminders") -> str:
    refused = await there.call(None, slug)
    assert refused.status_code == 401
    return refused.headers["www-authenticate"].partition('resource_metadata="')[2].partition('"')[0]


@LAYOUTS
@pytest.mark.proves("A1", "A2", "A3", "F1", "F2", "F4", "F6")
async def test_from_the_mcp_url_alone_the_way_leads_to_the_issuer(there: World) -> None:
    _, resource = await probe(there.client, await challenged(there))
    assert resource["resource"] == there.resource
    (issuer,) = resource["authorization_servers"]
    parts = urlsplit(issuer)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path
    for url in (f"{origin}{OAUTH}{path}", f"{origin}{OPENID}{path}", f"{issuer}{OPENID}"):
        assert (await probe(there.client, url))[1]["issuer"] == issuer


@LAYOUTS
@pytest.mark.proves("F1", "A13")
async def test_resource_metadata_is_before_and_behind_the_path_on_the_host_of_the_mcp_url(there: World) -> None:
    parts = urlsplit(there.resource)
    for url in (f"{root_of(there)}{RESOURCE}{parts.path}", f"{there.resource}{RESOURCE}"):
        for spelling in (url, f"{url}/"):
            assert (await probe(there.client, spelling))[1]["resource"] == there.resource


@LAYOUTS
@pytest.mark.proves("F3")
async def test_the_root_describes_a_resource_only_where_the_host_has_but_one(there: World) -> None:
    response = await there.client.get(f"{root_of(there)}{RESOURCE}")
    if there.installation.addresses.host_each:
        assert response.json()["resource"] == there.resource
    else:
        assert (response.status_code, response.headers["content-type"]) == (404, "application/json")


@LAYOUTS
@pytest.mark.proves("A3", "A13", "F1", "F15")
async def test_whatever_order_a_client_probes_in_it_ends_at_the_issuer(there: World) -> None:
    """As read off the wire: without the challenge's help, and whatever is asked for on the way is a 404 in JSON."""
    root, path = root_of(there), urlsplit(there.resource).path
    _, resource = await probe(there.client, f"{root}{RESOURCE}{path}", f"{root}{RESOURCE}")
    assert resource["resource"] == there.resource
    issuer = urlsplit(resource["authorization_servers"][0])
    origin = f"{issuer.scheme}://{issuer.netloc}"
    orders = {
        "SDKs": (f"{origin}{OAUTH}{issuer.path}", f"{origin}{OPENID}{issuer.path}", f"{issuer.geturl()}{OPENID}"),
        "the last one alone": (f"{issuer.geturl()}{OPENID}",),
        "mcp-remote": (f"{origin}{OAUTH}{issuer.path}", f"{origin}{OAUTH}"),
        "mcp-remote, of the MCP URL": (f"{root}{OAUTH}{path}", f"{root}{OAUTH}"),
        "no resource metadata": (f"{root}{OAUTH}",),
    }
    for order, urls in orders.items():
        found = await probe(there.client, *urls)
        assert found[1]["issuer"] == issuer.geturl(), order


@LAYOUTS
@pytest.mark.proves("H1", "H2", "H3", "H4", "H5", "H6")
async def test_the_root_s_endpoints_are_open_to_scripts_and_guarded_like_the_issuer_s(there: World) -> None:
    asked = {"Origin": "https://inspector.example", "Access-Control-Request-Headers": "mcp-protocol-version"}
    for path in (OAUTH, "/register", "/token"):
        url = f"{root_of(there)}{path}"
        preflight = await there.client.options(url, headers=asked)
        assert preflight.status_code == 204
        assert "mcp-protocol-version" in preflight.headers["access-control-allow-headers"].lower()
        refused = await there.client.post(url, headers=asked)
        assert refused.status_code in {400, 405}
        for answer in (preflight, refused):
            assert answer.headers["access-control-allow-origin"] == "*"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["strict-transport-security"].startswith("max-age=")
            assert answer.headers["x-request-id"].startswith("req_")
            assert not answer.headers.keys() & {"set-cookie", "server", "access-control-allow-credentials"}
    leading = await there.client.get(f"{root_of(there)}/authorize", headers=asked)
    assert "access-control-allow-origin" not in leading.headers


@LAYOUTS
@pytest.mark.proves("F15", "A13")
async def test_a_client_of_2025_03_26_that_knows_only_the_root_gets_in(there: World) -> None:
    """It takes the MCP URL's host for the authorization server, and sends no resource."""
    root = root_of(there)
    _, described = await probe(there.client, f"{root}{OAUTH}")
    assert described["issuer"] == there.installation.addresses.issuer
    many = not there.installation.addresses.host_each
    client = await register_at(there, f"{root}/register")
    asked = there.request(client, resource=there.resource if many else None)
    hop = await there.browser.get(described["authorization_endpoint"], params=asked)
    code = await approve_by(there, hop)
    exchanged = await exchange_at(there, described["token_endpoint"], client, code)
    assert (await there.call(exchanged["access_token"])).status_code == 502  # let in: nothing is behind, here


@LAYOUTS
@pytest.mark.proves("F15")
async def test_a_client_that_ignores_all_metadata_gets_in_by_the_usual_names(there: World) -> None:
    """POST /register, GET /authorize, POST /token at the root of the MCP URL's host."""
    root = root_of(there)
    client = await register_at(there, f"{root}/register")
    hop = await there.browser.get(f"{root}/authorize", params=there.request(client))
    code = await approve_by(there, hop)
    tokens = await exchange_at(there, f"{root}/token", client, code)
    form = {"grant_type": "refresh_token", "client_id": client, "refresh_token": tokens["refresh_token"]}
    refreshed = await there.client.post(f"{root}/token", data=form)
    assert refreshed.status_code == 200
    assert (await there.call(refreshed.json()["access_token"])).status_code == 502
    assert (await there.call(refreshed.json()["access_token"], "textkit")).status_code == 401


async def register_at(there: World, url: str) -> str:
    asked = {"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none", "client_name": "Old agent"}
    response = await there.client.post(url, json=asked)
    assert response.status_code == 201
    return str(response.json()["client_id"])


async def approve_by(there: World, hop: httpx2.Response) -> str:
    """Signs in and presses Approve where the first answer of /authorize leads."""
    addresses = there.installation.addresses
    assert hop.status_code == 303
    assert "set-cookie" not in hop.headers
    wanted = str(httpx2.URL(str(hop.url)).join(hop.headers["location"]))
    assert wanted.startswith((f"{addresses.issuer}/authorize?", f"{addresses.issuer}/login?"))
    await there.sign_in()
    if "/login?" in wanted:
        wanted = f"{addresses.origin}{parse_qs(urlsplit(wanted).query)['next'][0]}"
    page = await there.browser.get(wanted)
    assert page.status_code == 200, page.text
    answer = await there.answer(page)
    assert parse_qs(urlsplit(answer.headers["location"]).query)["iss"] == [addresses.issuer]
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


async def exchange_at(there: World, url: str, client: str, code: str) -> dict[str, Any]:
    form = {"grant_type": "authorization_code", "client_id": client, "code": code, "redirect_uri": REDIRECT_URI}
    response = await there.client.post(url, data=form | {"code_verifier": "v" * 43})
    assert response.status_code == 200, response.text
    exchanged: dict[str, Any] = response.json()
    return exchanged


async def test_a_deployment_s_own_host_says_which_is_meant(each: World) -> None:
    client = (await each.register())["client_id"]
    for path, added in (("reminders", each.resource), ("textkit", each.other_resource)):
        asked = each.request(client, resource=None)
        url = f"https://{path}.mcp.example/authorize"
        for response in (await each.browser.get(url, params=asked), await each.browser.post(url, data=asked)):
            location = response.headers["location"]
            assert location.startswith(f"{ISSUER}/auth/authorize?")
            assert parse_qs(urlsplit(location).query) == {n: [v] for n, v in (asked | {"resource": added}).items()}


async def test_a_resource_that_is_named_is_left_as_it_is(each: World) -> None:
    asked = each.request("x", resource=each.other_resource)
    location = (await each.browser.get("https://reminders.mcp.example/authorize", params=asked)).headers["location"]
    assert parse_qs(urlsplit(location).query)["resource"] == [each.other_resource]
    pushed = {"client_id": "x", "request_uri": "urn:x"}
    location = (await each.browser.get("https://reminders.mcp.example/authorize", params=pushed)).headers["location"]
    assert parse_qs(urlsplit(location).query) == {name: [value] for name, value in pushed.items()}


@LAYOUTS
@pytest.mark.proves("C26", "H7")
async def test_the_root_s_authorize_leads_to_the_issuer_and_nowhere_else(there: World) -> None:
    for query in ("", "redirect_uri=https://evil.example", "a=%0d%0aLocation:%20https://evil.example", "//evil"):
        headers = {"X-Forwarded-Host": "evil.example"}
        response = await there.browser.get(f"{root_of(there)}/authorize?{query}", headers=headers)
        assert response.status_code == 303
        location = str(httpx2.URL(str(response.url)).join(response.headers["location"]))
        assert location.partition("?")[0] == f"{there.installation.addresses.issuer}/authorize"
    raw = await there.browser.post(f"{root_of(there)}/authorize", content=b"a=\xff b")
    assert (raw.status_code, raw.headers["content-type"]) == (400, "text/html; charset=utf-8")


@pytest.mark.proves("H7")
@pytest.mark.parametrize("layout", ["apart", "each"])
@pytest.mark.parametrize("host", ["evil.example", "10.0.0.7:8000", "reminders.mcp.example.evil.example"])
async def test_a_host_that_is_none_of_ours_is_421_in_json(there: World, host: str) -> None:
    for path in ("/", "/token", "/mcp", "/reminders", OAUTH, RESOURCE):
        for client in (there.client, there.browser):
            response = await client.get(path, headers={"Host": host, "X-Forwarded-Host": "mcp.example"})
            assert (response.status_code, response.json()["error"]) == (421, "invalid_request")
            assert response.json()["request_id"] == response.headers["x-request-id"]


@pytest.mark.proves("H7")
@LAYOUTS
async def test_what_is_said_never_comes_from_the_request(there: World) -> None:
    spoofed = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "Forwarded": "host=evil.example"}
    addresses = there.installation.addresses
    for url in (f"{addresses.origin}{OAUTH}{addresses.prefix}", f"{root_of(there)}{OAUTH}", await challenged(there)):
        response = await there.client.get(url, headers=spoofed)
        assert response.status_code == 200
        assert "evil" not in response.text
    assert "evil" not in (await there.client.post(there.resource, headers=spoofed)).headers["www-authenticate"]


@pytest.mark.parametrize("layout", ["apart", "each"])
async def test_a_machine_asks_for_health_by_any_name(there: World) -> None:
    addresses = there.installation.addresses
    for name in ("healthz", "readyz"):
        url = addresses.endpoint(name)
        assert (await there.client.get(url, headers={"Host": "10.0.0.7:8000"})).json() == {"status": "ok"}


@pytest.mark.parametrize("layout", ["apart", "each"])
async def test_each_host_has_only_its_own(there: World) -> None:
    addresses = there.installation.addresses
    for path in ("/login", "/account", "/healthz", "/static/consentry.css", "/revoke", f"{addresses.prefix}/login"):
        response = await there.client.get(f"{root_of(there)}{path}")
        # On a host where any word may be a slug, each of these could be a deployment: there is none of that name.
        assert response.status_code == 404
    for path in (f"{RESOURCE}/mcp/reminders", f"{RESOURCE}/reminders", "/reminders", "/mcp"):
        response = await there.client.get(f"{addresses.origin}{path}")
        assert (response.status_code, response.json()["error"]) == (404, "invalid_request")


@pytest.mark.parametrize("layout", ["apart", "each"])
async def test_a_deployment_that_is_not_there_is_404(there: World) -> None:
    addresses = there.installation.addresses
    assert (await there.call(None, "nothing")).status_code == 404
    for url in (addresses.resource_metadata_url("nothing"), f"{addresses.mcp_url('nothing')}{RESOURCE}"):
        assert (await there.client.get(url)).status_code == 404


@LAYOUTS
@pytest.mark.proves("G20")
async def test_case_default_port_and_last_slash_are_forgiven_and_one_spelling_is_sent(there: World) -> None:
    _, tokens = await there.connect()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    host = urlsplit(there.resource).netloc
    for url in (there.resource, f"{there.resource}/"):
        for named in (host, host.upper(), f"{host}:443"):
            response = await there.client.post(url, json={}, headers={"Host": named} | bearer)
            assert response.status_code == 502, (url, named)
            refused = await there.client.post(url, headers={"Host": named})
            metadata = there.installation.addresses.resource_metadata_url("reminders")
            assert f'resource_metadata="{metadata}"' in refused.headers["www-authenticate"]


@LAYOUTS
@pytest.mark.proves("G20", "C7")
async def test_the_resource_may_be_spelled_as_clients_do(there: World) -> None:
    client = (await there.register())["client_id"]
    parts = urlsplit(there.resource)
    for spelling in (
        f"{there.resource}/",
        f"HTTPS://{parts.netloc.upper()}{parts.path}",
        f"https://{parts.netloc}:443{parts.path}",
    ):
        code = await there.approve(client, resource=spelling)
        exchanged = await there.exchange(client, code, resource=spelling)
        assert exchanged.status_code == 200
        assert (await there.call(exchanged.json()["access_token"])).status_code == 502


@LAYOUTS
@pytest.mark.proves("F12")
async def test_an_mcp_url_in_a_browser_is_told_of_with_links_to_the_issuer(there: World) -> None:
    page = await there.browser.get(there.resource)
    assert (page.status_code, page.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert page.headers["www-authenticate"] == (await there.client.get(there.resource)).headers["www-authenticate"]
    addresses = there.installation.addresses
    way = addresses.prefix if addresses.one_host else addresses.issuer
    assert f'href="{way}/account"' in page.text
    style = page.text.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
    assert (await there.client.get(style)).status_code == 200
    allowed = "'self'" if addresses.one_host else addresses.origin
    assert f"style-src {allowed};" in page.headers["content-security-policy"]


@pytest.mark.proves("C13")
@pytest.mark.parametrize(
    ("layout", "name"),
    [
        ("apart", "__Host-consentry"),
        ("each", "__Host-consentry.auth"),
        ("below", "__Host-consentry.functions.v1.oauth"),
    ],
)
async def test_the_cookie_is_the_issuer_s_alone(there: World, name: str) -> None:
    response = await there.sign_in()
    (cookie,) = response.headers.get_list("set-cookie")
    assert cookie.startswith(f"{name}=")
    assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
    assert "domain" not in cookie.lower()
    hsts = response.headers["strict-transport-security"]
    assert ("includeSubDomains" in hsts) is (layout_is_whole := not there.installation.addresses.prefix), (
        layout_is_whole
    )


async def test_every_word_below_the_issuer_is_kept_from_mcp_urls(here: World) -> None:
    site = here.app._site()
    words = {route.path.split("/")[1] for route in routes.build(site).routes if route.path}
    assert words - {"", "mcp"} <= TAKEN
