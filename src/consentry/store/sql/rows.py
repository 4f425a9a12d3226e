"""Values to rows and back, where several verbs write or read the same columns."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, Literal, TypeVar

from consentry.audit import Event
from consentry.formats import OPAQUE, Format
from consentry.grants.model import (
    AccessToken,
    AuthorizationCode,
    DeviceAuthorization,
    Grant,
    Permissions,
    PushedRequest,
    RefreshToken,
)
from consentry.spec import scopes
from consentry.store.driver import Row, Value
from consentry.tokens import Digest

V = TypeVar("V")


@dataclass(frozen=True)
class Table(Generic[V]):
    """A table's columns with their types, and the row of a value."""

    name: str
    columns: Mapping[str, Literal["TEXT", "BIGINT", "BYTEA"]]
    row: Callable[[V], tuple[Value, ...]]

    @cached_property
    def insert(self) -> str:
        places = ", ".join(f"${number}" for number in range(1, len(self.columns) + 1))
        return f"INSERT INTO {self.name} ({', '.join(self.columns)}) VALUES ({places})"

    def insert_if(self, source: str, first: int) -> str:
        """Inserts one row for each of `source`; the values begin with the parameter `$first`."""
        places = ", ".join(f"CAST(${number} AS {kind})" for number, kind in enumerate(self.columns.values(), first))
        return f"INSERT INTO {self.name} ({', '.join(self.columns)}) SELECT {places} FROM {source}"


GRANTS: Table[Grant] = Table(
    "grants",
    {
        "id": "TEXT",
        "account_id": "TEXT",
        "client_id": "TEXT",
        "deployment_id": "TEXT",
        "resource": "TEXT",
        "scope": "TEXT",
        "created_at": "BIGINT",
        "expires_at": "BIGINT",
        "redirect_uri": "TEXT",
        "network": "TEXT",
        "auth_time": "BIGINT",
        "label": "TEXT",
        "refresh": "TEXT",
        "subject": "TEXT",
        "amr": "TEXT",
        "browser": "TEXT",
    },
    lambda grant: (
        grant.id,
        grant.account_id,
        grant.client_id,
        grant.permissions.deployment_id,
        grant.permissions.resource,
        scopes.render(grant.permissions.scope),
        grant.created_at,
        grant.expires_at,
        grant.redirect_uri,
        grant.network,
        grant.auth_time,
        grant.label,
        grant.refresh,
        grant.subject,
        grant.amr,
        grant.browser,
    ),
)

ACCESS_TOKENS: Table[AccessToken] = Table(
    "access_tokens",
    {
        "digest": "BYTEA",
        "grant_id": "TEXT",
        "scope": "TEXT",
        "issued_at": "BIGINT",
        "expires_at": "BIGINT",
        "format": "TEXT",
    },
    lambda token: (
        token.digest,
        token.grant_id,
        scopes.render(token.scope),
        token.issued_at,
        token.expires_at,
        token.format,
    ),
)

REFRESH_TOKENS: Table[RefreshToken] = Table(
    "refresh_tokens",
    {
        "digest": "BYTEA",
        "grant_id": "TEXT",
        "issued_at": "BIGINT",
        "expires_at": "BIGINT",
        "predecessor": "BYTEA",
        "repeats": "BIGINT",
        "paced_times": "BIGINT",
        "paced_until": "BIGINT",
    },
    lambda token: (
        token.digest,
        token.grant_id,
        token.issued_at,
        token.expires_at,
        token.predecessor,
        token.repeats,
        token.pace.times,
        token.pace.ends_at,
    ),
)

EVENTS: Table[Event] = Table(
    "events",
    {
        "name": "TEXT",
        "at": "BIGINT",
        "network": "TEXT",
        "account_id": "TEXT",
        "client_id": "TEXT",
        "deployment_id": "TEXT",
        "grant_id": "TEXT",
        "reason": "TEXT",
        "detail": "TEXT",
    },
    lambda event: (
        event.name,
        event.at,
        event.network,
        event.account_id,
        event.client_id,
        event.deployment_id,
        event.grant_id,
        event.reason,
        json.dumps(event.detail) if event.detail else "{}",
    ),
)

CODES: Table[AuthorizationCode] = Table(
    "codes",
    {
        "digest": "BYTEA",
        "client_id": "TEXT",
        "account_id": "TEXT",
        "deployment_id": "TEXT",
        "resource": "TEXT",
        "scope": "TEXT",
        "redirect_uri": "TEXT",
        "code_challenge": "TEXT",
        "expires_at": "BIGINT",
        "network": "TEXT",
        "spent_at": "BIGINT",
        "grant_id": "TEXT",
        "nonce": "TEXT",
        "auth_time": "BIGINT",
        "amr": "TEXT",
        "browser": "TEXT",
    },
    lambda code: (
        code.digest,
        code.client_id,
        code.account_id,
        code.permissions.deployment_id,
        code.permissions.resource,
        scopes.render(code.permissions.scope),
        code.redirect_uri,
        code.code_challenge,
        code.expires_at,
        code.network,
        code.spent_at,
        code.grant_id,
        code.nonce,
        code.auth_time,
        code.amr,
        code.browser,
    ),
)

PUSHED_REQUESTS: Table[PushedRequest] = Table(
    "pushed_requests",
    {"digest": "BYTEA", "client_id": "TEXT", "sealed": "BYTEA", "expires_at": "BIGINT", "opened_at": "BIGINT"},
    lambda pushed: (pushed.digest, pushed.client_id, pushed.sealed, pushed.expires_at, pushed.opened_at),
)

DEVICE_AUTHORIZATIONS: Table[DeviceAuthorization] = Table(
    "device_authorizations",
    {
        "digest": "BYTEA",
        "user_code": "BYTEA",
        "client_id": "TEXT",
        "deployment_id": "TEXT",
        "resource": "TEXT",
        "scope": "TEXT",
        "network": "TEXT",
        "created_at": "BIGINT",
        "expires_at": "BIGINT",
        "poll_seconds": "BIGINT",
        "slowed": "BIGINT",
        "decision": "TEXT",
    },
    lambda waiting: (
        waiting.digest,
        waiting.user_code,
        waiting.client_id,
        waiting.permissions.deployment_id,
        waiting.permissions.resource,
        scopes.render(waiting.permissions.scope),
        waiting.network,
        waiting.created_at,
        waiting.expires_at,
        waiting.poll_seconds,
        int(waiting.slowed),
        waiting.decision,
    ),
)

GRANT = (
    "g.id, g.account_id, g.client_id, g.deployment_id, g.resource, g.scope, g.created_at, g.expires_at,"
    " g.redirect_uri, g.network, g.last_used_at, g.ended_at, g.ended_because, g.auth_time, g.label,"
    " g.refresh, g.subject, g.amr, g.browser"
)


_FORMATS = {None: OPAQUE, "opaque": OPAQUE}
FORMAT = "d.token_format, d.key_prefix, d.key_ttl"


def grant_of(row: Row) -> Grant:
    """A grant from the columns of `GRANT`."""
    return Grant(row[0], row[1], row[2], permissions_of(row[3:6]), *row[6:])


def format_of(row: Row) -> Format:
    """Of the columns of `FORMAT`; opaque where a deployment was not found."""
    return _FORMATS.get(row[0]) or Format(*row)


def permissions_of(row: Row) -> Permissions:
    """deployment_id, resource, scope."""
    return Permissions(row[0], row[1], frozenset(row[2].split()))


def digest_or_none(value: bytes | None) -> Digest | None:
    return Digest(value) if value is not None else None


def code_of(row: Row) -> AuthorizationCode:
    """A code from the columns of `CODES`."""
    return AuthorizationCode(Digest(row[0]), row[1], row[2], permissions_of(row[3:6]), *row[6:])


def pushed_of(row: Row) -> PushedRequest:
    """A pushed request from the columns of `PUSHED_REQUESTS`."""
    return PushedRequest(Digest(row[0]), *row[1:])


def device_of(row: Row) -> DeviceAuthorization:
    """A device authorization from the columns of `DEVICE_AUTHORIZATIONS`."""
    places = row[6], row[7], row[8], row[9], bool(row[10]), row[11]
    return DeviceAuthorization(Digest(row[0]), row[1], row[2], permissions_of(row[3:6]), *places)
