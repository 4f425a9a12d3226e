"""Clients."""

import json
from functools import lru_cache
from typing import Any

from consentry.clients.model import Client
from consentry.store.driver import Driver
from consentry.store.sql.rows import digest_or_none
from consentry.tokens import Digest

_CLIENT = (
    "id, name, redirect_uris, grant_types, auth_method, source, created_at, application_type, secret_digest,"
    " scope, metadata, deployment_id, previous_secret_digest, previous_secret_until, jwks, jwks_uri"
)
_PLACES = ", ".join(f"${number}" for number in range(1, 17))
# Since when it is known stays.
_ANEW = ", ".join(f"{name} = excluded.{name}" for name in _CLIENT.split(", ") if name not in {"id", "created_at"})


class ClientVerbs:
    db: Driver

    async def add_client(self, client: Client) -> None:
        await self._add(client)

    async def keep_client(self, client: Client) -> None:
        await self._add(client, f" ON CONFLICT (id) DO UPDATE SET {_ANEW} WHERE clients.source = excluded.source")

    async def _add(self, client: Client, otherwise: str = "") -> None:
        await self.db.run(
            f"INSERT INTO clients ({_CLIENT}) VALUES ({_PLACES}){otherwise}",
            client.id,
            client.name,
            json.dumps(client.redirect_uris),
            json.dumps(client.grant_types),
            client.auth_method,
            client.source,
            client.created_at,
            client.application_type,
            client.secret_digest,
            client.scope,
            json.dumps(dict(client.metadata or {})),
            client.deployment_id,
            client.previous_secret_digest,
            client.previous_secret_until,
            json.dumps([dict(key) for key in client.jwks]) if client.jwks is not None else None,
            client.jwks_uri,
        )

    async def find_client(self, client_id: str) -> Client | None:
        row = await self.db.one(f"SELECT {_CLIENT} FROM clients WHERE id = $1", client_id)
        return _client(tuple(row)) if row else None

    async def list_clients(self) -> list[Client]:
        rows = await self.db.all(f"SELECT {_CLIENT} FROM clients ORDER BY created_at, id")
        return [_client(tuple(row)) for row in rows]

    async def rotate_secret(self, client: Client, fresh: Digest, previous_until: int) -> bool:
        sql = (
            "UPDATE clients SET previous_secret_digest = secret_digest, previous_secret_until = $4, secret_digest = $3"
            " WHERE id = $1 AND secret_digest = $2"
        )
        return await self.db.run(sql, client.id, client.secret_digest, fresh, previous_until) == 1

    async def remove_client(self, client_id: str) -> bool:
        """Also forgets the codes on their way to it."""
        await self.db.run("DELETE FROM codes WHERE client_id = $1 AND spent_at IS NULL", client_id)
        return await self.db.run("DELETE FROM clients WHERE id = $1", client_id) == 1


@lru_cache(maxsize=1024)  # the same few clients ask again and again, and JSON takes longer than to find their row
def _client(row: tuple[Any, ...]) -> Client:
    return Client(
        row[0],
        row[1],
        tuple(json.loads(row[2])),
        tuple(json.loads(row[3])),
        row[4],
        row[5],
        row[6],
        row[7],
        digest_or_none(row[8]),
        row[9],
        json.loads(row[10]),
        row[11],
        digest_or_none(row[12]),
        row[13],
        tuple(json.loads(row[14])) if row[14] is not None else None,
        row[15],
    )
