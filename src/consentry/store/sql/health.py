"""How deployments were last seen, and how much they are used."""

import json

from consentry.deployments.health import Seen
from consentry.grants.use import Use
from consentry.store.driver import Driver, Row

_HEALTH = "h.at, h.fault, h.server_name, h.protocol_version, h.tools"
_OWN = "(CAST($1 AS TEXT) IS NULL OR d.owner_id = $1)"


class HealthVerbs:
    db: Driver

    async def keep_health(self, deployment_id: str, seen: Seen) -> bool:
        kept = await self.db.run(
            "INSERT INTO deployment_health (deployment_id, at, fault, server_name, protocol_version, tools)"
            " SELECT d.id, CAST($2 AS BIGINT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS TEXT)"
            " FROM deployments d WHERE d.id = $1"
            " ON CONFLICT (deployment_id) DO UPDATE SET at = excluded.at, fault = excluded.fault,"
            " server_name = excluded.server_name, protocol_version = excluded.protocol_version, tools = excluded.tools"
            " WHERE deployment_health.at <= excluded.at",
            deployment_id,
            seen.at,
            seen.fault,
            seen.server_name,
            seen.protocol_version,
            json.dumps(seen.tools),
        )
        return kept == 1

    async def find_health(self, deployment_id: str) -> Seen | None:
        row = await self.db.one(f"SELECT {_HEALTH} FROM deployment_health h WHERE h.deployment_id = $1", deployment_id)
        return _seen(row) if row else None

    async def list_health(self, owner_id: str | None) -> dict[str, Seen]:
        rows = await self.db.all(
            f"SELECT {_HEALTH}, h.deployment_id FROM deployment_health h JOIN deployments d ON d.id = h.deployment_id"
            f" WHERE {_OWN}",
            owner_id,
        )
        return {row[5]: _seen(row) for row in rows}

    async def count_use(self, owner_id: str | None, now: int) -> dict[str, Use]:
        rows = await self.db.all(
            "SELECT g.deployment_id, SUM(CASE WHEN g.ended_at IS NULL AND g.expires_at > $2 THEN 1 ELSE 0 END),"
            " MAX(g.last_used_at) FROM grants g JOIN deployments d ON d.id = g.deployment_id"
            f" WHERE {_OWN} GROUP BY g.deployment_id",
            owner_id,
            now,
        )
        return {row[0]: Use(int(row[1]), row[2]) for row in rows}


def _seen(row: Row) -> Seen:
    return Seen(row[0], row[1], row[2], row[3], tuple(json.loads(row[4])))
