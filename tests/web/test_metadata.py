"""Discovery, as clients walk it."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from consentry.clients.model import OPERATOR_GRANT_TYPES
from consentry.grants.token import GRANTS
from consentry.settings import SettingsError, load
from consentry.spec.metadata import ENDPOINTS
from tests.web.world import ISSUER, World, world

pytestmark = pytest.mark.anyio

OAUTH = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"
RESOURCE = "/.well-known/oauth-protected-resource"


async def document(here: World, path: str) -> dict[str, Any]:
    response = await here.client.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    found: dict[str, Any] = response.json()
    return found


@pytest.mark.proves("A1", "A2", "A4", "F15")
async def test_a_root_issuer_serves_both_documents_at_the_root(here: World) -> None:
    for path in (OAUTH, OPENID):
        assert (await document(here, path))["issuer"] == ISSUER


@pytest.mark.proves("A2", "A3")
async def test_an_issuer_with_a_path_serves_inserted_and_appended_addresses_alike(below: World) -> None:
    prefix = "/functions/v1/oauth"
    served = [
        await document(below, f"{OPENID}{prefix}"),
        await document(below, f"{prefix}{OPENID}"),
    ]
    assert served[0] == served[1]
    oauth = await document(below, f"{OAUTH}{prefix}")
    assert served[0] | oauth == served[0]
    assert oauth["issuer"] == f"https://h.example{prefix}"


@pytest.mark.proves("A5", "A6", "A7", "A9", "A10", "A12", "C24")
async def test_the_documents_say_what_clients_insist_on(here: World) -> None:
    found = await document(here, OPENID)
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["response_types_supported"] == ["code"]
    assert found["response_modes_supported"] == ["query"]
    assert found["grant_types_supported"][:2] == ["authorization_code", "refresh_token"]
    assert "client_credentials" in found["grant_types_supported"]
    assert "none" in found["token_endpoint_auth_methods_supported"]
    assert found["authorization_response_iss_parameter_supported"] is True
    assert found["subject_types_supported"] == ["public"]
    assert found["id_token_signing_alg_values_supported"] == ["ES256"]
    assert found["request_uri_parameter_supported"] is False
    assert {"sub", "email", "email_verified", "nonce", "auth_time"} <= set(found["claims_supported"])
    assert found["prompt_values_supported"] == ["none", "login", "consent", "select_account"]
    assert "offline_access" in found["scopes_supported"]


@pytest.mark.proves("A14")
async def test_every_endpoint_is_https_and_below_the_issuer(here: World) -> None:
    found = await document(here, OPENID)
    urls = [value for name, value in found.items() if name.endswith(("_endpoint", "_uri"))]
    assert len(urls) == len(ENDPOINTS)
    assert all(url.startswith(f"{ISSUER}/") for url in urls)


@pytest.mark.parametrize("url", ["http://consentry.example", "ftp://consentry.example", "https://h/?q=1"])
def test_an_issuer_that_is_not_https_refuses_to_start(url: str) -> None:
    with pytest.raises(SettingsError, match="public_url"):
        load(None, {"CONSENTRY_PUBLIC_URL": url})


async def test_every_endpoint_that_is_named_answers(here: World) -> None:
    found = await document(here, OPENID)
    for name, url in found.items():
        if name.endswith(("_endpoint", "_uri")):
            response = await here.client.get(urlsplit(url).path)
            assert response.status_code != 404, name


@pytest.mark.proves("D25")
async def test_the_grants_that_are_named_are_those_that_work(here: World) -> None:
    """Implicit and password are not among them."""
    found = await document(here, OAUTH)
    assert tuple(found["grant_types_supported"]) == tuple(GRANTS) == OPERATOR_GRANT_TYPES


@pytest.mark.proves("A13", "F3")
@pytest.mark.parametrize(
    "path",
    [
        f"{RESOURCE}/mcp/nothing",
        RESOURCE,
        f"{RESOURCE}/mcp",
        f"{OAUTH}/mcp/reminders",
        "/.well-known/anything",
        "/mcp/nothing/.well-known/oauth-protected-resource",
    ],
)
async def test_an_unknown_document_is_404_in_json(here: World, path: str) -> None:
    response = await here.client.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/json"


@pytest.mark.proves("A13")
async def test_a_known_document_never_redirects_whatever_its_last_slash(here: World) -> None:
    for path in (OAUTH, f"{OAUTH}/", OPENID, f"{RESOURCE}/mcp/reminders/"):
        assert (await here.client.get(path)).status_code == 200


@pytest.mark.proves("A15")
async def test_documents_may_be_kept_for_minutes_and_asked_for_again_cheaply(here: World) -> None:
    first = await here.client.get(OAUTH)
    assert first.headers["cache-control"] == "public, max-age=300"
    again = await here.client.get(OAUTH, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.proves("A16", "A17")
async def test_what_the_operator_points_to_is_named_and_absent_where_nothing_is(tmp_path: Path, here: World) -> None:
    links = {"service_documentation": "https://h.example/guide", "op_policy_uri": "https://h.example/policy"}
    async with world(tmp_path, **links) as linked:
        for path in (OAUTH, OPENID):
            assert (await document(linked, path)).items() >= links.items()
            assert not links.keys() & (await document(here, path)).keys()


@pytest.mark.proves("F1", "F6")
async def test_where_a_proxy_passes_nothing_else_the_challenge_names_what_lies_behind_the_path(tmp_path: Path) -> None:
    async with world(tmp_path, resource_metadata="appended") as behind:
        refused = await behind.call(None)
        url = f"{behind.resource}{RESOURCE}"
        assert f'resource_metadata="{url}"' in refused.headers["www-authenticate"]
        assert (await document(behind, urlsplit(url).path))["resource"] == behind.resource


@pytest.mark.proves("F1", "F2", "F4", "F5")
async def test_the_resource_is_described_at_both_addresses(here: World) -> None:
    inserted = await document(here, f"{RESOURCE}/mcp/reminders")
    assert inserted == await document(here, f"/mcp/reminders{RESOURCE}")
    assert inserted == {
        "resource": f"{ISSUER}/mcp/reminders",
        "authorization_servers": [ISSUER],
        "scopes_supported": ["mcp"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Reminders",
    }


@pytest.mark.proves("F1")
async def test_with_paths_the_challenge_names_where_the_resource_is_described(below: World) -> None:
    refused = await below.call(None)
    assert refused.status_code == 401
    url = "https://h.example/.well-known/oauth-protected-resource/functions/v1/router/reminders"
    assert f'resource_metadata="{url}"' in refused.headers["www-authenticate"]
    found = await document(below, urlsplit(url).path)
    assert found["resource"] == "https://h.example/functions/v1/router/reminders"
    assert found["authorization_servers"] == ["https://h.example/functions/v1/oauth"]


async def test_the_whole_way_works_below_a_path(below: World) -> None:
    client_id, tokens = await below.connect()
    assert (await below.refresh(client_id, tokens["refresh_token"])).status_code == 200


async def test_published_keys_are_public_halves_alone(here: World) -> None:
    (key,) = (await document(here, "/jwks.json"))["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
