"""Who may register: everybody, those on a list, those whom an operator approves, those who bring a token."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from consentry.clients import approval, initial_access
from consentry.clients.initial_access import InitialAccessToken
from consentry.store.sql import Transaction
from consentry.tokens import Secret
from tests.stores import BOTH, database_url
from tests.web.world import REDIRECT_URI, World, world

pytestmark = pytest.mark.anyio

Open = Callable[..., AbstractAsyncContextManager[World]]
OWN = {"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none", "client_name": "Agent"}
CLAUDE = "https://claude.ai/api/mcp/auth_callback"
CURSOR = [
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "https://www.cursor.com/agents/mcp/oauth/callback",
    "http://localhost:8787/callback",
]


@pytest.fixture(params=BOTH)
async def opened(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> Open:
    @asynccontextmanager
    async def open_world(**settings: Any) -> AsyncIterator[World]:
        async with world(tmp_path, database_url=await database_url(request, tmp_path), **settings) as here:
            yield here

    return open_world


@pytest.mark.proves("B17")
@pytest.mark.parametrize(
    ("trusted", "redirect_uris", "fine"),
    [
        (["claude.ai"], [CLAUDE], True),
        (["claude.ai"], ["https://claude.ai:443/api/mcp/auth_callback"], True),
        (["claude.ai"], [CLAUDE, "https://evil.example/cb"], False),
        (["claude.ai"], ["https://evil.claude.ai/cb"], False),
        (["claude.ai"], ["https://claude.ai.evil.example/cb"], False),
        (["claude.ai"], ["https://evilclaude.ai/cb"], False),
        (["claude.ai"], ["http://localhost/cb"], False),
        (["*.example.com"], ["https://a.example.com/cb", "https://a.b.example.com/cb"], True),
        (["*.example.com"], ["https://example.com/cb"], False),
        (["*.example.com"], ["https://evilexample.com/cb"], False),
        (["localhost", "127.0.0.1", "::1"], ["http://localhost:1/cb", "http://127.0.0.1/", "http://[::1]:2/cb"], True),
        (["www.cursor.com", "localhost"], CURSOR, True),
        (["www.cursor.com"], CURSOR, False),
    ],
)
async def test_with_an_allow_list_every_redirect_uri_leads_to_a_trusted_host(
    opened: Open, trusted: list[str], redirect_uris: list[str], fine: bool
) -> None:
    async with opened(registration="allowlist", trusted_redirect_domains=trusted) as here:
        response = await here.client.post("/register", json=OWN | {"redirect_uris": redirect_uris})
        if fine:
            assert response.status_code == 201
        else:
            assert (response.status_code, response.json()["error"]) == (400, "invalid_redirect_uri")
            assert "ask the operator" in response.json()["error_description"]


@pytest.mark.proves("B17", "B18")
async def test_a_change_leads_nowhere_that_a_registration_could_not(opened: Open) -> None:
    async with opened(registration="allowlist", trusted_redirect_domains=["claude.ai"]) as here:
        made = (await here.client.post("/register", json=OWN | {"redirect_uris": [CLAUDE]})).json()
        headers = {"Authorization": f"Bearer {made['registration_access_token']}"}
        changed = OWN | {"client_id": made["client_id"]}
        response = await here.client.put(made["registration_client_uri"], json=changed, headers=headers)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_redirect_uri")


@pytest.mark.proves("B17")
async def test_with_approval_a_client_waits_for_the_operator(opened: Open) -> None:
    async with opened(registration="approval") as here:
        made = await here.register()
        client_id = made["client_id"]
        await here.sign_in()
        page = await here.ask(client_id)
        assert page.status_code == 403
        assert "waits for approval" in page.text
        assert client_id in page.text
        early = await here.refresh(client_id, "cy_rt_x")
        # Not invalid_client: it would register again, and wait again.
        assert (early.status_code, early.json()["error"]) == (400, "unauthorized_client")
        assert await _approve(here, client_id)
        assert not await _approve(here, client_id)
        code = await here.approve(client_id)
        assert (await here.exchange(client_id, code)).status_code == 200


@pytest.mark.proves("B17", "B18")
async def test_what_the_operator_approves_is_what_was_registered(opened: Open) -> None:
    async with opened(registration="approval") as here:
        made = await here.register()
        headers = {"Authorization": f"Bearer {made['registration_access_token']}"}
        hostile = OWN | {"client_id": made["client_id"], "redirect_uris": ["https://evil.example/cb"]}
        for _ in ("while it waits", "once it is approved"):
            response = await here.client.put(made["registration_client_uri"], json=hostile, headers=headers)
            assert (response.status_code, response.json()["error"]) == (403, "access_denied")
            await _approve(here, made["client_id"])


async def test_registering_again_is_no_way_around_the_wait_and_shares_what_was_approved(opened: Open) -> None:
    async with opened(registration="approval") as here:
        first, again = [(await here.client.post("/register", json=OWN)).json()["client_id"] for _ in range(2)]
        assert first == again
        assert (await here.ask(again)).status_code == 403
        await _approve(here, first)
        assert (await here.client.post("/register", json=OWN)).json()["client_id"] == first
        assert (await here.ask(first)).status_code == 303


@pytest.mark.proves("B17")
async def test_with_an_initial_access_token_only_its_bearer_registers(opened: Open) -> None:
    async with opened(registration="initial_access_token") as here:
        secret, _ = await _token(here, expires_in=3600, most_uses=2)
        good = {"Authorization": f"Bearer {secret.reveal()}"}
        for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {secret.reveal()}"}):
            refused = await here.client.post("/register", json=OWN, headers=headers)
            assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
            assert refused.headers["www-authenticate"].startswith("Bearer ")
        # A refused registration uses nothing up.
        faulty = await here.client.post("/register", json=OWN | {"redirect_uris": []}, headers=good)
        assert (faulty.status_code, faulty.json()["error"]) == (400, "invalid_redirect_uri")
        for name in ("one", "two"):
            made = await here.client.post("/register", json=OWN | {"client_name": name}, headers=good)
            assert made.status_code == 201
        assert (await here.client.post("/register", json=OWN, headers=good)).status_code == 401


@pytest.mark.proves("B17")
async def test_an_initial_access_token_ends_when_it_expires_or_is_revoked(opened: Open) -> None:
    async with opened(registration="initial_access_token") as here:
        brief, _ = await _token(here, expires_in=60)
        lasting, token = await _token(here)

        async def status(secret: Secret) -> int:
            headers = {"Authorization": f"Bearer {secret.reveal()}"}
            return (await here.client.post("/register", json=OWN, headers=headers)).status_code

        here.clock.now += 59
        assert (await status(brief), await status(lasting)) == (201, 201)
        here.clock.now += 1
        assert (await status(brief), await status(lasting)) == (401, 201)
        await here.installation.store.write(lambda tx: initial_access.revoke(tx, token, here.clock()))
        assert await status(lasting) == 401


async def test_a_registration_token_is_no_initial_access_token(opened: Open) -> None:
    async with opened(registration="initial_access_token") as here:
        secret, _ = await _token(here)
        headers = {"Authorization": f"Bearer {secret.reveal()}"}
        made = (await here.client.post("/register", json=OWN, headers=headers)).json()
        own = {"Authorization": f"Bearer {made['registration_access_token']}"}
        assert (await here.client.post("/register", json=OWN, headers=own)).status_code == 401
        assert (await here.client.get(made["registration_client_uri"], headers=headers)).status_code == 401


@pytest.mark.proves("B17")
async def test_a_software_statement_is_ignored_and_vouches_for_nothing(opened: Open) -> None:
    async with opened(registration="initial_access_token") as here:
        refused = await here.client.post("/register", json=OWN | {"software_statement": "e30.e30."})
        assert refused.status_code == 401
    async with opened() as here:
        taken = await here.client.post("/register", json=OWN | {"software_statement": "e30.e30."})
        assert (taken.status_code, "software_statement" in taken.json()) == (201, False)


async def test_in_every_policy_the_metadata_names_the_endpoint(opened: Open) -> None:
    for settings in ({"registration": "approval"}, {"registration": "initial_access_token"}):
        async with opened(**settings) as here:
            found = (await here.client.get("/.well-known/oauth-authorization-server")).json()
            assert found["registration_endpoint"].endswith("/register")


async def _approve(here: World, client_id: str) -> bool:
    async def work(tx: Transaction) -> bool:
        client = await tx.find_client(client_id)
        assert client is not None
        return await approval.approve(tx, client, here.clock())

    return await here.installation.store.write(work)


async def _token(
    here: World, expires_in: int | None = None, most_uses: int | None = None
) -> tuple[Secret, InitialAccessToken]:
    entropy = here.installation.entropy
    secret, token = initial_access.make("of a test", expires_in, most_uses, entropy, here.clock())
    await here.installation.store.write(lambda tx: initial_access.create(tx, token))
    return secret, token
