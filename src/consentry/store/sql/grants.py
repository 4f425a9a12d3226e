"""Grants and the authorization codes that buy them."""

from consentry.grants.model import AccessToken, AuthorizationCode, EndReason, Grant, RefreshToken
from consentry.spec import scopes
from consentry.store.driver import Driver, Row
from consentry.store.sql import tokens
from consentry.store.sql.rows import GRANT, grant_of, permissions_of
from consentry.tokens import Digest

_CODE = (
    "digest, client_id, account_id, deployment_id, resource, scope, redirect_uri, code_challenge, expires_at,"
    " network, spent_at, grant_id"
)


class GrantVerbs:
    db: Driver

    async def add_code(self, code: AuthorizationCode) -> None:
        await self.db.run(
            f"INSERT INTO codes ({_CODE}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            code.digest,
            code.client_id,
            code.account_id,
            code.permissions.deployment_id,
            code.permissions.resource,
            scopes.render(code.permissions.scope),
            code.redirect_uri,
            code.code_challenge,
            code.expires_at,
            code.network,
            code.spent_at,
            code.grant_id,
        )

    async def find_code(self, digest: Digest) -> AuthorizationCode | None:
        row = await self.db.one(f"SELECT {_CODE} FROM codes WHERE digest = $1", digest)
        return _code(row) if row else None

    async def spend_code(
        self, digest: Digest, grant: Grant, access: AccessToken, refresh: RefreshToken | None, now: int
    ) -> bool:
        spent = await self.db.run(
            "UPDATE codes SET spent_at = $2, grant_id = $3 WHERE digest = $1 AND spent_at IS NULL",
            digest,
            now,
            grant.id,
        )
        if spent != 1:
            return False
        await self.db.run(
            "INSERT INTO grants (id, account_id, client_id, deployment_id, resource, scope, created_at, expires_at,"
            " network) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            grant.id,
            grant.account_id,
            grant.client_id,
            grant.permissions.deployment_id,
            grant.permissions.resource,
            scopes.render(grant.permissions.scope),
            grant.created_at,
            grant.expires_at,
            grant.network,
        )
        await tokens.add_access_token(self.db, access)
        if refresh is not None:
            await tokens.add_refresh_token(self.db, refresh)
        return True

    async def find_grant(self, grant_id: str) -> Grant | None:
        row = await self.db.one(f"SELECT {GRANT} FROM grants g WHERE g.id = $1", grant_id)
        return grant_of(row) if row else None

    async def list_grants(
        self, *, account_id: str | None = None, client_id: str | None = None, deployment_id: str | None = None
    ) -> list[Grant]:
        """Newest first; an argument left out narrows nothing."""
        rows = await self.db.all(
            f"SELECT {GRANT} FROM grants g WHERE ($1 IS NULL OR g.account_id = $1)"
            " AND ($2 IS NULL OR g.client_id = $2) AND ($3 IS NULL OR g.deployment_id = $3)"
            " ORDER BY g.created_at DESC, g.id",
            account_id,
            client_id,
            deployment_id,
        )
        return [grant_of(row) for row in rows]

    async def end_grant(self, grant_id: str, because: EndReason, now: int) -> bool:
        sql = "UPDATE grants SET ended_at = $2, ended_because = $3 WHERE id = $1 AND ended_at IS NULL"
        return await self.db.run(sql, grant_id, now, because) == 1

    async def note_use(self, grant_id: str, now: int) -> None:
        await self.db.run("UPDATE grants SET last_used_at = $2 WHERE id = $1", grant_id, now)


def _code(row: Row) -> AuthorizationCode:
    return AuthorizationCode(
        Digest(row[0]),
        row[1],
        row[2],
        permissions_of(row[3:6]),
        row[6],
        row[7],
        row[8],
        row[9],
        row[10],
        row[11],
    )
