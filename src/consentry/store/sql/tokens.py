"""Access and refresh tokens, by digest."""

from consentry.audit import Event
from consentry.deployments.admission import Person
from consentry.grants.model import AccessToken, HeldAccessToken, HeldRefreshToken, RefreshToken, Reuse, Rotation
from consentry.limits.model import Window
from consentry.store.driver import Driver, Row, Value
from consentry.store.sql.rows import (
    ACCESS_TOKENS,
    EVENTS,
    FORMAT,
    GRANT,
    REFRESH_TOKENS,
    digest_or_none,
    format_of,
    grant_of,
)
from consentry.tokens import Digest

_STANDS = "EXISTS (SELECT 1 FROM grants g WHERE g.id = refresh_tokens.grant_id AND g.ended_at IS NULL AND g.refresh = "
# Which row `$1` may be spent: once, and while its grant stands.
SPENDABLE = f"digest = $1 AND spent_at IS NULL AND {_STANDS}'rotate')"
SPEND = (
    "UPDATE refresh_tokens SET spent_at = $2, successor = $3, seal = $4, spent_from = $5, predecessor_seal_until = $6"
    f" WHERE {SPENDABLE}"
)
# Using one that stays: its time to lie idle begins anew.
REUSE = (
    "UPDATE refresh_tokens SET expires_at = $2, paced_times = $3, paced_until = $4"
    f" WHERE digest = $1 AND spent_at IS NULL AND {_STANDS}'reuse')"
)

_ACCESS = "t.digest, t.grant_id, t.scope, t.issued_at, t.expires_at, t.format"
# A call under way with the key before is not cut off: that one ends with the grace.
REPLACE_KEYS = "UPDATE access_tokens SET expires_at = $2 WHERE grant_id = $1 AND format = 'api_key' AND expires_at > $2"


class TokenVerbs:
    db: Driver

    async def find_access_token(self, digest: Digest) -> HeldAccessToken | None:
        row = await self.db.one(
            f"SELECT {_ACCESS}, a.id, a.email, a.email_key, a.verified_at, i.email_key, {GRANT} FROM access_tokens t"
            " JOIN grants g ON g.id = t.grant_id JOIN accounts a ON a.id = g.account_id LEFT JOIN invitations i"
            " ON i.deployment_id = g.deployment_id AND i.email_key = a.email_key WHERE t.digest = $1",
            digest,
        )
        if row is None:
            return None
        account_id, email, email_key, verified_at, invitation = row[6:11]
        person = Person(account_id, email, email_key, verified_at is not None, invitation is not None)
        return HeldAccessToken(_access_token(row), grant_of(row[11:]), person)

    async def list_api_keys(self, *, account_id: str | None = None) -> list[HeldAccessToken]:
        """Newest first."""
        rows = await self.db.all(
            f"SELECT {_ACCESS}, {GRANT} FROM access_tokens t JOIN grants g ON g.id = t.grant_id"
            " WHERE t.format = 'api_key' AND (CAST($1 AS TEXT) IS NULL OR g.account_id = $1)"
            " ORDER BY t.issued_at DESC, g.created_at DESC, g.id",
            account_id,
        )
        return [_held(row) for row in rows]

    async def remove_access_token(self, digest: Digest) -> None:
        await self.db.run("DELETE FROM access_tokens WHERE digest = $1", digest)

    async def find_refresh_token(self, digest: Digest) -> HeldRefreshToken | None:
        row = await self.db.one(
            "SELECT t.digest, t.grant_id, t.issued_at, t.expires_at, t.predecessor, t.spent_at, t.successor, t.seal,"
            f" t.spent_from, t.repeats, t.paced_times, t.paced_until, s.spent_at,"
            f" {FORMAT}, {GRANT} FROM refresh_tokens t JOIN grants g ON g.id = t.grant_id"
            " LEFT JOIN deployments d ON d.id = g.deployment_id"
            " LEFT JOIN refresh_tokens s ON s.digest = t.successor WHERE t.digest = $1",
            digest,
        )
        return (
            HeldRefreshToken(_refresh_token(row), grant_of(row[16:]), row[12], format_of(row[13:16])) if row else None
        )

    async def spend_refresh_token(self, rotation: Rotation, now: int) -> bool:
        if await self.db.run(SPEND, *spent(rotation, now)) != 1:
            return False
        await self.db.run(REFRESH_TOKENS.insert, *REFRESH_TOKENS.row(rotation.successor))
        if rotation.access.format == "api_key":
            await self.db.run(REPLACE_KEYS, rotation.access.grant_id, rotation.predecessor_seal_until)
        await self.db.run(ACCESS_TOKENS.insert, *ACCESS_TOKENS.row(rotation.access))
        await self.db.run(EVENTS.insert, *EVENTS.row(rotation.event))
        return True

    async def reuse_refresh_token(self, reuse: Reuse) -> bool:
        if await self.db.run(REUSE, *reused(reuse)) != 1:
            return False
        if reuse.access.format == "api_key":
            await self.db.run(REPLACE_KEYS, reuse.access.grant_id, reuse.keys_until)
        await self.db.run(ACCESS_TOKENS.insert, *ACCESS_TOKENS.row(reuse.access))
        await self.db.run(EVENTS.insert, *EVENTS.row(reuse.event))
        return True

    async def repeat_refresh_token(self, digest: Digest, access: AccessToken | None, event: Event) -> None:
        await self.db.run("UPDATE refresh_tokens SET repeats = repeats + 1 WHERE digest = $1", digest)
        if access is not None:
            await self.db.run(ACCESS_TOKENS.insert, *ACCESS_TOKENS.row(access))
        await self.db.run(EVENTS.insert, *EVENTS.row(event))


def spent(rotation: Rotation, now: int) -> tuple[Value, ...]:
    """The values of SPEND. Before a first link there is none whose seal had to be erased."""
    until = None if rotation.spent.predecessor is None else rotation.predecessor_seal_until
    return rotation.spent.digest, now, rotation.successor.digest, rotation.seal, rotation.event.network, until


def reused(reuse: Reuse) -> tuple[Value, ...]:
    """The values of REUSE."""
    token = reuse.token
    return token.digest, token.expires_at, token.pace.times, token.pace.ends_at


def _held(row: Row) -> HeldAccessToken:
    return HeldAccessToken(_access_token(row), grant_of(row[6:]))


def _access_token(row: Row) -> AccessToken:
    return AccessToken(Digest(row[0]), row[1], frozenset(row[2].split()), row[3], row[4], row[5])


def _refresh_token(row: Row) -> RefreshToken:
    digest, grant_id, issued_at, expires_at, predecessor, spent_at, successor, seal, spent_from, repeats, *pace = row[
        :12
    ]
    return RefreshToken(
        Digest(digest),
        grant_id,
        issued_at,
        expires_at,
        digest_or_none(predecessor),
        spent_at,
        digest_or_none(successor),
        seal,
        spent_from,
        repeats,
        Window(*pace),
    )
