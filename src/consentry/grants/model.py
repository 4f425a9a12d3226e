"""Grants and their tokens. Permissions live on the grant's row; a token only points to it."""

from dataclasses import dataclass
from typing import Literal, Protocol

from consentry.accounts.attempts import AttemptTransaction
from consentry.audit import Event, EventName, EventTransaction
from consentry.deployments.admission import Person
from consentry.formats import OPAQUE, Format, TokenFormat
from consentry.limits.model import NO_WINDOW, Window
from consentry.spec.scopes import Scope
from consentry.tokens import Digest
from consentry.values import frozen

EndReason = Literal[
    "revoked by the client",
    "ended by the account",
    "ended by the operator",
    "code used twice",
    "old refresh token used again",
    "account disabled",
    "account deleted",
    "client deleted",
    "deployment deleted",
    "no longer let in",
]


# The last second of the year 9999: every comparison of times holds for what has no end, too.
NEVER = 253_402_300_799
# How a grant is refreshed: each refresh token once (RFC 9700 §4.14.2), one and the same again and again, or no more.
Refreshing = Literal["rotate", "reuse", "over"]


@frozen
class Permissions:
    """What a person approved: which scopes of which deployment. Grows with consent by tool."""

    deployment_id: str
    resource: str
    scope: Scope


@frozen
class Grant:
    """One approval of one client by one account: the unit that is listed, used and ended. Times in epoch seconds.

    `label` is what a person calls an API key of their own; such a grant has PERSONAL_KEY for a client.
    A grant with a `subject` was made by the operator for a client that acts for itself; its account answers for it.
    """

    id: str
    account_id: str
    client_id: str
    permissions: Permissions
    created_at: int
    expires_at: int
    redirect_uri: str
    network: str | None = None
    last_used_at: int | None = None
    ended_at: int | None = None
    ended_because: EndReason | None = None
    auth_time: int | None = None  # OpenID Connect Core §2: when the person who approved had signed in
    label: str | None = None
    refresh: Refreshing = "rotate"
    subject: str | None = None
    amr: str | None = None  # how they had signed in: RFC 8176, with spaces between
    browser: str | None = None  # in which they approved, by its name in words

    @property
    def sub(self) -> str:
        """Whom its tokens speak for: the account that approved, or a client that acts for itself (RFC 9068 §2.2)."""
        return self.subject or self.account_id

    def live(self, now: int) -> bool:
        return self.ended_at is None and now < self.expires_at

    def event(
        self,
        name: EventName,
        network: str | None,
        now: int,
        reason: str = "",
        detail: dict[str, str | int] | None = None,
    ) -> Event:
        """What happened to it, with whose and what it is."""
        return Event(
            name,
            now,
            network=network,
            account_id=self.account_id,
            client_id=self.client_id,
            deployment_id=self.permissions.deployment_id,
            grant_id=self.id,
            reason=reason,
            detail=detail or {},
        )


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """A consent on its way to the client: OAuth 2.1 §4.1.2. `grant_id` is what it bought, once spent."""

    digest: Digest
    client_id: str
    account_id: str
    permissions: Permissions
    redirect_uri: str
    code_challenge: str
    expires_at: int
    network: str | None = None
    spent_at: int | None = None
    grant_id: str | None = None
    nonce: str | None = None  # OpenID Connect Core §2: echoed in the ID token
    auth_time: int | None = None
    amr: str | None = None
    browser: str | None = None

    @property
    def by_device(self) -> bool:
        """Its client has held it since before the approval (RFC 8628), so it was sent nowhere."""
        return not self.redirect_uri


@dataclass(frozen=True, slots=True)
class PushedRequest:
    """An authorization request that waits for its answer: RFC 9126. `sealed` opens with the name under `digest`."""

    digest: Digest
    client_id: str
    sealed: bytes
    expires_at: int
    opened_at: int | None = None


DeviceDecision = Literal["approved", "denied"]


@dataclass(frozen=True, slots=True)
class DeviceAuthorization:
    """A device that waits for a person's answer: RFC 8628. `user_code` is a keyed digest, `network` the device's.

    `slowed` says that its last poll came sooner than `poll_seconds` after the one before.
    """

    digest: Digest
    user_code: bytes
    client_id: str
    permissions: Permissions
    network: str | None
    created_at: int
    expires_at: int
    poll_seconds: int
    slowed: bool = False
    decision: DeviceDecision | None = None


@frozen
class AccessToken:
    """What the gateway looks up; its scope may be narrower than the grant's, never wider."""

    digest: Digest
    grant_id: str
    scope: Scope
    issued_at: int
    expires_at: int
    format: TokenFormat = "opaque"


@frozen
class RefreshToken:
    """One link of a grant's chain: RFC 9700 §4.14.2.

    A spent token knows its successor by digest, and holds it sealed under a key made of its own text and the
    operator's secret (ADR 4): whoever shows the spent token again can be led to the live end, and nobody else.
    `pace` counts the rotations of the grant up to this link: a chain has one live end, so no two can miscount.
    """

    digest: Digest
    grant_id: str
    issued_at: int
    expires_at: int
    predecessor: Digest | None = None
    spent_at: int | None = None
    successor: Digest | None = None
    seal: bytes | None = None
    spent_from: str | None = None
    repeats: int = 0
    pace: Window = NO_WINDOW


@frozen
class HeldRefreshToken:
    """A refresh token with its grant, when its successor was first used, and what its deployment's tokens look like."""

    token: RefreshToken
    grant: Grant
    successor_spent_at: int | None = None
    format: Format = OPAQUE


@frozen
class HeldAccessToken:
    """An access token with its grant, and the person who approved as they are now; a listing leaves them out."""

    token: AccessToken
    grant: Grant
    person: Person | None = None


@frozen
class Purchase:
    """What spending a code adds."""

    code: Digest
    grant: Grant
    access: AccessToken
    refresh: RefreshToken | None
    event: Event


@frozen
class Rotation:
    """What spending a refresh token adds. `seal` hides the successor's text in the spent token's row.

    The seal of the token *before* the spent one is to be erased at `predecessor_seal_until`: the grace of that one
    began just now, when its successor was used. Where `access` is an API key, the grant's older keys end then, too.
    """

    spent: RefreshToken
    successor: RefreshToken
    seal: bytes
    access: AccessToken
    predecessor_seal_until: int
    event: Event


@frozen
class Reuse:
    """What using a refresh token that stays adds. `token` is as it is after that: it lies idle from now on.

    Where the access token is an API key, the one before it ends at `keys_until`.
    """

    token: RefreshToken
    access: AccessToken
    keys_until: int
    event: Event


class GrantTransaction(EventTransaction, Protocol):
    """What this room needs of a transaction.

    A verb that spends is one conditional statement, adds what the spending buys and tells of it, or does nothing of
    this; it answers whether this caller was the one. Where it is all that a transaction writes, it need not be more
    than one round trip.
    """

    async def add_code(self, code: AuthorizationCode) -> None: ...

    async def find_code(self, digest: Digest) -> AuthorizationCode | None: ...

    async def spend_code(self, purchase: Purchase, now: int) -> bool:
        """False too where the account was disabled or the deployment removed since the code was made."""
        ...

    async def find_refresh_token(self, digest: Digest) -> HeldRefreshToken | None: ...

    async def spend_refresh_token(self, rotation: Rotation, now: int) -> bool:
        """False too where the grant has ended."""
        ...

    async def reuse_refresh_token(self, reuse: Reuse) -> bool:
        """False where the grant has ended, or is refreshed in another way."""
        ...

    async def end_refreshing(self, grant_id: str, now: int) -> bool:
        """The grant's refresh tokens are over, and it lasts as long as its access tokens; False where it was so."""
        ...

    async def add_grant(self, grant: Grant) -> None: ...

    async def find_standing_grant(self, client_id: str) -> Grant | None:
        """The newest by which that client acts for itself."""
        ...

    async def issue_access_token(self, access: AccessToken, keys_until: int, event: Event, now: int) -> bool:
        """Another token of a grant that lives; False where it has ended. An API key takes the place of the one before
        it, which ends at `keys_until`."""
        ...

    async def repeat_refresh_token(self, digest: Digest, access: AccessToken | None, event: Event) -> None:
        """Counts a repeat, adds the access token that it was given (if any), and tells of it."""
        ...

    async def find_access_token(self, digest: Digest) -> HeldAccessToken | None: ...

    async def remove_access_token(self, digest: Digest) -> None: ...

    async def find_format(self, deployment_id: str) -> Format:
        """What access tokens for a deployment look like; opaque where it has gone."""
        ...

    async def find_grant(self, grant_id: str) -> Grant | None: ...

    async def end_grant(self, grant_id: str, because: EndReason, now: int) -> bool:
        """Ends a live grant, and with it all its tokens; False where it had ended already."""
        ...


class PushedTransaction(GrantTransaction, Protocol):
    """What pushed authorization requests need of a transaction."""

    async def add_pushed_request(self, pushed: PushedRequest) -> None: ...

    async def open_pushed_request(self, digest: Digest, client_id: str, now: int, until: int) -> PushedRequest | None:
        """One statement: the request as it is now. The first to open it gives it until `until`, the next change
        nothing. None where it is unknown, another client's, expired or spent."""
        ...

    async def spend_pushed_request(self, digest: Digest, now: int) -> bool: ...


class DeviceTransaction(AttemptTransaction, GrantTransaction, Protocol):
    """What the device flow needs of a transaction."""

    async def add_device_authorization(self, waiting: DeviceAuthorization) -> bool:
        """False where another device has that user code."""
        ...

    async def find_device_authorization(self, user_code: bytes) -> DeviceAuthorization | None: ...

    async def poll_device_authorization(
        self, digest: Digest, client_id: str, now: int, slower: int
    ) -> DeviceAuthorization | None:
        """One statement: notes the poll, and where it came too soon makes `poll_seconds` longer by `slower` (RFC 8628
        §3.5). None where it is unknown or another client's, and then nothing is noted."""
        ...

    async def decide_device_authorization(self, digest: Digest, decision: DeviceDecision, now: int) -> bool:
        """The first answer in time stands; False for every other."""
        ...
