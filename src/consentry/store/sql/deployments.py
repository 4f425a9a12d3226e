"""Deployments."""

from consentry.deployments.model import Deployment
from consentry.formats import Format
from consentry.spec import uris
from consentry.store.driver import Driver, Row, Value
from consentry.store.sql.rows import FORMAT, format_of

_COLUMNS = (
    "slug, name, upstream_url, owner_id, access, created_at, resource, token_format, key_prefix, key_ttl, resource_key"
)
_PLACES = ", ".join(f"${number}" for number in range(1, 13))
_DEPLOYMENT = (
    f"SELECT d.id, d.slug, d.name, d.upstream_url, d.owner_id, d.access, d.created_at, d.resource, {FORMAT}"
    " FROM deployments d"
)


class DeploymentVerbs:
    db: Driver

    async def add_deployment(self, deployment: Deployment) -> bool:
        """False where the slug or the resource is taken."""
        added = await self.db.run(
            f"INSERT INTO deployments (id, {_COLUMNS}) VALUES ({_PLACES}) ON CONFLICT DO NOTHING", *_row(deployment)
        )
        return added == 1

    async def find_deployment(self, deployment_id: str) -> Deployment | None:
        row = await self.db.one(f"{_DEPLOYMENT} WHERE d.id = $1", deployment_id)
        return _deployment(row) if row else None

    async def find_deployment_by_slug(self, slug: str) -> Deployment | None:
        row = await self.db.one(f"{_DEPLOYMENT} WHERE d.slug = $1", slug)
        return _deployment(row) if row else None

    async def list_deployments(self) -> list[Deployment]:
        rows = await self.db.all(f"{_DEPLOYMENT} ORDER BY d.slug")
        return [_deployment(row) for row in rows]

    async def find_format(self, deployment_id: str) -> Format:
        row = await self.db.one(f"SELECT {FORMAT} FROM deployments d WHERE d.id = $1", deployment_id)
        return format_of(row) if row else Format()

    async def update_deployment(self, deployment: Deployment) -> bool:
        """All but what it is known by: id, slug, resource, and when it was made."""
        sql = (
            "UPDATE deployments SET name = $2, upstream_url = $3, access = $4, owner_id = $5, token_format = $6,"
            " key_prefix = $7, key_ttl = $8 WHERE id = $1"
        )
        # Who owns it answers for the clients that act for themselves there.
        handed = "UPDATE grants SET account_id = $2 WHERE deployment_id = $1 AND subject IS NOT NULL"
        await self.db.run(handed, deployment.id, deployment.owner_id)
        shape = deployment.format
        values = (deployment.name, deployment.upstream_url or "", deployment.access, deployment.owner_id)
        return await self.db.run(sql, deployment.id, *values, shape.kind, shape.key_prefix, shape.key_ttl) == 1

    async def remove_deployment(self, deployment_id: str) -> bool:
        """Also forgets the codes that were given for it."""
        await self.db.run("DELETE FROM codes WHERE deployment_id = $1 AND spent_at IS NULL", deployment_id)
        return await self.db.run("DELETE FROM deployments WHERE id = $1", deployment_id) == 1


def _row(deployment: Deployment) -> tuple[Value, ...]:
    shape = deployment.format
    return (
        deployment.id,
        deployment.slug,
        deployment.name,
        deployment.upstream_url or "",
        deployment.owner_id,
        deployment.access,
        deployment.created_at,
        deployment.resource,
        shape.kind,
        shape.key_prefix,
        shape.key_ttl,
        uris.canonical(deployment.resource) if deployment.resource is not None else None,
    )


def _deployment(row: Row) -> Deployment:
    return Deployment(row[0], row[1], row[2], row[3] or None, row[4], row[5], row[6], row[7], format_of(row[8:]))
