"""Deployments."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from consentry.deployments.authentication import OAUTH, Authentication, Issuer
from consentry.deployments.model import Deployment
from consentry.deployments.scope_map import WHOLE, ScopeMap
from consentry.formats import Format
from consentry.spec import uris
from consentry.store.driver import Driver, Row, Value
from consentry.store.sql.rows import FORMAT, format_of

# What a deployment is known by, and what can be different tomorrow.
_LASTING = ("id", "slug", "created_at", "resource", "resource_key")
_CHANGING = (
    "name",
    "upstream_url",
    "owner_id",
    "access",
    "email_domain",
    "token_format",
    "key_prefix",
    "key_ttl",
    "scope_map",
    "hide_tools",
    "upstream_headers",
    "identity",
    "guarded",
    "auth",
    "issuer",
    "issuer_secret",
    "deprecated_at",
    "sunset_at",
)
_COLUMNS = (*_LASTING, *_CHANGING)
_READ = (*_COLUMNS, "paused_at")
_DEPLOYMENT = f"SELECT {', '.join(f'd.{name}' for name in _READ)} FROM deployments d"
_PLACES = ", ".join(f"${number}" for number in range(1, len(_COLUMNS) + 1))
_ADD = f"INSERT INTO deployments ({', '.join(_COLUMNS)}) VALUES ({_PLACES}) ON CONFLICT DO NOTHING"
_CHANGE = f"UPDATE deployments SET {', '.join(f'{name} = ${place}' for place, name in enumerate(_CHANGING, 2))}"


class DeploymentVerbs:
    db: Driver

    async def add_deployment(self, deployment: Deployment) -> bool:
        """False where the slug or the resource is taken."""
        kept = _kept(deployment)
        return await self.db.run(_ADD, *(kept[name] for name in _COLUMNS)) == 1

    async def find_deployment(self, deployment_id: str) -> Deployment | None:
        row = await self.db.one(f"{_DEPLOYMENT} WHERE d.id = $1", deployment_id)
        return _deployment(row) if row else None

    async def find_deployment_by_slug(self, slug: str) -> Deployment | None:
        if "\0" in slug:  # anybody may ask for any path, and PostgreSQL knows no such text
            return None
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
        # Who owns it answers for the clients that act for themselves there.
        handed = "UPDATE grants SET account_id = $2 WHERE deployment_id = $1 AND subject IS NOT NULL"
        await self.db.run(handed, deployment.id, deployment.owner_id)
        kept = _kept(deployment)
        return await self.db.run(f"{_CHANGE} WHERE id = $1", deployment.id, *(kept[name] for name in _CHANGING)) == 1

    async def pause_deployment(self, deployment_id: str, paused_at: int | None) -> bool:
        sql = (
            "UPDATE deployments SET paused_at = $2"
            " WHERE id = $1 AND (paused_at IS NULL) <> (CAST($2 AS BIGINT) IS NULL)"
        )
        return await self.db.run(sql, deployment_id, paused_at) == 1

    async def remove_deployment(self, deployment_id: str) -> bool:
        """Also forgets the codes that were given for it, whom it invited, and how it was last seen."""
        await self.db.run("DELETE FROM deployment_health WHERE deployment_id = $1", deployment_id)
        for table in ("invitations", "issuer_uses"):
            await self.db.run(f"DELETE FROM {table} WHERE deployment_id = $1", deployment_id)
        await self.db.run("DELETE FROM codes WHERE deployment_id = $1 AND spent_at IS NULL", deployment_id)
        return await self.db.run("DELETE FROM deployments WHERE id = $1", deployment_id) == 1

    async def invite(self, deployment_id: str, email_key: str, email: str, now: int) -> bool:
        """False where that address was invited already."""
        sql = (
            "INSERT INTO invitations (deployment_id, email_key, email, invited_at) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (deployment_id, email_key) DO NOTHING"
        )
        return await self.db.run(sql, deployment_id, email_key, email, now) == 1

    async def uninvite(self, deployment_id: str, email_key: str) -> bool:
        """False where that address was not invited."""
        sql = "DELETE FROM invitations WHERE deployment_id = $1 AND email_key = $2"
        return await self.db.run(sql, deployment_id, email_key) == 1

    async def note_issuer_use(self, deployment_id: str, subject: str, now: int) -> None:
        """Somebody came with a token of the deployment's issuer."""
        await self.db.run(
            "INSERT INTO issuer_uses (deployment_id, subject, first_used_at, last_used_at) VALUES ($1, $2, $3, $3)"
            " ON CONFLICT (deployment_id, subject) DO UPDATE SET last_used_at = excluded.last_used_at",
            deployment_id,
            subject,
            now,
        )

    async def count_issuer_uses(self, deployment_id: str) -> tuple[int, int | None]:
        """How many came so, of those who did lately, and when the last one did."""
        sql = "SELECT COUNT(*), MAX(last_used_at) FROM issuer_uses WHERE deployment_id = $1"
        row = await self.db.one(sql, deployment_id)
        return (row[0], row[1]) if row else (0, None)

    async def is_invited(self, deployment_id: str, email_key: str) -> bool:
        sql = "SELECT 1 FROM invitations WHERE deployment_id = $1 AND email_key = $2"
        return await self.db.one(sql, deployment_id, email_key) is not None

    async def list_invited(self, deployment_id: str) -> list[str]:
        """Their addresses, as they were written."""
        sql = "SELECT email FROM invitations WHERE deployment_id = $1 ORDER BY email_key"
        return [row[0] for row in await self.db.all(sql, deployment_id)]


def _kept(deployment: Deployment) -> dict[str, Value]:
    shape = deployment.format
    return {
        "id": deployment.id,
        "slug": deployment.slug,
        "created_at": deployment.created_at,
        "resource": deployment.resource,
        "resource_key": uris.canonical(deployment.resource) if deployment.resource is not None else None,
        "name": deployment.name,
        "upstream_url": deployment.upstream_url or "",
        "owner_id": deployment.owner_id,
        "access": deployment.access,
        "email_domain": deployment.email_domain,
        "token_format": shape.kind,
        "key_prefix": shape.key_prefix,
        "key_ttl": shape.key_ttl,
        "scope_map": _written(deployment.scope_map),
        "hide_tools": int(deployment.hide_tools),
        "upstream_headers": deployment.sealed_headers,
        "identity": int(deployment.identity),
        "guarded": int(deployment.guarded),
        "auth": ",".join(deployment.auth.modes),
        "issuer": _issuer_written(deployment.auth.issuer),
        "issuer_secret": deployment.auth.issuer.sealed_secret if deployment.auth.issuer else None,
        "deprecated_at": deployment.auth.deprecated_at,
        "sunset_at": deployment.auth.sunset_at,
    }


def _written(scope_map: ScopeMap) -> str | None:
    return None if scope_map == WHOLE else json.dumps(dict(scope_map.entries))


@lru_cache(maxsize=1000)
def _read(written: str | None) -> ScopeMap:
    if written is None:
        return WHOLE
    return ScopeMap(tuple((name, tuple(selectors)) for name, selectors in json.loads(written).items()))


def _issuer_written(issuer: Issuer | None) -> str | None:
    if issuer is None:
        return None
    return json.dumps({"name": issuer.name, "audience": issuer.audience, "jwks_uri": issuer.jwks_uri})


def _auth(kept: Mapping[str, Any]) -> Authentication:
    if kept["auth"] == "oauth":
        return OAUTH
    issuer = Issuer(**json.loads(kept["issuer"]), sealed_secret=kept["issuer_secret"]) if kept["issuer"] else None
    return Authentication(tuple(kept["auth"].split(",")), issuer, kept["deprecated_at"], kept["sunset_at"])


def _deployment(row: Row) -> Deployment:
    kept = dict(zip(_READ, row, strict=True))
    return Deployment(
        id=kept["id"],
        slug=kept["slug"],
        name=kept["name"],
        upstream_url=kept["upstream_url"] or None,
        owner_id=kept["owner_id"],
        access=kept["access"],
        created_at=kept["created_at"],
        resource=kept["resource"],
        format=format_of((kept["token_format"], kept["key_prefix"], kept["key_ttl"])),
        email_domain=kept["email_domain"],
        paused_at=kept["paused_at"],
        scope_map=_read(kept["scope_map"]),
        hide_tools=bool(kept["hide_tools"]),
        sealed_headers=kept["upstream_headers"],
        identity=bool(kept["identity"]),
        guarded=bool(kept["guarded"]),
        auth=_auth(kept),
    )
