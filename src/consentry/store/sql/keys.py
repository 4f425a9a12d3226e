"""Signing keys."""

import json

from consentry.keys import SigningKey
from consentry.store.driver import Driver, Row

_KEY = "kid, public_jwk, sealed_private_jwk, created_at, signs_from, retired_at, published_until"


class KeyVerbs:
    db: Driver

    async def add_signing_key(self, key: SigningKey) -> None:
        await self.db.run(
            f"INSERT INTO signing_keys ({_KEY}) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            key.kid,
            json.dumps(dict(key.public_jwk)),
            key.sealed_private_jwk,
            key.created_at,
            key.signs_from,
            key.retired_at,
            key.published_until,
        )

    async def list_signing_keys(self) -> list[SigningKey]:
        """Newest first."""
        rows = await self.db.all(f"SELECT {_KEY} FROM signing_keys ORDER BY signs_from DESC, kid DESC")
        return [_signing_key(row) for row in rows]

    async def retire_signing_key(self, kid: str, at: int, published_until: int) -> bool:
        sql = "UPDATE signing_keys SET retired_at = $2, published_until = $3 WHERE kid = $1 AND retired_at IS NULL"
        return await self.db.run(sql, kid, at, published_until) == 1

    async def retire_signing_keys(self, kept: str, at: int, published_until: int) -> None:
        await self.db.run(
            "UPDATE signing_keys SET retired_at = $2, published_until = $3"
            " WHERE kid <> $1 AND (retired_at IS NULL OR retired_at > $2)",
            kept,
            at,
            published_until,
        )

    async def withdraw_signing_keys(self, kept: str, now: int) -> None:
        await self.db.run(
            "UPDATE signing_keys SET published_until = $2,"
            " retired_at = CASE WHEN retired_at < $2 THEN retired_at ELSE $2 END"
            " WHERE kid <> $1 AND (published_until IS NULL OR published_until > $2)",
            kept,
            now,
        )


def _signing_key(row: Row) -> SigningKey:
    return SigningKey(row[0], json.loads(row[1]), row[2], row[3], row[4], row[5], row[6])
