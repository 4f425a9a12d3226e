"""Deployments."""

from consentry.deployments.model import AccessPolicy, Deployment
from consentry.store.driver import Driver, Row

_DEPLOYMENT = "id, slug, name, upstream_url, owner_id, access, created_at"


class DeploymentVerbs:
    db: Driver

    async def add_deployment(self, deployment: Deployment) -> bool:
        """False where the slug is taken."""
        added = await self.db.run(
            f"INSERT INTO deployments ({_DEPLOYMENT}) VALUES ($1, $2, $3, $4, $5, $6, $7)"
            " ON CONFLICT (slug) DO NOTHING",
            deployment.id,
            deployment.slug,
            deployment.name,
            deployment.upstream_url,
            deployment.owner_id,
            deployment.access,
            deployment.created_at,
        )
        return added == 1

    async def find_deployment(self, deployment_id: str) -> Deployment | None:
        row = await self.db.one(f"SELECT {_DEPLOYMENT} FROM deployments WHERE id = $1", deployment_id)
        return _deployment(row) if row else None

    async def find_deployment_by_slug(self, slug: str) -> Deployment | None:
        row = await self.db.one(f"SELECT {_DEPLOYMENT} FROM deployments WHERE slug = $1", slug)
        return _deployment(row) if row else None

    async def list_deployments(self) -> list[Deployment]:
        rows = await self.db.all(f"SELECT {_DEPLOYMENT} FROM deployments ORDER BY slug")
        return [_deployment(row) for row in rows]

    async def update_deployment(
        self, deployment_id: str, name: str, upstream_url: str, access: AccessPolicy, owner_id: str
    ) -> bool:
        sql = "UPDATE deployments SET name = $2, upstream_url = $3, access = $4, owner_id = $5 WHERE id = $1"
        return await self.db.run(sql, deployment_id, name, upstream_url, access, owner_id) == 1

    async def remove_deployment(self, deployment_id: str) -> bool:
        """Also forgets the codes that were given for it."""
        await self.db.run("DELETE FROM codes WHERE deployment_id = $1 AND spent_at IS NULL", deployment_id)
        return await self.db.run("DELETE FROM deployments WHERE id = $1", deployment_id) == 1


def _deployment(row: Row) -> Deployment:
    return Deployment(row[0], row[1], row[2], row[3], row[4], row[5], row[6])
