"""Devices that wait for a person: RFC 8628."""

from consentry.grants.model import DeviceAuthorization, DeviceDecision
from consentry.store.driver import Driver
from consentry.store.sql.rows import DEVICE_AUTHORIZATIONS, device_of
from consentry.tokens import Digest

_DEVICE = ", ".join(DEVICE_AUTHORIZATIONS.columns)
# RFC 8628 §3.5: `$4` more seconds, this time and from now on, for one that polls at `$3` and was to come later.
_LONGER = "CASE WHEN $3 < next_poll_at THEN CAST($4 AS BIGINT) ELSE 0 END"


class DeviceVerbs:
    db: Driver

    async def add_device_authorization(self, waiting: DeviceAuthorization) -> bool:
        added = await self.db.run(
            f"INSERT INTO device_authorizations ({_DEVICE}, next_poll_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $8) ON CONFLICT DO NOTHING",
            *DEVICE_AUTHORIZATIONS.row(waiting),
        )
        return added == 1

    async def find_device_authorization(self, user_code: bytes) -> DeviceAuthorization | None:
        row = await self.db.one(f"SELECT {_DEVICE} FROM device_authorizations WHERE user_code = $1", user_code)
        return device_of(row) if row else None

    async def poll_device_authorization(
        self, digest: Digest, client_id: str, now: int, slower: int
    ) -> DeviceAuthorization | None:
        row = await self.db.returning(
            "UPDATE device_authorizations SET slowed = CASE WHEN $3 < next_poll_at THEN 1 ELSE 0 END,"
            f" poll_seconds = poll_seconds + {_LONGER}, next_poll_at = $3 + poll_seconds + {_LONGER}"
            f" WHERE digest = $1 AND client_id = $2 RETURNING {_DEVICE}",
            digest,
            client_id,
            now,
            slower,
        )
        return device_of(row) if row else None

    async def decide_device_authorization(self, digest: Digest, decision: DeviceDecision, now: int) -> bool:
        decided = await self.db.run(
            "UPDATE device_authorizations SET decision = $2 WHERE digest = $1 AND decision IS NULL AND expires_at > $3",
            digest,
            decision,
            now,
        )
        return decided == 1
