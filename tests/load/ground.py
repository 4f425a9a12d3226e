"""An installation in a database of its own, by the real clock; clients and approvals are made straight in its store."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from consentry.grants import authorize
from consentry.grants import code as code_grant
from consentry.grants.authentication import Authentication
from consentry.grants.authorize import AuthorizationRequest, Caller
from consentry.grants.exchange import Exchange, Issued
from consentry.grants.model import AuthorizationCode, Permissions
from consentry.installation import Installation, open_installation
from consentry.settings import Settings
from consentry.store.driver import Row
from consentry.store.shelf import RedisShelf
from consentry.store.sql import Transaction
from consentry.tokens import Secret
from consentry.web.oauth.shelving import Approval
from tests.builders import CHALLENGE, NETWORK, REDIRECT_URI, VERIFIER, account, client, deployment, params
from tests.ports import reserved

SECRET_KEY = "of-the-load-tests-and-of-nothing-else"
# One address plays two hundred people, and they refresh without a pause.
CROWDED = {"token_per_minute": "1000000", "trusted_egress": "127.0.0.0/8=100"}
SCOPE = frozenset({"mcp", "offline_access"})


@dataclass(frozen=True)
class Ground:
    """The same database as the server's, seen from the test's own process. Client numbers begin with 0."""

    port: int
    installation: Installation
    environment: dict[str, str]

    @property
    def url(self) -> str:
        return self.installation.settings.public_url

    @property
    def where(self) -> str:
        """The kind of its database, for sentences."""
        database = "SQLite" if self.installation.settings.sqlite else "PostgreSQL"
        return f"{database} with Redis" if self.installation.redis else database

    async def add_clients(self, count: int) -> None:
        async def work(tx: Transaction) -> None:
            for number in range(count):
                await tx.add_client(replace(client(name_of(number)), created_at=self.installation.clock()))

        await self.installation.store.write(work)

    async def sign_in(self, number: int) -> str:
        """A person approves this client: the code. It waits where the server would have it wait."""
        codes: list[AuthorizationCode] = []
        code = await self._approve(number, codes)
        redis = self.installation.redis
        for one in codes:
            if redis is not None:
                assert await RedisShelf(redis, self.installation.sealer).keep_code(one, self.installation.clock())
        return code

    async def _approve(self, number: int, codes: list[AuthorizationCode] | None) -> str:
        """The code, in the database or in that list."""
        here = self.installation
        wanted = AuthorizationRequest(
            Caller(client(name_of(number)), REDIRECT_URI, "state"),
            deployment(),
            Permissions("deployment_1", here.addresses.mcp_url("reminders"), SCOPE),
            CHALLENGE,
        )
        held = Authentication("account_1", here.clock())

        async def work(tx: Transaction) -> Secret:
            kept = tx if codes is None or here.redis is None else Approval(tx, codes)
            return await authorize.approve(kept, wanted, held, NETWORK, here.terms, here.clock())

        return (await here.store.write(work)).reveal()

    async def connect(self, number: int) -> str:
        """The whole way: the first refresh token of a new grant."""
        code = params(code=await self._approve(number, None), code_verifier=VERIFIER, redirect_uri=REDIRECT_URI)
        here = self.installation
        request = Exchange(code, client(name_of(number)), NETWORK, here.terms, here.clock())
        issued = await here.store.write(lambda tx: code_grant.exchange(tx, request))
        assert isinstance(issued, Issued)
        assert issued.refresh_token is not None
        return issued.refresh_token.reveal()

    async def rows(self, sql: str) -> list[Row]:
        """What the database answers."""

        async def work(tx: Transaction) -> list[Row]:
            return list(await tx.db.all(sql))

        return await self.installation.store.read(work)

    async def count(self, sql: str) -> int:
        """The one number that a query answers."""
        ((number,),) = await self.rows(sql)
        return int(number)


def name_of(number: int) -> str:
    """The client id of a number."""
    return f"client_{number}"


@asynccontextmanager
async def prepared(
    folder: Path, where: str | Mapping[str, str], limits: Mapping[str, str] = CROWDED
) -> AsyncIterator[Ground]:
    """Migrated, with an account and a deployment behind which nothing answers; rate limits are on.

    `where` is the database, or the settings that say where all is kept.
    """
    more = dict(limits) | ({"database_url": where} if isinstance(where, str) else dict(where))
    with reserved() as port:
        settings = Settings.model_validate(
            {
                "public_url": f"http://127.0.0.1:{port}",
                "data_dir": folder,
                "secret_key": SECRET_KEY,
                **more,
            }
        )
        installation = open_installation(settings)
        await installation.prepare()
        await installation.store.write(_inhabit)
        environment = {
            "CONSENTRY_PUBLIC_URL": settings.public_url,
            "CONSENTRY_DATA_DIR": str(folder),
            "CONSENTRY_SECRET_KEY": SECRET_KEY,
            **{f"CONSENTRY_{name.upper()}": value for name, value in more.items()},
        }
        yield Ground(port, installation, environment)
        await installation.aclose()


async def _inhabit(tx: Transaction) -> None:
    await tx.add_account(account())
    await tx.add_deployment(deployment())
