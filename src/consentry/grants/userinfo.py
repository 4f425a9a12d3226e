"""What a client may read of the person: OpenID Connect Core §5.3, by an access token of any deployment (rule E11)."""

from typing import Protocol

from consentry.accounts.model import Account
from consentry.formats import Presented
from consentry.grants.model import HeldAccessToken
from consentry.spec import scopes
from consentry.spec.challenge import Challenge, ChallengeError
from consentry.spec.scopes import Scope
from consentry.tokens import Digest

CLAIMS = ("sub", "email", "email_verified", "name")

Claims = dict[str, str | bool]


class UserInfoTransaction(Protocol):
    """What this needs of a transaction."""

    async def find_access_token(self, digest: Digest) -> HeldAccessToken | None: ...

    async def find_account(self, account_id: str) -> Account | None: ...


async def find(tx: UserInfoTransaction, presented: Presented | None, now: int) -> Claims | Challenge:
    """The claims that the token's scope allows, or why there are none."""
    held = await tx.find_access_token(presented.digest) if presented else None
    if held is None or not held.grant.live(now) or now >= held.token.expires_at:
        return challenge("invalid_token", "The access token is unknown, expired or ended: sign in again.")
    scope = held.token.scope & held.grant.permissions.scope
    if scopes.OPENID not in scope:
        return challenge("insufficient_scope", "This access token was not given the scope openid.")
    account = await tx.find_account(held.grant.account_id)
    if account is None or account.disabled_at is not None:
        return challenge("invalid_token", "The access token is unknown, expired or ended: sign in again.")
    return of(account, scope)


def of(account: Account, scope: Scope) -> Claims:
    """§5.4: which claims stand behind which scope; those without a value are left out (§5.3.2)."""
    claims: Claims = {"sub": account.id}
    if scopes.EMAIL in scope:
        claims |= {"email": account.email, "email_verified": account.verified_at is not None}
    if scopes.PROFILE in scope and account.name:
        claims["name"] = account.name
    return claims


def challenge(error: ChallengeError | None, description: str = "") -> Challenge:
    """RFC 6750 §3. No MCP server is behind this, so no resource metadata is named."""
    return Challenge(None, frozenset({scopes.OPENID}), error, description)
