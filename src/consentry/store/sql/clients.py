"""Clients."""

import json
from functools import lru_cache
from typing import Any

from consentry.clients.model import Client, Refresh
from consentry.store.driver import Driver, Value
from consentry.store.sql.rows import digest_or_none
from consentry.tokens import Digest

CLIENT = (
    "id, name, redirect_uris, grant_types, auth_method, source, created_at, application_type, secret_digest,"
    " scope, metadata, deployment_id, previous_secret_digest, previous_secret_until, jwks, jwks_uri, registrations,"
    " pending, refresh"
)
# Since when it is known stays, and so does what the operator said of it.
_KEPT = {"id", "created_at", "registrations", "pending", "refresh"}
_ANEW = ", ".join(f"{name} = excluded.{name}" for name in CLIENT.split(", ") if name not in _KEPT)
_STILL_PENDING = "pending = clients.pending * excluded.pending"


class ClientVerbs:
    db: Driver

    async def add_client(self, client: Client) -> None:
        await self.db.run(f"INSERT INTO clients ({CLIENT}) VALUES ({places(len(_row(client)))})", *_row(client))

    async def keep_client(self, client: Client) -> Client:
        row = await self.db.returning(
            f"INSERT INTO clients ({CLIENT}) VALUES ({places(len(_row(client)))}) ON CONFLICT (id) DO UPDATE"
            f" SET {_ANEW}, {_STILL_PENDING} WHERE clients.source = excluded.source RETURNING {CLIENT}",
            *_row(client),
        )
        return _client(tuple(row)) if row else client

    async def fold_client(self, client: Client, fingerprint: Digest | None, reap_at: int | None) -> Client:
        """One statement, so that two who register at once get the same client."""
        values = (*_row(client), fingerprint, reap_at)
        row = await self.db.returning(
            f"INSERT INTO clients ({CLIENT}, fingerprint, reap_at) VALUES ({places(len(values))})"
            " ON CONFLICT (fingerprint) DO UPDATE SET registrations = clients.registrations + 1,"
            f" reap_at = excluded.reap_at, {_STILL_PENDING} RETURNING {CLIENT}",
            *values,
        )
        return _client(tuple(row)) if row else client

    async def update_client(self, client: Client, reap_at: int | None) -> bool:
        """What a client says of itself, anew. From then on it is its own: none is folded into it (ADR 14).

        False where it is gone, waits for approval, or was shared meanwhile.
        """
        done = await self.db.run(
            "UPDATE clients SET name = $2, redirect_uris = $3, grant_types = $4, application_type = $5, scope = $6,"
            " metadata = $7, jwks = $8, jwks_uri = $9, reap_at = $10, fingerprint = NULL"
            " WHERE id = $1 AND registrations = 1 AND pending = 0",
            client.id,
            client.name,
            json.dumps(client.redirect_uris),
            json.dumps(client.grant_types),
            client.application_type,
            client.scope,
            json.dumps(dict(client.metadata or {})),
            _jwks(client),
            client.jwks_uri,
            reap_at,
        )
        return done == 1

    async def approve_client(self, client_id: str) -> bool:
        """False where it did not wait for that."""
        return await self.db.run("UPDATE clients SET pending = 0 WHERE id = $1 AND pending = 1", client_id) == 1

    async def find_client(self, client_id: str) -> Client | None:
        row = await self.db.one(f"SELECT {CLIENT} FROM clients WHERE id = $1", client_id)
        return _client(tuple(row)) if row else None

    async def list_clients(self) -> list[Client]:
        rows = await self.db.all(f"SELECT {CLIENT} FROM clients ORDER BY created_at, id")
        return [_client(tuple(row)) for row in rows]

    async def find_clients(
        self, after: tuple[int, str] | None, most: int, *, pending: bool | None = None
    ) -> list[Client]:
        """The newest first, from `after` on, which is when one was made, and its id; of one kind, or of both."""
        rows = await self.db.all(
            f"SELECT {CLIENT} FROM clients WHERE (CAST($1 AS BIGINT) IS NULL OR pending = $1)"
            " AND (CAST($2 AS BIGINT) IS NULL OR created_at < $2 OR (created_at = $2 AND id > $3))"
            " ORDER BY created_at DESC, id LIMIT $4",
            None if pending is None else int(pending),
            after[0] if after else None,
            after[1] if after else "",
            most,
        )
        return [_client(tuple(row)) for row in rows]

    async def list_clients_of(self, deployment_id: str) -> list[Client]:
        """Those that were made for this deployment alone, oldest first."""
        sql = f"SELECT {CLIENT} FROM clients WHERE deployment_id = $1 ORDER BY created_at, id"
        return [_client(tuple(row)) for row in await self.db.all(sql, deployment_id)]

    async def list_waiting_clients(self) -> list[Client]:
        """Those that no operator approved yet, oldest first."""
        rows = await self.db.all(f"SELECT {CLIENT} FROM clients WHERE pending = 1 ORDER BY created_at, id")
        return [_client(tuple(row)) for row in rows]

    async def rotate_secret(self, client: Client, fresh: Digest, previous_until: int) -> bool:
        sql = (
            "UPDATE clients SET previous_secret_digest = secret_digest, previous_secret_until = $4, secret_digest = $3"
            " WHERE id = $1 AND secret_digest = $2"
        )
        return await self.db.run(sql, client.id, client.secret_digest, fresh, previous_until) == 1

    async def end_previous_secret(self, client_id: str, now: int) -> bool:
        sql = (
            "UPDATE clients SET previous_secret_digest = NULL, previous_secret_until = NULL"
            " WHERE id = $1 AND previous_secret_until > $2"
        )
        return await self.db.run(sql, client_id, now) == 1

    async def set_client_refresh(self, client_id: str, refresh: Refresh) -> bool:
        return await self.db.run("UPDATE clients SET refresh = $2 WHERE id = $1", client_id, refresh) == 1

    async def remove_client(self, client_id: str, *, unless_shared: bool = False) -> bool:
        """Also forgets the codes on their way to it, and who may look after it."""
        alone = " AND registrations = 1" if unless_shared else ""
        removed = await self.db.run(f"DELETE FROM clients WHERE id = $1{alone}", client_id)
        if removed == 1 or not unless_shared:
            await self.db.run("DELETE FROM codes WHERE client_id = $1 AND spent_at IS NULL", client_id)
            await self.db.run("DELETE FROM registrations WHERE client_id = $1", client_id)
        return removed == 1

    async def list_idle_clients(self, now: int, most: int) -> list[Client]:
        """Those that nobody may have used for long, the oldest first."""
        rows = await self.db.all(
            f"SELECT {CLIENT} FROM clients WHERE reap_at <= $1 ORDER BY reap_at, id LIMIT $2", now, most
        )
        return [_client(tuple(row)) for row in rows]

    async def reap_client(self, client_id: str, now: int) -> bool:
        """Removes an idle client; False where it has a grant (of which there is a row until long after its end)."""
        removed = await self.db.run(
            "DELETE FROM clients WHERE id = $1 AND reap_at <= $2"
            " AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.client_id = clients.id)",
            client_id,
            now,
        )
        if removed == 1:
            await self.db.run("DELETE FROM registrations WHERE client_id = $1", client_id)
        return removed == 1

    async def postpone_reaping(self, client_id: str, until: int) -> None:
        await self.db.run("UPDATE clients SET reap_at = $2 WHERE id = $1 AND reap_at < $2", client_id, until)


def places(count: int) -> str:
    """`$1, $2, …`"""
    return ", ".join(f"${number}" for number in range(1, count + 1))


def _row(client: Client) -> tuple[Value, ...]:
    return (
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
        _jwks(client),
        client.jwks_uri,
        client.registrations,
        int(client.pending),
        client.refresh,
    )


def _jwks(client: Client) -> str | None:
    return json.dumps([dict(key) for key in client.jwks]) if client.jwks is not None else None


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
        row[16],
        bool(row[17]),
        row[18],
    )
