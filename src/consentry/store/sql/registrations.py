"""Who may look after a client, who may register one, and which clients are gone."""

import json

from consentry.clients.initial_access import InitialAccessToken
from consentry.clients.registration import Registration, Tombstone
from consentry.store.driver import Driver, Row
from consentry.tokens import Digest

_TOKEN = "id, digest, label, created_at, expires_at, most_uses, uses"  # noqa: S105 - names of columns


class RegistrationVerbs:
    db: Driver

    async def add_registration(self, registration: Registration) -> None:
        await self.db.run(
            "INSERT INTO registrations (digest, client_id, redirect_uris, created_at, ends_at)"
            " VALUES ($1, $2, $3, $4, $5)",
            registration.digest,
            registration.client_id,
            json.dumps(registration.redirect_uris),
            registration.created_at,
            registration.ends_at,
        )

    async def find_registration(self, digest: Digest) -> Registration | None:
        row = await self.db.one(
            "SELECT digest, client_id, redirect_uris, created_at, ends_at FROM registrations WHERE digest = $1", digest
        )
        return Registration(Digest(row[0]), row[1], tuple(json.loads(row[2])), row[3], row[4]) if row else None

    async def respell_registration(self, digest: Digest, redirect_uris: tuple[str, ...]) -> None:
        sql = "UPDATE registrations SET redirect_uris = $2 WHERE digest = $1"
        await self.db.run(sql, digest, json.dumps(redirect_uris))

    async def remove_registration(self, digest: Digest) -> bool:
        return await self.db.run("DELETE FROM registrations WHERE digest = $1", digest) == 1

    async def end_registrations(self, client_id: str, ends_at: int) -> None:
        sql = "UPDATE registrations SET ends_at = $2 WHERE client_id = $1 AND ends_at IS NULL"
        await self.db.run(sql, client_id, ends_at)

    async def add_tombstone(self, tombstone: Tombstone) -> None:
        await self.db.run(
            "INSERT INTO tombstones (client_id, name, gone_at, gone_because, returned_at) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (client_id) DO UPDATE SET gone_at = excluded.gone_at, gone_because = excluded.gone_because",
            tombstone.client_id,
            tombstone.name,
            tombstone.gone_at,
            tombstone.gone_because,
            tombstone.returned_at,
        )

    async def find_tombstone(self, client_id: str) -> Tombstone | None:
        row = await self.db.one(
            "SELECT client_id, name, gone_at, gone_because, returned_at FROM tombstones WHERE client_id = $1", client_id
        )
        return Tombstone(row[0], row[1], row[2], row[3], row[4]) if row else None

    async def note_return(self, client_id: str, now: int) -> bool:
        """Whether it is the first time that it came back."""
        sql = "UPDATE tombstones SET returned_at = $2 WHERE client_id = $1 AND returned_at IS NULL"
        return await self.db.run(sql, client_id, now) == 1

    async def add_initial_access_token(self, token: InitialAccessToken) -> None:
        await self.db.run(
            f"INSERT INTO registration_tokens ({_TOKEN}) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            token.id,
            token.digest,
            token.label,
            token.created_at,
            token.expires_at,
            token.most_uses,
            token.uses,
        )

    async def spend_initial_access_token(self, digest: Digest, now: int) -> str | None:
        """Counts one use and gives the token's id; None where it has none left."""
        row = await self.db.returning(
            "UPDATE registration_tokens SET uses = uses + 1 WHERE digest = $1"
            " AND (expires_at IS NULL OR expires_at > $2) AND (most_uses IS NULL OR uses < most_uses) RETURNING id",
            digest,
            now,
        )
        return row[0] if row else None

    async def list_initial_access_tokens(self) -> list[InitialAccessToken]:
        rows = await self.db.all(f"SELECT {_TOKEN} FROM registration_tokens ORDER BY created_at, id")
        return [_token(row) for row in rows]

    async def remove_initial_access_token(self, token_id: str) -> bool:
        return await self.db.run("DELETE FROM registration_tokens WHERE id = $1", token_id) == 1


def _token(row: Row) -> InitialAccessToken:
    return InitialAccessToken(row[0], Digest(row[1]), row[2], row[3], row[4], row[5], row[6])
