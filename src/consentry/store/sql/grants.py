"""Grants and the authorization codes that buy them."""

from consentry.audit import Event
from consentry.grants.model import NEVER, AccessToken, AuthorizationCode, EndReason, Grant, Purchase
from consentry.store.driver import Driver
from consentry.store.sql.rows import (
    ACCESS_TOKENS,
    CODES,
    EVENTS,
    GRANT,
    GRANTS,
    REFRESH_TOKENS,
    code_of,
    grant_of,
)
from consentry.store.sql.tokens import REPLACE_KEYS
from consentry.tokens import Digest

_CODE = ", ".join(CODES.columns)
# Which row `$1` may be spent: once, while the account may sign in and the deployment is there.
SPENDABLE = (
    "digest = $1 AND spent_at IS NULL"
    " AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = codes.account_id AND a.disabled_at IS NULL)"
    " AND EXISTS (SELECT 1 FROM deployments d WHERE d.id = codes.deployment_id)"
)

# $2 is the account, $4 the deployment: see GRANTS.
_ADD_GRANT = GRANTS.insert_if(
    "accounts a JOIN deployments d ON d.id = $4 WHERE a.id = $2 AND a.disabled_at IS NULL", first=1
)


class GrantVerbs:
    db: Driver

    async def add_code(self, code: AuthorizationCode) -> None:
        await self.db.run(CODES.insert, *CODES.row(code))

    async def adopt_code(self, code: AuthorizationCode, made_at: int) -> None:
        """A code that was kept elsewhere, if it is not here already: spent ones stay spent.

        Nor is one adopted that this database would have forgotten: its account was disabled, its client removed, or
        its deployment opened to fewer people, after it was made.
        """
        row = await self.db.one(
            "SELECT 1 FROM accounts a JOIN clients c ON c.id = $2 JOIN deployments d ON d.id = $4"
            " WHERE a.id = $1 AND a.codes_void_at < $3 AND d.codes_void_at < $3 AND c.created_at <= $3",
            code.account_id,
            code.client_id,
            made_at,
            code.permissions.deployment_id,
        )
        if row is not None:
            await self.db.run(f"{CODES.insert} ON CONFLICT (digest) DO NOTHING", *CODES.row(code))

    async def void_codes(self, deployment_id: str, now: int) -> None:
        """Also those that are kept elsewhere."""
        await self.db.run("UPDATE deployments SET codes_void_at = $2 WHERE id = $1", deployment_id, now)
        await self.db.run("DELETE FROM codes WHERE deployment_id = $1 AND spent_at IS NULL", deployment_id)

    async def find_code(self, digest: Digest) -> AuthorizationCode | None:
        row = await self.db.one(f"SELECT {_CODE} FROM codes WHERE digest = $1", digest)
        return code_of(row) if row else None

    async def spend_code(self, purchase: Purchase, now: int) -> bool:
        grant = purchase.grant
        sql = f"UPDATE codes SET spent_at = $2, grant_id = $3 WHERE {SPENDABLE}"
        spent = await self.db.run(sql, purchase.code, now, grant.id)
        if spent != 1:
            return False
        await self.db.run(GRANTS.insert, *GRANTS.row(grant))
        await self.db.run(ACCESS_TOKENS.insert, *ACCESS_TOKENS.row(purchase.access))
        if purchase.refresh is not None:
            await self.db.run(REFRESH_TOKENS.insert, *REFRESH_TOKENS.row(purchase.refresh))
        await self.db.run(EVENTS.insert, *EVENTS.row(purchase.event))
        return True

    async def find_grant(self, grant_id: str) -> Grant | None:
        row = await self.db.one(f"SELECT {GRANT} FROM grants g WHERE g.id = $1", grant_id)
        return grant_of(row) if row else None

    async def list_callers(self, deployment_id: str, most: int) -> list[tuple[str, str | None]]:
        """Clients that were ever let in, by id and name."""
        rows = await self.db.all(
            "SELECT DISTINCT g.client_id, c.name FROM grants g LEFT JOIN clients c ON c.id = g.client_id"
            " WHERE g.deployment_id = $1 ORDER BY g.client_id LIMIT $2",
            deployment_id,
            most,
        )
        return [(row[0], row[1]) for row in rows]

    async def list_grants(
        self, *, account_id: str | None = None, client_id: str | None = None, deployment_id: str | None = None
    ) -> list[Grant]:
        """Newest first; an argument left out narrows nothing."""
        rows = await self.db.all(
            f"SELECT {GRANT} FROM grants g WHERE (CAST($1 AS TEXT) IS NULL OR g.account_id = $1)"
            " AND (CAST($2 AS TEXT) IS NULL OR g.client_id = $2)"
            " AND (CAST($3 AS TEXT) IS NULL OR g.deployment_id = $3)"
            " ORDER BY g.created_at DESC, g.id",
            account_id,
            client_id,
            deployment_id,
        )
        return [grant_of(row) for row in rows]

    async def end_grant(self, grant_id: str, because: EndReason, now: int) -> bool:
        """One that would last for ever is over now, and is forgotten in its time as others are."""
        sql = (
            f"UPDATE grants SET ended_at = $2, ended_because = $3, expires_at = CASE WHEN expires_at = {NEVER} THEN $2"
            " ELSE expires_at END WHERE id = $1 AND ended_at IS NULL"
        )
        return await self.db.run(sql, grant_id, now, because) == 1

    async def end_refreshing(self, grant_id: str, now: int) -> bool:
        sql = (
            "UPDATE grants SET refresh = 'over', expires_at = COALESCE((SELECT t.expires_at FROM access_tokens t"
            " WHERE t.grant_id = grants.id AND t.expires_at > $2 ORDER BY t.expires_at DESC LIMIT 1), $2)"
            " WHERE id = $1 AND ended_at IS NULL AND refresh <> 'over' AND expires_at > $2"
        )
        return await self.db.run(sql, grant_id, now) == 1

    async def add_grant(self, grant: Grant) -> None:
        await self.db.run(GRANTS.insert, *GRANTS.row(grant))

    async def find_standing_grant(self, client_id: str) -> Grant | None:
        row = await self.db.one(
            f"SELECT {GRANT} FROM grants g WHERE g.client_id = $1 AND g.subject IS NOT NULL"
            " ORDER BY g.created_at DESC, g.id LIMIT 1",
            client_id,
        )
        return grant_of(row) if row else None

    async def issue_access_token(self, access: AccessToken, keys_until: int, event: Event, now: int) -> bool:
        # Held until the commit, so that a grant which ends meanwhile ends with this token too.
        sql = "UPDATE grants SET last_used_at = $2 WHERE id = $1 AND ended_at IS NULL AND expires_at > $2"
        if await self.db.run(sql, access.grant_id, now) != 1:
            return False
        if access.format == "api_key":
            await self.db.run(REPLACE_KEYS, access.grant_id, keys_until)
        await self.db.run(ACCESS_TOKENS.insert, *ACCESS_TOKENS.row(access))
        await self.db.run(EVENTS.insert, *EVENTS.row(event))
        return True

    async def add_api_key(self, grant: Grant, key: AccessToken, event: Event) -> bool:
        if await self.db.run(_ADD_GRANT, *GRANTS.row(grant)) != 1:
            return False
        await self.db.run(ACCESS_TOKENS.insert, *ACCESS_TOKENS.row(key))
        await self.db.run(EVENTS.insert, *EVENTS.row(event))
        return True

    async def note_use(self, grant_id: str, now: int) -> None:
        await self.db.run("UPDATE grants SET last_used_at = $2 WHERE id = $1", grant_id, now)
