"""A whole installation in one process, a clock that tests move, and the steps of a client and of a person."""

import os
import re
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from html import unescape
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
from argon2 import PasswordHasher

from consentry.accounts.model import Account
from consentry.accounts.passwords import Passwords
from consentry.app import Application
from consentry.deployments.model import Deployment
from consentry.fetch import Resolve, Resolver
from consentry.installation import Installation, open_installation
from consentry.mail import Transport
from consentry.settings import Settings
from consentry.spec.retrieval import Bounds, Fetch, Fetched, Unfetched
from consentry.store.sql import Transaction
from consentry.tokens import Entropy
from tests import sqlite

ISSUER = "https://consentry.example"
EMAIL, PASSWORD = "ada@example.com", "correct horse battery staple"
OTHER_EMAIL = "bob@example.com"
VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
REDIRECT_URI = "https://client.example/callback"
SECRET_KEY = "of-the-tests-and-of-nothing-else-at-all"
# Cheap on purpose: what a hash costs is not what these tests are about.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD_HASH = CHEAP.hash(PASSWORD)


@dataclass
class Clock:
    """Epoch seconds that stand still until a test moves them."""

    now: int = 1_800_000_000

    def __call__(self) -> int:
        return self.now


@dataclass
class World:
    """An installation with two accounts and two deployments."""

    installation: Installation
    clock: Clock
    app: Application
    browser: httpx2.AsyncClient
    client: httpx2.AsyncClient
    resource: str = field(init=False)
    other_resource: str = field(init=False)
    versions: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.resource = self.installation.addresses.mcp_url("reminders")
        self.other_resource = self.installation.addresses.mcp_url("textkit")

    @property
    def prefix(self) -> str:
        return self.installation.addresses.prefix

    # A client's steps.

    async def register(self, **metadata: Any) -> dict[str, Any]:
        """A client of its own: in the same words it would be the same client."""
        asked = {"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none", "client_name": "Agent"}
        asked["software_version"] = str(next(self.versions))
        response = await self.client.post(f"{self.prefix}/register", json=asked | metadata)
        assert response.status_code == 201, response.text
        registered: dict[str, Any] = response.json()
        return registered

    def request(self, client_id: str, **changes: str | None) -> dict[str, str]:
        """The parameters of an authorization request; None leaves one out."""
        asked: dict[str, str | None] = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": REDIRECT_URI,
            "state": "st",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "resource": self.resource,
            "scope": "mcp",
        }
        return {name: value for name, value in (asked | changes).items() if value is not None}

    async def token(self, **form: str) -> httpx2.Response:
        return await self.client.post(f"{self.prefix}/token", data=form)

    async def exchange(self, client_id: str, code: str, **changes: str) -> httpx2.Response:
        asked = {
            "grant_type": "authorization_code",
            "client_id": client_id,
            "code": code,
            "code_verifier": VERIFIER,
            "redirect_uri": REDIRECT_URI,
        }
        return await self.token(**(asked | changes))

    async def refresh(self, client_id: str, refresh_token: str, **changes: str) -> httpx2.Response:
        asked = {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": refresh_token}
        return await self.token(**(asked | changes))

    async def call(self, access_token: str | None, slug: str = "reminders") -> httpx2.Response:
        headers = {"Authorization": f"Bearer {access_token}"} if access_token else {}
        url = self.installation.addresses.mcp_url(slug)
        return await self.client.post(url, json={"jsonrpc": "2.0", "id": 1, "method": "ping"}, headers=headers)

    # A person's steps.

    async def sign_in(self, email: str = EMAIL, password: str = PASSWORD, **changes: str) -> httpx2.Response:
        page = await self.browser.get(f"{self.prefix}/login")
        fields = form_fields(page.text, f"{self.prefix}/login") | {"email": email, "password": password} | changes
        return await self.browser.post(f"{self.prefix}/login", data=fields)

    async def ask(self, client_id: str, **changes: str | None) -> httpx2.Response:
        """The authorization request, as the browser sends it."""
        query = urlencode(self.request(client_id, **changes))
        return await self.browser.get(f"{self.prefix}/authorize?{query}")

    async def answer(self, page: httpx2.Response, decision: str = "approve", **changes: str) -> httpx2.Response:
        fields = form_fields(page.text, f"{self.prefix}/consent") | {"decision": decision} | changes
        return await self.browser.post(f"{self.prefix}/consent", data=fields)

    async def approve(self, client_id: str, **changes: str | None) -> str:
        """Signs in where need be, presses Approve, and gives the code."""
        page = await self.ask(client_id, **changes)
        if page.status_code == 303:
            await self.sign_in()
            page = await self.ask(client_id, **changes)
        assert page.status_code == 200, page.text
        response = await self.answer(page)
        assert response.status_code == 303, response.text
        return answered(response)["code"]

    async def connect(self, **metadata: Any) -> tuple[str, dict[str, Any]]:
        """The whole way: a client id and its tokens."""
        client_id = (await self.register(**metadata))["client_id"]
        code = await self.approve(client_id)
        response = await self.exchange(client_id, code)
        assert response.status_code == 200, response.text
        return client_id, response.json()


def answered(response: httpx2.Response) -> dict[str, str]:
    """The parameters of an authorization response."""
    query = parse_qs(urlsplit(response.headers["location"]).query, strict_parsing=True)
    assert all(len(values) == 1 for values in query.values())
    return {name: values[0] for name, values in query.items()}


def way_back(response: httpx2.Response) -> str:
    """Where a browser that is sent to sign in goes on afterwards."""
    assert response.status_code == 303
    assert urlsplit(response.headers["location"]).path.endswith("/login")
    return parse_qs(urlsplit(response.headers["location"]).query)["next"][0]


def form_fields(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form with that action."""
    form = next(
        form for form in re.findall(r"<form.*?</form>", page, re.DOTALL) if f'action="{action}"' in form.split(">")[0]
    )
    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in hidden}


async def no_way_out(url: str, bounds: Bounds) -> Fetched | Unfetched:
    """Tests ask no stranger."""
    return Unfetched(f"There is no way out of this test to {url} within {bounds.seconds} s.", "test")


@asynccontextmanager
async def world(
    folder: Path,
    fetch: Fetch = no_way_out,
    mail: Transport | None = None,
    resolve: Resolve | None = None,
    entropy: Entropy = os.urandom,
    /,
    **settings: Any,
) -> AsyncIterator[World]:
    """Built in `folder`; settings as in the configuration file. `fetch` is the way out to strangers' URLs, `mail` the
    one to people, `resolve` where the names of guarded upstreams lead, `entropy` where chance comes from."""
    clock = Clock()
    # All requests of a test come from one address in one moment: limits are switched on by the tests of them.
    basis = {"public_url": ISSUER, "data_dir": folder, "secret_key": SECRET_KEY, "rate_limits": False}
    chosen = Settings.model_validate(basis | settings)
    if chosen.sqlite:
        sqlite.place(chosen.database_path)
    installation = open_installation(chosen, clock=clock, entropy=entropy)
    sqlite.be_careless(installation.store)
    await installation.prepare()
    await installation.store.write(_inhabit)
    app = Application(installation, fetch=fetch, mail=mail, passwords=Passwords(CHEAP), resolve=resolve or Resolver())
    transport = httpx2.ASGITransport(app, client=("192.0.2.7", 4711))
    origin = installation.addresses.origin
    async with (
        httpx2.AsyncClient(transport=transport, base_url=origin) as browser,
        httpx2.AsyncClient(transport=transport, base_url=origin) as client,
    ):
        browser.headers["Accept"] = "text/html"
        yield World(installation, clock, app, browser, client)
    await app.settle()
    await app.upstreams.aclose()
    await installation.aclose()


async def _inhabit(tx: Transaction) -> None:
    now = 1_799_999_000
    for number, email in enumerate((EMAIL, OTHER_EMAIL), 1):
        await tx.add_account(Account(f"account_{number}", email, "", PASSWORD_HASH, False, now, verified_at=now))
    upstream = "http://127.0.0.1:9/mcp"  # nothing answers there
    await tx.add_deployment(Deployment("d_1", "reminders", "Reminders", upstream, "account_1", "owner", now))
    await tx.add_deployment(Deployment("d_2", "textkit", "Text kit", upstream, "account_1", "verified", now))
