"""A store with people, clients and a deployment in it, and the steps of a client's life. Time is moved, never slept."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from consentry.clients.model import GRANT_TYPES, Client
from consentry.grants import authorize
from consentry.grants import code as code_grant
from consentry.grants import refresh as refresh_grant
from consentry.grants.authentication import Authentication
from consentry.grants.exchange import Exchange, Issued
from consentry.grants.terms import Terms
from consentry.spec.errors import Refusal
from consentry.store import Store, Transaction
from consentry.store.sqlite import SQLiteStore
from consentry.tokens import Secret
from tests.builders import (
    NETWORK,
    NOW,
    REDIRECT_URI,
    VERIFIER,
    account,
    authorization_request,
    client,
    deployment,
    params,
    terms,
)


@dataclass
class Bench:
    """A store with two accounts, two clients and a deployment, and the steps of a client's life; `now` is moved."""

    store: Store
    terms: Terms = field(default_factory=terms)
    now: int = NOW
    client: Client = field(default_factory=client)
    network: str = NETWORK

    async def prepare(self) -> "Bench":
        await self.store.migrate(NOW)
        await self.store.write(_inhabit)
        return self

    def request(self, **values: str | None) -> Exchange:
        return Exchange(params(**values), self.client, self.network, self.terms, self.now)

    def as_client(self, client_id: str, grant_types: tuple[str, ...] = GRANT_TYPES) -> "Bench":
        """The same bench, used by another client."""
        return replace(self, client=client(client_id, grant_types=grant_types))

    def later(self, seconds: int) -> "Bench":
        """The same bench, some time after."""
        return replace(self, now=self.now + seconds)

    async def approve(self, scope: frozenset[str] = frozenset({"mcp", "offline_access"})) -> Secret:
        wanted = authorization_request(self.client.id, scope)
        held = Authentication("account_1", self.now)

        async def work(tx: Transaction) -> Secret:
            return await authorize.approve(tx, wanted, held, NETWORK, self.terms, self.now)

        return await self.store.write(work)

    async def exchange_code(self, code: Secret | str, **changes: str | None) -> Issued | Refusal:
        text = code if isinstance(code, str) else code.reveal()
        asked: dict[str, str | None] = {"code": text, "code_verifier": VERIFIER, "redirect_uri": REDIRECT_URI}
        request = self.request(**(asked | changes))

        async def work(tx: Transaction) -> Issued | Refusal:
            return await code_grant.exchange(tx, request)

        return await self.store.write(work)

    async def connect(self) -> Issued:
        """The whole way to the first tokens."""
        issued = await self.exchange_code(await self.approve())
        assert isinstance(issued, Issued)
        return issued

    async def refresh(self, token: Secret | str | None, **changes: str | None) -> Issued | Refusal:
        text = token.reveal() if isinstance(token, Secret) else token
        asked: dict[str, str | None] = {"refresh_token": text}
        request = self.request(**(asked | changes))

        async def work(tx: Transaction) -> Issued | Refusal:
            return await refresh_grant.exchange(tx, request)

        return await self.store.write(work)

    async def rotated(self, token: Secret | None) -> Issued:
        """A refresh that has to succeed."""
        issued = await self.refresh(token)
        assert isinstance(issued, Issued), issued
        return issued

    async def works(self, token: Secret) -> bool:
        """Whether the gateway would let this access token in."""

        async def work(tx: Transaction) -> bool:
            held = await tx.find_access_token(token.digest())
            return held is not None and self.now < held.token.expires_at and held.grant.live(self.now)

        return await self.store.read(work)

    async def events(self, name: str) -> list[str]:
        """The reasons of the events of that name, oldest first."""

        async def work(tx: Transaction) -> list[str]:
            return [event.reason for event in await tx.list_events() if event.name == name]

        return await self.store.read(work)

    async def rows(self, *tables: str) -> dict[str, list[tuple[object, ...]]]:
        """All that some tables hold."""

        async def work(tx: Transaction) -> dict[str, list[tuple[object, ...]]]:
            return {
                table: sorted((tuple(row) for row in await tx.db.all(f"SELECT * FROM {table}")), key=repr)  # noqa: S608
                for table in tables
            }

        return await self.store.read(work)


async def open_bench(folder: Path) -> Bench:
    return await Bench(SQLiteStore(folder / "consentry.db", "NORMAL")).prepare()


async def _inhabit(tx: Transaction) -> None:
    await tx.add_account(account(1))
    await tx.add_account(account(2))
    await tx.add_deployment(deployment())
    for client_id in ("client_1", "client_2"):
        await tx.add_client(client(client_id))
