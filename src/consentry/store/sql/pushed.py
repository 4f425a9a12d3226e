"""Pushed authorization requests."""

from consentry.grants.model import PushedRequest
from consentry.store.driver import Driver
from consentry.store.sql.rows import PUSHED_REQUESTS, pushed_of
from consentry.tokens import Digest

_PUSHED = ", ".join(PUSHED_REQUESTS.columns)


class PushedVerbs:
    db: Driver

    async def add_pushed_request(self, pushed: PushedRequest) -> None:
        await self.db.run(PUSHED_REQUESTS.insert, *PUSHED_REQUESTS.row(pushed))

    async def open_pushed_request(self, digest: Digest, client_id: str, now: int, until: int) -> PushedRequest | None:
        row = await self.db.returning(
            "UPDATE pushed_requests SET opened_at = COALESCE(opened_at, $3),"
            " expires_at = CASE WHEN opened_at IS NULL THEN $4 ELSE expires_at END"
            " WHERE digest = $1 AND client_id = $2 AND expires_at > $3"
            f" RETURNING {_PUSHED}",
            digest,
            client_id,
            now,
            until,
        )
        return pushed_of(row) if row else None

    async def spend_pushed_request(self, digest: Digest, now: int) -> bool:
        return await self.db.run("DELETE FROM pushed_requests WHERE digest = $1 AND expires_at > $2", digest, now) == 1
