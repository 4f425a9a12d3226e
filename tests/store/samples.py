"""One grant's rows, for the tests of every store."""

from dataclasses import replace

from consentry.audit import Event
from consentry.grants.model import (
    AccessToken,
    AuthorizationCode,
    DeviceAuthorization,
    Grant,
    Permissions,
    Purchase,
    PushedRequest,
    RefreshToken,
    Rotation,
)
from consentry.store.sql import Transaction
from consentry.tokens import Digest
from tests.builders import CHALLENGE, HOUR, NETWORK, NOW, REDIRECT_URI, RESOURCE, account, deployment, digest_of

PERMISSIONS = Permissions("deployment_1", RESOURCE, frozenset({"mcp", "offline_access"}))
CODE = AuthorizationCode(
    digest_of("code"),
    "client_1",
    "account_1",
    PERMISSIONS,
    REDIRECT_URI,
    CHALLENGE,
    NOW + 600,
    NETWORK,
    nonce="a nonce",
    auth_time=NOW - 5,
    amr="pwd otp mfa",
    browser="Firefox on Windows",
)
GRANT = Grant(
    "grant_1",
    "account_1",
    "client_1",
    PERMISSIONS,
    NOW,
    NOW + 90 * HOUR,
    REDIRECT_URI,
    NETWORK,
    auth_time=NOW - 5,
    amr="pwd otp mfa",
    browser="Firefox on Windows",
)
EVENT = Event("grant:token:refreshed", NOW, NETWORK, "account_1", "client_1", "deployment_1", "grant_1")
ACCESS = AccessToken(digest_of("access"), "grant_1", frozenset({"mcp"}), NOW, NOW + HOUR)
PUSHED = PushedRequest(digest_of("pushed"), "client_1", b"sealed", NOW + 90)
DEVICE = DeviceAuthorization(
    digest_of("device"), b"user code", "client_1", PERMISSIONS, NETWORK, NOW, NOW + 600, poll_seconds=4
)
REFRESH = RefreshToken(digest_of("refresh 1"), "grant_1", NOW, NOW + 90 * HOUR)


def link(number: int, *, grant_id: str = "grant_1") -> RefreshToken:
    before = digest_of(f"refresh {number - 1}") if number > 1 else None
    return RefreshToken(digest_of(f"refresh {number}"), grant_id, NOW, NOW + 90 * HOUR, before)


def access(name: str) -> AccessToken:
    return replace(ACCESS, digest=digest_of(name))


def purchase(code: Digest, grant: Grant, access: AccessToken, refresh: RefreshToken | None) -> Purchase:
    return Purchase(code, grant, access, refresh, EVENT)


def rotation(spent: RefreshToken, successor: RefreshToken, seal: bytes, access: AccessToken, until: int) -> Rotation:
    return Rotation(spent, successor, seal, access, until, EVENT)


async def peopled(tx: Transaction) -> None:
    """An account with a deployment: what a code has to be for."""
    await tx.add_account(account())
    await tx.add_deployment(deployment())


async def granted(tx: Transaction) -> None:
    """A grant with its first tokens."""
    await peopled(tx)
    await tx.add_code(CODE)
    assert await tx.spend_code(purchase(CODE.digest, GRANT, ACCESS, REFRESH), NOW + 1)


async def rotated(tx: Transaction, spent: int, now: int = NOW + 2) -> bool:
    """Spends one link of the chain; the next is added."""
    return await tx.spend_refresh_token(
        rotation(link(spent), link(spent + 1), b"seal", access(f"access {spent + 1}"), now + 60), now
    )


async def times(tx: Transaction, key: Digest) -> int:
    """How many attempts stand under that key."""
    row = await tx.db.one("SELECT times FROM attempts WHERE key = $1", key)
    return int(row[0]) if row else 0
