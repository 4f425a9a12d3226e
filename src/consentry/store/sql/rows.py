"""Rows to values, where several rooms' verbs read the same columns."""

from consentry.grants.model import Grant, Permissions
from consentry.store.driver import Row
from consentry.tokens import Digest

GRANT = (
    "g.id, g.account_id, g.client_id, g.deployment_id, g.resource, g.scope, g.created_at, g.expires_at, g.network,"
    " g.last_used_at, g.ended_at, g.ended_because"
)


def grant_of(row: Row) -> Grant:
    """A grant from a row that starts with the columns of `GRANT`."""
    return Grant(row[0], row[1], row[2], permissions_of(row[3:6]), row[6], row[7], row[8], row[9], row[10], row[11])


def permissions_of(row: Row) -> Permissions:
    """deployment_id, resource, scope."""
    return Permissions(row[0], row[1], frozenset(row[2].split()))


def digest_or_none(value: bytes | None) -> Digest | None:
    return Digest(value) if value is not None else None
