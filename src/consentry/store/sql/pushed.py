"""Pushed authorization requests."""

from consentry.grants.model import PushedRequest
from consentry.store.driver import Driver
from consentry.tokens import Digest


class PushedVerbs:
    db: Driver

    async def add_pushed_request(self, pushed: PushedRequest) -> None:
        await self.db.run(
            "INSERT INTO pushed_requests (digest, client_id, sealed, expires_at, opened_at)"
            " VALUES ($1, $2, $3, $4, $5)",
            pushed.digest,
            pushed.client_id,
            pushed.sealed,
            pushed.expires_at,
            pushed.opened_at,
        )

    async def open_pushed_request(self, digest: Digest, client_id: str, now: int, until: int) -> PushedRequest | None:
        row = await self.db.returning(
            "UPDATE pushed_requests SET opened_at = COALESCE(opened_at, $3),"
            " expires_at = CASE WHEN opened_at IS NULL THEN $4 ELSE expires_at END"
            " WHERE digest = $1 AND client_id = $2 AND expires_at > $3"
            " RETURNING digest, client_id, sealed, expires_at, opened_at",
            digest,
            client_id,
            now,
            until,
        )
        return PushedRequest(Digest(row[0]), row[1], row[2], row[3], row[4]) if row else None

    async def spend_pushed_request(self, digest: Digest, now: int) -> bool:
        return await self.db.run("DELETE FROM pushed_requests WHERE digest = $1 AND expires_at > $2", digest, now) == 1
