"""Client assertions that were used, until they expire."""

from consentry.store.driver import Driver
from consentry.tokens import Digest


class AssertionVerbs:
    db: Driver

    async def spend_assertion(self, digest: Digest, expires_at: int) -> bool:
        sql = "INSERT INTO assertions (digest, expires_at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING"
        return await self.db.run(sql, digest, expires_at) == 1

    async def note_replayed_assertion(self, digest: Digest) -> bool:
        sql = "UPDATE assertions SET replayed = 1 WHERE digest = $1 AND replayed = 0"
        return await self.db.run(sql, digest) == 1
