"""The start-up self-check: what the metadata says is asked for, and what is not true is a sentence."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from consentry import self_check
from consentry.app import Application
from consentry.cli import serve
from consentry.cli.output import Failure
from consentry.deployments.model import Deployment
from consentry.installation import open_installation
from consentry.settings import Settings
from consentry.store.sql import Transaction
from tests.web.world import ISSUER, World, world

pytestmark = pytest.mark.anyio

PROXIED = {"trusted_proxies": ("127.0.0.1", "10.0.0.0/8")}
LAYOUTS: list[dict[str, Any]] = [
    {},
    {"resource_metadata": "appended", "service_documentation": "https://guide.example"},
    {"public_url": f"{ISSUER}/functions/v1/oauth", "mcp_url": f"{ISSUER}/functions/v1/router/{{slug}}"},
    {"mcp_url": "https://mcp.example/{slug}"},
    {"public_url": f"{ISSUER}/auth", "mcp_url": "https://{slug}.mcp.example/mcp"},
    {"mcp_url": "https://{slug}.mcp.example"},
    {"public_url": "http://127.0.0.1:8000"},
]


@pytest.fixture
async def sound(tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    async with world(tmp_path, **PROXIED) as built:
        yield built


@dataclass
class Doctored:
    """The application, with something broken: a path that is gone, or documents that say something else."""

    app: ASGIApp
    gone: str = "/nothing"
    change: Callable[[dict[str, Any]], dict[str, Any]] = dict

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["path"] == self.gone:
                message["status"] = 404
            if message["type"] == "http.response.body" and scope["path"].startswith("/.well-known/o"):
                message["body"] = json.dumps(self.change(json.loads(message["body"]))).encode()
            await send(message)

        await self.app(scope, receive, send_on)


@asynccontextmanager
async def reopened(folder: Path, **settings: Any) -> AsyncIterator[Application]:
    """What another process finds that starts on the same database with other settings."""
    chosen = Settings.model_validate({"public_url": ISSUER, "data_dir": folder} | settings)
    installation = open_installation(chosen)
    try:
        await installation.prepare()
        yield Application(installation)
    finally:
        await installation.aclose()


async def said(here: World, app: ASGIApp) -> list[str]:
    """The grave sentences about a doctored application."""
    proxies = here.installation.settings.trusted_proxies
    found = await self_check.examine(app, here.installation.addresses, ["reminders"], proxies)
    assert all(finding.grave for finding in found)
    return [finding.sentence for finding in found]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: str(layout.get("mcp_url", layout)))
async def test_nothing_is_wrong_with_a_sound_installation_wherever_its_parts_are(
    tmp_path: Path, layout: dict[str, Any]
) -> None:
    async with world(tmp_path, **(layout | PROXIED)) as here:
        assert await here.app.examine() == []


@pytest.mark.parametrize("path", ["/authorize", "/token", "/register", "/revoke", "/jwks.json"])
async def test_a_url_in_the_metadata_that_leads_nowhere_is_found(sound: World, path: str) -> None:
    (sentence,) = await said(sound, Doctored(sound.app, gone=path))
    assert f"names {ISSUER}{path} as " in sentence
    assert sentence.endswith("answers 404.")


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/.well-known/oauth-protected-resource/mcp/reminders",
    ],
)
async def test_a_document_that_is_missing_is_found(sound: World, path: str) -> None:
    assert any(f"{ISSUER}{path}" in sentence for sentence in await said(sound, Doctored(sound.app, gone=path)))


async def test_a_challenge_that_is_missing_is_found(sound: World) -> None:
    (sentence,) = await said(sound, Doctored(sound.app, gone="/mcp/reminders"))
    assert sentence == f"{ISSUER}/mcp/reminders does not ask for a token as clients need it: it answers 404."


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("grant_types_supported", "password"),
        ("token_endpoint_auth_methods_supported", "tls_client_auth"),
        ("revocation_endpoint_auth_methods_supported", "tls_client_auth"),
        ("introspection_endpoint_auth_methods_supported", "tls_client_auth"),
        ("token_endpoint_auth_signing_alg_values_supported", "HS256"),
        ("code_challenge_methods_supported", "plain"),
        ("response_types_supported", "token"),
    ],
)
async def test_an_offer_that_nothing_stands_behind_is_found(sound: World, member: str, value: str) -> None:
    def offer(document: dict[str, Any]) -> dict[str, Any]:
        return document | {member: [*document.get(member, []), value]}

    sentences = await said(sound, Doctored(sound.app, change=offer))
    assert f"The metadata offers {value} in {member}, and nothing here does that." in sentences


@pytest.mark.proves("A2")
async def test_another_issuer_than_public_url_is_found(sound: World) -> None:
    def rename(document: dict[str, Any]) -> dict[str, Any]:
        return document | ({"issuer": f"{ISSUER}/"} if "issuer" in document else {})

    sentences = await said(sound, Doctored(sound.app, change=rename))
    assert any(sentence.endswith(f"names the issuer {ISSUER}/, and public_url is {ISSUER}.") for sentence in sentences)


async def test_an_endpoint_on_a_stranger_s_host_is_found_and_not_asked(sound: World) -> None:
    def lead_away(document: dict[str, Any]) -> dict[str, Any]:
        return document | {"token_endpoint": "https://consentry.example.evil.example/token"}

    sentences = await said(sound, Doctored(sound.app, change=lead_away))
    assert any("which is not below public_url" in sentence for sentence in sentences)


@pytest.mark.proves("H7")
async def test_an_issuer_that_a_proxy_s_headers_change_is_found(sound: World) -> None:
    class Believing(Doctored):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            host = dict(scope["headers"]).get(b"x-forwarded-host", b"").decode()
            self.change = lambda document: document | ({"issuer": f"https://{host}"} if host else {})
            await super().__call__(scope, receive, send)

    assert await said(sound, Believing(sound.app)) == [
        "What the proxy 127.0.0.1 forwards changes the issuer, which is public_url alone."
    ]


async def test_what_a_proxy_must_be_told_is_a_warning(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        (finding,) = await here.app.examine()
        assert not finding.grave
        assert "trusted_proxies" in finding.sentence


@pytest.mark.proves("H8")
@pytest.mark.parametrize("url", ["https://h.example:8443", "https://[2001:db8::1]"])
async def test_what_hosted_clients_cannot_reach_is_a_warning(tmp_path: Path, url: str) -> None:
    async with world(tmp_path, public_url=url, **PROXIED) as here:
        said = [finding.sentence for finding in await here.app.examine()]
        assert said == [
            f"{name} has a port of its own or an IPv6 address: Claude.ai and ChatGPT need port 443 on IPv4."
            for name in ("public_url", "mcp_url")
        ]


async def test_a_deployment_that_cannot_be_reached_is_a_warning(tmp_path: Path) -> None:
    async with world(tmp_path, mcp_url="https://mcp.example/{slug}", **PROXIED) as here:
        hidden = Deployment("d_3", "token", "Token", "http://127.0.0.1:9/mcp", "account_1", "owner", 1)
        await here.installation.store.write(lambda tx: tx.add_deployment(hidden))
        (finding,) = await here.app.examine()
        assert not finding.grave
        assert "choose another slug" in finding.sentence


async def test_an_mcp_server_that_is_elsewhere_is_not_looked_for_here(tmp_path: Path) -> None:
    url = "https://far.example/mcp"
    first = Deployment("d_3", "a-first", "First", None, "account_1", "owner", 1, resource=url)
    async with world(tmp_path, **PROXIED) as here:
        await here.installation.store.write(lambda tx: tx.add_deployment(first))
        assert await here.app.examine() == []


async def test_another_secret_key_than_that_of_the_database_is_a_warning(tmp_path: Path) -> None:
    async with world(tmp_path, **PROXIED) as here:
        url, key = str(here.installation.settings.database_path), "another-key-of-32-characters-or-more"
    async with reopened(tmp_path, secret_key=key, database_url=f"sqlite:///{url}", **PROXIED) as app:
        (finding,) = await app.examine()
    assert not finding.grave
    assert "were sealed under another secret_key" in finding.sentence


async def test_open_sign_up_without_mail_is_a_warning(tmp_path: Path) -> None:
    async with world(tmp_path, signup="open", **PROXIED) as here:
        (finding,) = await here.app.examine()
        assert not finding.grave
        assert "before smtp_url is set" in finding.sentence


async def test_a_contradiction_does_not_start_and_says_why(sound: World) -> None:
    await serve.check(sound.app)
    sound.app._serve = Doctored(sound.app._serve, gone="/revoke")
    with pytest.raises(Failure, match=r"names https://consentry\.example/revoke as revocation_endpoint"):
        await serve.check(sound.app)


async def test_the_check_writes_nothing(sound: World) -> None:
    async def rows(tx: Transaction) -> list[Any]:
        return [list(await tx.db.all(f"SELECT * FROM {table}")) for table in ("events", "clients", "sessions")]  # noqa: S608

    before = await sound.installation.store.read(rows)
    await sound.app.examine()
    assert await sound.installation.store.read(rows) == before


async def test_a_plan_that_accounts_have_and_the_settings_do_not_know_does_not_start(sound: World) -> None:
    await sound.installation.store.write(lambda tx: tx.set_plan("account_1", "gold"))
    with pytest.raises(Failure, match="Accounts have the plan gold"):
        await serve.check(sound.app)
