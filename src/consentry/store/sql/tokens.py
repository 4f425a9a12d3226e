"""Access and refresh tokens, by digest."""

from consentry.grants.model import (
    AccessToken,
    HeldAccessToken,
    HeldRefreshToken,
    RefreshToken,
)
from consentry.spec import scopes
from consentry.store.driver import Driver, Row
from consentry.store.sql.rows import GRANT, digest_or_none, grant_of
from consentry.tokens import Digest


class TokenVerbs:
    db: Driver

    async def find_access_token(self, digest: Digest) -> HeldAccessToken | None:
        row = await self.db.one(
            f"SELECT {GRANT}, t.digest, t.grant_id, t.scope, t.issued_at, t.expires_at"
            " FROM access_tokens t JOIN grants g ON g.id = t.grant_id WHERE t.digest = $1",
            digest,
        )
        if row is None:
            return None
        token = AccessToken(Digest(row[12]), row[13], frozenset(row[14].split()), row[15], row[16])
        return HeldAccessToken(token, grant_of(row))

    async def remove_access_token(self, digest: Digest) -> None:
        await self.db.run("DELETE FROM access_tokens WHERE digest = $1", digest)

    async def find_refresh_token(self, digest: Digest) -> HeldRefreshToken | None:
        row = await self.db.one(
            f"SELECT {GRANT}, t.digest, t.grant_id, t.issued_at, t.expires_at, t.predecessor, t.spent_at,"
            " t.successor, t.seal, t.repeats, s.spent_at"
            " FROM refresh_tokens t JOIN grants g ON g.id = t.grant_id"
            " LEFT JOIN refresh_tokens s ON s.digest = t.successor WHERE t.digest = $1",
            digest,
        )
        return HeldRefreshToken(_refresh_token(row[12:21]), grant_of(row), row[21]) if row else None

    async def spend_refresh_token(
        self,
        spent: RefreshToken,
        successor: RefreshToken,
        seal: bytes,
        access: AccessToken,
        seal_until: int,
        now: int,
    ) -> bool:
        done = await self.db.run(
            "UPDATE refresh_tokens SET spent_at = $2, successor = $3, seal = $4"
            " WHERE digest = $1 AND spent_at IS NULL"
            " AND EXISTS (SELECT 1 FROM grants g WHERE g.id = refresh_tokens.grant_id AND g.ended_at IS NULL)",
            spent.digest,
            now,
            successor.digest,
            seal,
        )
        if done != 1:
            return False
        if spent.predecessor is not None:
            sql = "UPDATE refresh_tokens SET seal_until = $2 WHERE digest = $1"
            await self.db.run(sql, spent.predecessor, seal_until)
        await add_refresh_token(self.db, successor)
        await add_access_token(self.db, access)
        return True

    async def repeat_refresh_token(self, digest: Digest, access: AccessToken) -> None:
        await self.db.run("UPDATE refresh_tokens SET repeats = repeats + 1 WHERE digest = $1", digest)
        await add_access_token(self.db, access)


async def add_access_token(db: Driver, token: AccessToken) -> None:
    await db.run(
        "INSERT INTO access_tokens (digest, grant_id, scope, issued_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        token.digest,
        token.grant_id,
        scopes.render(token.scope),
        token.issued_at,
        token.expires_at,
    )


async def add_refresh_token(db: Driver, token: RefreshToken) -> None:
    await db.run(
        "INSERT INTO refresh_tokens (digest, grant_id, issued_at, expires_at, predecessor, repeats)"
        " VALUES ($1, $2, $3, $4, $5, 0)",
        token.digest,
        token.grant_id,
        token.issued_at,
        token.expires_at,
        token.predecessor,
    )


def _refresh_token(row: Row) -> RefreshToken:
    return RefreshToken(
        Digest(row[0]),
        row[1],
        row[2],
        row[3],
        digest_or_none(row[4]),
        row[5],
        digest_or_none(row[6]),
        row[7],
        row[8],
    )
