"""Signing keys."""

import json

from consentry.keys import SigningKey
from consentry.store.driver import Driver, Row

_KEY = "kid, public_jwk, sealed_private_jwk, created_at, retired_at"


class KeyVerbs:
    db: Driver

    async def add_signing_key(self, key: SigningKey) -> None:
        await self.db.run(
            f"INSERT INTO signing_keys ({_KEY}) VALUES ($1, $2, $3, $4, $5)",
            key.kid,
            json.dumps(dict(key.public_jwk)),
            key.sealed_private_jwk,
            key.created_at,
            key.retired_at,
        )

    async def list_signing_keys(self) -> list[SigningKey]:
        """Newest first."""
        rows = await self.db.all(f"SELECT {_KEY} FROM signing_keys ORDER BY created_at DESC, kid")
        return [_signing_key(row) for row in rows]

    async def retire_signing_keys(self, kept: str, now: int) -> None:
        await self.db.run("UPDATE signing_keys SET retired_at = $2 WHERE kid <> $1 AND retired_at IS NULL", kept, now)


def _signing_key(row: Row) -> SigningKey:
    return SigningKey(row[0], json.loads(row[1]), row[2], row[3], row[4])
