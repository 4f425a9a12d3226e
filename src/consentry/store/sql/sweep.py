"""Removing what has expired, in small batches, so that nobody waits for it."""

from consentry.store.driver import Driver
from consentry.store.sql.calls import SWEEP_CALLS
from consentry.store.sql.counts import SWEEP_COUNTS
from consentry.store.sql.events import SWEEP_EVENTS

DAY_SECONDS = 86_400
# A spent code is remembered for a day past its expiry, so that its replay still ends the grant it bought; a grant and
# the tokens of its chain for thirty, so that its story can be read after it is over; an event for half a year.
_CODE_MEMORY = DAY_SECONDS
_GRANT_MEMORY = 30 * DAY_SECONDS
_ACCESS_MEMORY = 3600  # a call may outlive its token, and must see whether its grant still stands
_DEVICE_MEMORY = 3600  # so that a device that polls on is told that its code has expired
_EVENT_MEMORY = 180 * DAY_SECONDS
_TOLD_MEMORY = 7 * DAY_SECONDS  # far longer than an event is news
_TOKEN_MEMORY = 30 * DAY_SECONDS  # so that its owner sees why a program of theirs stopped
_KEY_MEMORY = 30 * DAY_SECONDS  # published no more, but `key list` shows it
_DOCUMENT_MEMORY = 30 * DAY_SECONDS  # a metadata document that no request asked for, of a client without a live grant
_ISSUER_MEMORY = 90 * DAY_SECONDS  # who came with tokens of an issuer, and no longer does
_TOMBSTONE_MEMORY = 365 * DAY_SECONDS  # some clients come back to a connection after months
# Table, key, the column that says when it is over, and for how long it is remembered after that.
_SWEPT = (
    ("access_tokens", "digest", "expires_at", _ACCESS_MEMORY),
    ("sessions", "digest", "expires_at", 0),
    ("links", "digest", "expires_at", 0),
    ("letters", "id", "expires_at", 0),
    ("personal_tokens", "id", "expires_at", _TOKEN_MEMORY),
    ("attempts", "key", "ends_at", 0),
    ("assertions", "digest", "expires_at", 0),
    ("codes", "digest", "expires_at", _CODE_MEMORY),
    ("pushed_requests", "digest", "expires_at", 0),
    ("device_authorizations", "digest", "expires_at", _DEVICE_MEMORY),
    ("registrations", "digest", "ends_at", 0),
    ("tombstones", "client_id", "gone_at", _TOMBSTONE_MEMORY),
    ("told_events", "event_id", "at", _TOLD_MEMORY),
    ("signing_keys", "kid", "published_until", _KEY_MEMORY),
)

# Of the grants that are over, the first links of their chains, and what follows them. A first link is one that has no
# predecessor; of each chain it takes a beginning.
_LINKS = (
    "WITH RECURSIVE link (digest, successor) AS ("
    "SELECT * FROM (SELECT t.digest, t.successor FROM grants g JOIN refresh_tokens t ON t.grant_id = g.id"
    " WHERE g.expires_at <= $1 AND t.predecessor IS NULL LIMIT $2) AS first"
    " UNION ALL SELECT t.digest, t.successor FROM link JOIN refresh_tokens t ON t.digest = link.successor"
    ") SELECT digest, successor FROM link LIMIT $2"
)


class SweepVerbs:
    db: Driver

    async def sweep(self, now: int, most: int, calls_before: int = 0) -> int:
        """Removes at most about `most` rows of each kind; how many it removed, 0 when there is nothing left to do.

        `calls_before`: for how long calls are remembered is the operator's to say.
        """
        swept = await self.db.run(SWEEP_CALLS, calls_before, most)
        swept += await self.db.run(SWEEP_COUNTS, calls_before, most)
        swept += await self.db.run(SWEEP_EVENTS, now - _EVENT_MEMORY, most)
        swept += await self._sweep_seals(now, most)
        for table, key, over, memory in _SWEPT:
            swept += await self.db.run(
                f"DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table} WHERE {over} <= $1 LIMIT $2)",
                now - memory,
                most,
            )
        swept += await self.db.run(
            "DELETE FROM issuer_uses WHERE (deployment_id, subject) IN (SELECT deployment_id, subject FROM issuer_uses"
            " WHERE last_used_at <= $1 LIMIT $2)",
            now - _ISSUER_MEMORY,
            most,
        )
        swept += await self._sweep_documents(now, most)
        return swept + await self._sweep_grants(now - _GRANT_MEMORY, most)

    async def _sweep_seals(self, now: int, most: int) -> int:
        """Those that lead to a link which was used so long ago that its grace is over."""
        links = (
            "SELECT {} FROM refresh_tokens WHERE predecessor_seal_until < $1 ORDER BY predecessor_seal_until, digest"
            " LIMIT $2"
        )
        before, over = links.format("predecessor"), links.format("digest")
        # Another process may have swept meanwhile, so that the second statement finds links which the first has not.
        erased = (
            "NOT EXISTS (SELECT 1 FROM refresh_tokens p WHERE p.digest = refresh_tokens.predecessor"
            " AND p.seal IS NOT NULL)"
        )
        await self.db.run(f"UPDATE refresh_tokens SET seal = NULL WHERE digest IN ({before})", now, most)
        return await self.db.run(
            f"UPDATE refresh_tokens SET predecessor_seal_until = NULL WHERE digest IN ({over}) AND {erased}", now, most
        )

    async def _sweep_grants(self, expired_before: int, most: int) -> int:
        """Their access tokens have expired before them, unless they are keys."""
        keys = await self.db.run(
            "DELETE FROM access_tokens WHERE format = 'api_key' AND digest IN (SELECT t.digest FROM access_tokens t"
            " JOIN grants g ON g.id = t.grant_id WHERE t.format = 'api_key' AND g.expires_at <= $1 LIMIT $2)",
            expired_before,
            most,
        )
        links = await self._sweep_chains(expired_before, most)
        grants = await self.db.run(
            "DELETE FROM grants WHERE id IN (SELECT g.id FROM grants g WHERE g.expires_at <= $1"
            " AND NOT EXISTS (SELECT 1 FROM refresh_tokens t WHERE t.grant_id = g.id AND t.predecessor IS NULL)"
            " AND NOT EXISTS (SELECT 1 FROM access_tokens t WHERE t.grant_id = g.id AND t.format = 'api_key')"
            " LIMIT $2)",
            expired_before,
            most,
        )
        return keys + links + grants

    async def _sweep_chains(self, expired_before: int, most: int) -> int:
        """From their first links on; of a chain that is longer than a batch, the next link is the first then."""
        links = await self.db.all(_LINKS, expired_before, most)
        gone = {bytes(digest) for digest, _ in links}
        first = [(successor,) for _, successor in links if successor is not None and bytes(successor) not in gone]
        await self.db.many("UPDATE refresh_tokens SET predecessor = NULL WHERE digest = $1", first)
        await self.db.many("DELETE FROM refresh_tokens WHERE digest = $1", [(digest,) for digest in gone])
        return len(gone)

    async def _sweep_documents(self, now: int, most: int) -> int:
        """Anybody can have us keep documents. The client that one described goes with it."""
        idle = (
            "(SELECT d.client_id FROM client_documents d WHERE d.fresh_until <= $1 AND NOT EXISTS (SELECT 1 FROM"
            " grants g WHERE g.client_id = d.client_id AND g.ended_at IS NULL AND g.expires_at > $2)"
            " ORDER BY d.fresh_until, d.client_id LIMIT $3)"
        )
        values = (now - _DOCUMENT_MEMORY, now, most)
        await self.db.run(f"DELETE FROM clients WHERE source = 'document' AND id IN {idle}", *values)
        await self.db.run(f"DELETE FROM client_logos WHERE client_id IN {idle}", *values)
        return await self.db.run(f"DELETE FROM client_documents WHERE client_id IN {idle}", *values)
