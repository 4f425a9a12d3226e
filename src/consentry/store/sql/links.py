"""Links that were sent or printed, and letters that wait to be sent."""

from consentry.accounts.letters import Waiting
from consentry.accounts.links import Link, Purpose
from consentry.store.driver import Driver, Row
from consentry.tokens import Digest

_LINK = "digest, purpose, account_id, sealed, expires_at, told"
_LETTER = "id, kind, account_id, sealed, due_at, expires_at, tries"


class LinkVerbs:
    db: Driver

    async def add_link(self, link: Link) -> None:
        await self.db.run(
            f"INSERT INTO links ({_LINK}) VALUES ($1, $2, $3, $4, $5, $6)",
            link.digest,
            link.purpose,
            link.account_id,
            link.sealed,
            link.expires_at,
            link.told,
        )

    async def find_link(self, digest: Digest, now: int) -> Link | None:
        row = await self.db.one(
            f"SELECT {_LINK} FROM links WHERE digest = $1 AND expires_at > $2",
            digest,
            now,
        )
        return _link(row) if row else None

    async def list_links(
        self, purpose: Purpose, now: int, most: int, after: tuple[int, Digest] | None = None
    ) -> list[Link]:
        """Those that are still good, the youngest first, from `after` on."""
        rows = await self.db.all(
            f"SELECT {_LINK} FROM links WHERE purpose = $1 AND expires_at > $2"
            " AND (CAST($4 AS BIGINT) IS NULL OR expires_at < $4 OR (expires_at = $4 AND digest > $5))"
            " ORDER BY expires_at DESC, digest LIMIT $3",
            purpose,
            now,
            most,
            after[0] if after else None,
            after[1] if after else b"",
        )
        return [_link(row) for row in rows]

    async def spend_link(self, digest: Digest, now: int) -> bool:
        return await self.db.run("DELETE FROM links WHERE digest = $1 AND expires_at > $2", digest, now) == 1

    async def void_links(self, account_id: str, purpose: Purpose) -> int:
        return await self.db.run("DELETE FROM links WHERE account_id = $1 AND purpose = $2", account_id, purpose)

    async def void_younger_links(self, account_id: str, expires_at: int) -> None:
        sql = "DELETE FROM links WHERE account_id = $1 AND (purpose <> 'keep_email' OR expires_at > $2)"
        await self.db.run(sql, account_id, expires_at)

    async def add_letter(self, waiting: Waiting) -> None:
        await self.db.run(
            f"INSERT INTO letters ({_LETTER}) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            waiting.id,
            waiting.kind,
            waiting.account_id,
            waiting.sealed,
            waiting.due_at,
            waiting.expires_at,
            waiting.tries,
        )

    async def list_due_letters(self, now: int, most: int) -> list[Waiting]:
        """The longest due first."""
        rows = await self.db.all(
            f"SELECT {_LETTER} FROM letters WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2", now, most
        )
        return [Waiting(*row) for row in rows]

    async def claim_letter(self, waiting: Waiting, due_at: int) -> bool:
        """Counts a try, after which it is due again; True for exactly one of those that saw it waiting."""
        sql = "UPDATE letters SET tries = tries + 1, due_at = $3 WHERE id = $1 AND tries = $2"
        return await self.db.run(sql, waiting.id, waiting.tries, due_at) == 1

    async def remove_letter(self, letter_id: str) -> None:
        await self.db.run("DELETE FROM letters WHERE id = $1", letter_id)


def _link(row: Row) -> Link:
    return Link(Digest(row[0]), *row[1:6])
