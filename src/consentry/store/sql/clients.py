"""Clients."""

import json
from functools import lru_cache
from typing import Any, cast

from consentry.clients.model import Client
from consentry.store.driver import Driver
from consentry.tokens import Digest

_CLIENT = (
    "id, name, redirect_uris, grant_types, auth_method, source, created_at, application_type, secret_digest,"
    " scope, metadata, deployment_id"
)


class ClientVerbs:
    db: Driver

    async def add_client(self, client: Client) -> None:
        await self.db.run(
            f"INSERT INTO clients ({_CLIENT}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
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
        )

    async def find_client(self, client_id: str) -> Client | None:
        row = await self.db.one(f"SELECT {_CLIENT} FROM clients WHERE id = $1", client_id)
        return _client(tuple(row)) if row else None

    async def list_clients(self) -> list[Client]:
        rows = await self.db.all(f"SELECT {_CLIENT} FROM clients ORDER BY created_at, id")
        return [_client(tuple(row)) for row in rows]

    async def remove_client(self, client_id: str) -> bool:
        """Also forgets the codes on their way to it."""
        await self.db.run("DELETE FROM codes WHERE client_id = $1 AND spent_at IS NULL", client_id)
        return await self.db.run("DELETE FROM clients WHERE id = $1", client_id) == 1


@lru_cache(maxsize=1024)  # the same few clients ask again and again, and JSON takes longer than to find their row
def _client(row: tuple[Any, ...]) -> Client:
    digest = cast("bytes | None", row[8])
    return Client(
        row[0],
        row[1],
        tuple(json.loads(row[2])),
        tuple(json.loads(row[3])),
        row[4],
        row[5],
        row[6],
        row[7],
        Digest(digest) if digest is not None else None,
        row[9],
        json.loads(row[10]),
        row[11],
    )
