"""An installation with tokens of an owner, of another account and of an operator."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx2
import pytest

from consentry.accounts import personal_tokens
from consentry.accounts.model import Account, Session
from consentry.accounts.personal_tokens import SCOPES, Wanted
from consentry.clients.model import Client
from consentry.grants.model import Grant, Permissions
from consentry.store.sql import Transaction
from consentry.tokens import Digest
from tests import stores
from tests.web.world import EMAIL, OTHER_EMAIL, PASSWORD_HASH, World, world

OPERATOR_EMAIL = "olga@example.com"
TABLES = (
    "accounts", "sessions", "links", "letters", "invitations", "deployments", "deployment_health", "clients", "grants",
    "access_tokens", "events",
)  # fmt: skip
Who = Literal["nobody", "another", "owner", "operator"]
EMAILS: dict[Who, str] = {"another": OTHER_EMAIL, "owner": EMAIL, "operator": OPERATOR_EMAIL}


@dataclass
class Api:
    """The API, and a token of each person that may do all that this person may."""

    here: World
    tokens: dict[Who, str]

    async def ask(
        self, who: Who, method: str, path: str, *, token: str | None = None, **request: Any
    ) -> httpx2.Response:
        """One request; `path` is below the API."""
        text = token or self.tokens.get(who)
        headers = {"Authorization": f"Bearer {text}"} if text else {}
        url = f"{self.here.prefix}/api/v1{f'/{path}' if path else ''}"
        return await self.here.client.request(method, url, headers=headers | request.pop("headers", {}), **request)

    async def token(self, who: Who, *scopes: str, ttl: int | None = None, label: str = "A test") -> str:
        """Another token of theirs."""
        installation = self.here.installation

        async def work(tx: Transaction) -> str:
            account = await tx.find_account_by_email(EMAILS[who])
            assert account is not None
            wanted = Wanted(label, scopes, ttl)
            made = await personal_tokens.create(tx, account, wanted, None, installation.entropy, self.here.clock())
            assert isinstance(made, tuple), made
            return made[0].reveal()

        return await installation.store.write(work)

    async def named(self, who: Who) -> dict[str, str]:
        """What there is to be named in paths: things of this person's own, and a client that waits."""
        installation = self.here.installation
        await self.token(who, "account:read", label="To be revoked")
        account_id = (await self.ask(who, "GET", "account")).json()["id"]
        now = self.here.clock()
        permissions = Permissions("d_2", self.here.other_resource, frozenset({"mcp"}))
        uri = "https://stranger.example/callback"
        grant = Grant("grant_1", account_id, "client_gone", permissions, now, now + 3600, uri)
        session = Session(Digest(b"s" * 32), account_id, now, now + 3600)
        await installation.store.write(lambda tx: tx.add_grant(grant))
        await installation.store.write(lambda tx: tx.add_session(session))
        tokens = (await self.ask(who, "GET", "account/tokens")).json()["items"]
        await self.ask("operator", "POST", "invitations", json={"email": "heidi@example.org"})
        invited = (await self.ask("operator", "GET", "invitations")).json()["items"]
        return {
            "slug": "textkit",
            "email": "grace@example.com",
            "account_id": "account_2",
            "invitation_id": invited[0]["id"],
            "application_id": (await self.ask(who, "GET", "applications")).json()["items"][0]["id"],
            "session_id": (await self.ask(who, "GET", "account/sessions")).json()["items"][0]["id"],
            "token_id": next(one["id"] for one in tokens if one["label"] == "To be revoked"),
        }

    async def waiting(self) -> str:
        """The id of a client that registered itself and waits for an operator."""
        uris = ("https://stranger.example/callback",)
        now = self.here.clock()
        client = Client(
            "client_w", "Stranger", uris, ("authorization_code",), "none", "registration", now, pending=True
        )
        await self.here.installation.store.write(lambda tx: tx.add_client(client))
        return client.id

    async def rows(self) -> str:
        """All that an operation could change; when a token was last used is not among it."""

        async def work(tx: Transaction) -> str:
            rows = [await tx.db.all(f"SELECT * FROM {table} ORDER BY 1") for table in TABLES]  # noqa: S608
            return str([*rows, await tx.db.all("SELECT id FROM personal_tokens ORDER BY 1")])

        return await self.here.installation.store.read(work)


async def furnished(here: World) -> Api:
    """With an operator and a token for each."""
    now = here.clock() - 1000
    operator = Account("account_3", OPERATOR_EMAIL, "", PASSWORD_HASH, True, now, verified_at=now)
    await here.installation.store.write(lambda tx: tx.add_account(operator))
    api = Api(here, {})
    for who in EMAILS:
        api.tokens[who] = await api.token(who, *SCOPES)
    return api


@pytest.fixture
async def api(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Api]:
    chosen = await stores.settings(request, tmp_path) if hasattr(request, "param") else {}
    async with world(tmp_path, **chosen) as here:
        yield await furnished(here)


# For tests whose answers depend on how they are looked up.
EVERYWHERE = pytest.mark.parametrize("api", stores.BOTH, indirect=True)
