"""Personal access tokens, by digest."""

from consentry.accounts.personal_tokens import SCOPES, HeldPersonalToken, PersonalToken
from consentry.store.driver import Driver, Row
from consentry.store.sql.accounts import ACCOUNT, HOLD, account_of
from consentry.tokens import Digest

_TOKEN = "t.id, t.digest, t.account_id, t.label, t.scope, t.created_at, t.expires_at, t.last_used_at"  # noqa: S105


class PersonalTokenVerbs:
    db: Driver

    async def add_personal_token(self, token: PersonalToken, most: int) -> bool:
        """False where the account is disabled, or has so many already."""
        if await self.db.run(HOLD, token.account_id) != 1:  # nor does anybody else count its tokens meanwhile
            return False
        row = await self.db.one("SELECT count(*) FROM personal_tokens WHERE account_id = $1", token.account_id)
        if row is not None and row[0] >= most:
            return False
        await self.db.run(
            "INSERT INTO personal_tokens (id, digest, account_id, label, scope, created_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            token.id,
            token.digest,
            token.account_id,
            token.label,
            " ".join(sorted(token.scopes)),
            token.created_at,
            token.expires_at,
        )
        return True

    async def find_personal_token(self, digest: Digest) -> HeldPersonalToken | None:
        row = await self.db.one(
            f"SELECT {_TOKEN}, {ACCOUNT} FROM personal_tokens t JOIN accounts a ON a.id = t.account_id"
            " WHERE t.digest = $1",
            digest,
        )
        return HeldPersonalToken(_token(row), account_of(row[8:])) if row else None

    async def list_personal_tokens(self, account_id: str | None = None) -> list[PersonalToken]:
        """Newest first."""
        rows = await self.db.all(
            f"SELECT {_TOKEN} FROM personal_tokens t WHERE (CAST($1 AS TEXT) IS NULL OR t.account_id = $1)"
            " ORDER BY t.created_at DESC, t.id",
            account_id,
        )
        return [_token(row) for row in rows]

    async def use_personal_token(self, token_id: str, now: int) -> None:
        await self.db.run("UPDATE personal_tokens SET last_used_at = $2 WHERE id = $1", token_id, now)

    async def remove_personal_token(self, token_id: str, account_id: str) -> bool:
        sql = "DELETE FROM personal_tokens WHERE id = $1 AND account_id = $2"
        return await self.db.run(sql, token_id, account_id) == 1


def _token(row: Row) -> PersonalToken:
    given = row[4].split()
    scopes = frozenset(scope for scope in SCOPES if scope in given)  # one that is gone opens nothing
    return PersonalToken(row[0], Digest(row[1]), row[2], row[3], scopes, *row[5:8])
