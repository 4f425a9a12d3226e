"""What holds for every endpoint: headers, CORS, no null, no 5xx for a client's fault, no secret kept or logged."""

import json
import logging
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consentry.clients.model import DEVICE_CODE
from consentry.store.sql import Transaction
from tests.web.world import PASSWORD, REDIRECT_URI, World

pytestmark = pytest.mark.anyio

API = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration", "/jwks.json", "/register",
       "/token", "/revoke", "/introspect", "/.well-known/oauth-protected-resource/mcp/reminders", "/mcp/reminders",
       "/par", "/device_authorization"]  # fmt: skip


def nulls(value: Any) -> bool:
    if isinstance(value, dict):
        return any(nulls(part) for part in value.values())
    return any(nulls(part) for part in value) if isinstance(value, list) else value is None


@pytest.mark.proves("A17")
async def test_no_answer_has_a_null_member(here: World) -> None:
    client_id, tokens = await here.connect()
    answers = [(await here.client.get(path)).json() for path in API[:3]]
    answers += [await here.register(), await here.register(client_name=None, scope=None, logo_uri=None)]
    answers += [tokens, (await here.refresh(client_id, "x")).json(), (await here.client.get(API[7])).json()]
    assert len(answers) == 8
    assert not any(nulls(answer) for answer in answers)


@pytest.mark.proves("H1", "H2", "H3", "H4", "H5")
@pytest.mark.parametrize("path", API)
async def test_a_script_of_any_origin_may_call_it(here: World, path: str) -> None:
    asked = {
        "Origin": "https://inspector.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, mcp-protocol-version, mcp-param-region",
    }
    preflight = await here.client.options(path, headers=asked)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    allowed = preflight.headers["access-control-allow-headers"].lower().split(", ")
    assert {"authorization", "content-type", "mcp-protocol-version", "mcp-param-region", "dpop"} <= set(allowed)
    refused = await here.client.post(path, headers={"Origin": "https://inspector.example"})
    assert refused.status_code >= 400
    for answer in (preflight, refused):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
        assert "set-cookie" not in answer.headers
    assert "WWW-Authenticate" in refused.headers["access-control-expose-headers"]


@pytest.mark.proves("H6")
@pytest.mark.parametrize(
    "path",
    [
        *API[:-3],
        "/par",
        "/device_authorization",
        "/device",
        "/",
        "/login",
        "/nothing",
        "/static/consentry.css",
        "/healthz",
    ],
)
async def test_every_answer_has_its_guards_and_its_number(here: World, path: str) -> None:
    headers = (await here.client.get(path)).headers
    assert headers["x-request-id"].startswith("req_")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"].startswith("max-age=")
    assert "server" not in headers


@pytest.mark.proves("H7")
async def test_the_issuer_never_comes_from_the_request(here: World) -> None:
    spoofed = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
    for path in (*API[:2], API[7]):
        assert "evil" not in (await here.client.get(path, headers=spoofed)).text
    refused = await here.client.post("/mcp/reminders", headers=spoofed)
    assert "evil" not in refused.headers["www-authenticate"]


@pytest.mark.proves("H7")
async def test_an_address_that_a_stranger_forwards_is_not_believed(here: World) -> None:
    statuses = []
    for number in range(6):
        here.browser.headers["X-Forwarded-For"] = f"198.51.100.{number}"
        statuses.append((await here.sign_in(password="wrong wrong wrong")).status_code)
    assert statuses == [401] * 5 + [429]


async def test_a_person_gets_a_page_and_a_program_json_where_there_is_nothing(here: World) -> None:
    page = await here.browser.get("/nothing")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    plain = await here.client.get("/nothing")
    assert (plain.status_code, plain.json()["error"]) == (404, "invalid_request")
    wrong = await here.client.delete("/login")
    assert (wrong.status_code, wrong.json()["error"]) == (405, "invalid_request")


@pytest.mark.proves("F12")
async def test_an_mcp_url_in_a_browser_says_what_it_is_for_and_is_a_401_all_the_same(here: World) -> None:
    for path in ("/mcp/reminders", "/mcp/reminders/"):
        page = await here.browser.get(path)
        assert (page.status_code, here.resource in page.text) == (401, True)
        assert page.headers["www-authenticate"] == (await here.client.get(path)).headers["www-authenticate"]
    assert (await here.browser.get("/mcp/nothing")).status_code == 404
    with_token = await here.browser.get("/mcp/reminders", headers={"Authorization": "Bearer x"})
    assert with_token.headers["content-type"] == "application/json"


@pytest.mark.proves("D27")
async def test_what_breaks_here_is_said_with_a_number(here: World) -> None:
    here.clock.now = "no time at all"  # type: ignore[assignment]  # a bug, as it were
    broken = await here.client.post("/register", json={"redirect_uris": [REDIRECT_URI]})
    assert (broken.status_code, broken.json()["error"]) == (500, "server_error")
    assert broken.headers["x-request-id"] in broken.json()["error_description"]
    assert broken.headers["access-control-allow-origin"] == "*"


@pytest.mark.proves("D27")
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    path=st.sampled_from(["/token", "/revoke", "/par", "/register", "/login", "/consent", "/logout", "/authorize",
                          "/device_authorization", "/device", "/device/answer"]),
    names=st.lists(
        st.sampled_from(["grant_type", "client_id", "code", "refresh_token", "token", "resource", "scope", "state",
                         "redirect_uri", "csrf", "request", "email", "password", "next", "decision", "device_code",
                         "user_code", "request_uri"]),
        max_size=8,
    ),
    values=st.lists(
        st.text(max_size=40) | st.sampled_from(["authorization_code", "refresh_token", "\0", DEVICE_CODE]), min_size=8
    ),
    authorization=st.none() | st.binary(max_size=40).map(lambda raw: b"Basic " + raw.hex().encode()),
)  # fmt: skip
async def test_no_input_at_all_is_answered_with_a_5xx(
    here: World, path: str, names: list[str], values: list[str], authorization: bytes | None
) -> None:
    headers = {b"Authorization": authorization} if authorization else {}
    form = [(name, value) for name, value in zip(names, values, strict=False)]
    body = "&".join(f"{name}={_quoted(value)}" for name, value in form)
    response = await here.client.post(
        path, content=body, headers={b"Content-Type": b"application/x-www-form-urlencoded", **headers}
    )
    assert response.status_code < 500
    assert "location" not in response.headers or response.headers["location"].startswith("/")
    shown = await here.client.get(f"{path}?{body}")
    assert shown.status_code < 500


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode("utf-8", "surrogatepass"))


@pytest.mark.proves("D26", "E13")
async def test_no_secret_is_kept_or_logged(
    here: World, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    made = await here.register(token_endpoint_auth_method="client_secret_post")
    code = await here.approve(made["client_id"])
    tokens = (await here.exchange(made["client_id"], code, client_secret=made["client_secret"])).json()
    proof = {"client_secret": made["client_secret"]}
    later = (await here.refresh(made["client_id"], tokens["refresh_token"], **proof)).json()
    await here.refresh(made["client_id"], tokens["refresh_token"], **proof)
    await here.exchange(made["client_id"], code, **proof)
    await here.client.get("/mcp/reminders", params={"access_token": tokens["access_token"]})
    secrets = [made["client_secret"], code, PASSWORD, here.browser.cookies["__Host-consentry"]]
    secrets += [found[name] for found in (tokens, later) for name in ("access_token", "refresh_token")]

    async def rows(tx: Transaction) -> str:
        tables = [
            "accounts",
            "sessions",
            "attempts",
            "assertions",
            "deployments",
            "clients",
            "grants",
            "codes",
            "access_tokens",
        ]
        tables += ["refresh_tokens", "events", "signing_keys"]
        return str([await tx.db.all(f"SELECT * FROM {table}") for table in tables])  # noqa: S608

    folder = here.installation.settings.folder
    kept = b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())
    table_text = await here.installation.store.read(rows)
    # What the test's own HTTP client says of itself is not the server's log.
    logged = " ".join(record.getMessage() for record in caplog.records if record.name != "httpx2")
    logged += "".join(capsys.readouterr())
    assert "code:replayed" in logged
    for secret in secrets:
        assert secret.encode() not in kept
        assert secret not in table_text
        assert secret not in logged
    assert json.dumps(made["client_id"])[1:-1] in table_text
