"""Personal access tokens: what a person's own programs show to the management API, and to nothing else (ADR 34)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from consentry.accounts.model import Account
from consentry.audit import Event, EventTransaction
from consentry.spec import periods
from consentry.spec.errors import Refusal
from consentry.tokens import Digest, Entropy, Kind, Secret, identifier, mint

TokenScope = Literal[
    "account:read",
    "account:write",
    "account:export",
    "deployments:read",
    "deployments:write",
    "clients:read",
    "clients:write",
    "grants:read",
    "grants:write",
    "keys:read",
    "keys:write",
    "logs:read",
    "accounts:read",
    "accounts:write",
]
SCOPES: tuple[TokenScope, ...] = get_args(TokenScope)
# What each lets a program do, for a person to read. Writing takes in reading.
WORDS: dict[TokenScope, str] = {
    "account:read": "See who you are, what is left of your plan, your browsers and tokens",
    "account:write": "Sign your browsers out, and revoke your tokens",
    "account:export": "Take away everything that is kept about you",
    "deployments:read": "See deployments, their health, and what is connected to them",
    "deployments:write": "Make, change, test, pause and delete deployments",
    "clients:read": "See the clients that were made for deployments",
    "clients:write": "Make clients, replace their secrets, delete them",
    "grants:read": "See the applications that you connected, and what happened to them",
    "grants:write": "Disconnect applications",
    "keys:read": "See your API keys, but not the keys themselves",
    "keys:write": "Make and revoke API keys in your name",
    "logs:read": "See calls, events and use of deployments, and what happened to your account",
    "accounts:read": "For operators: see every account",
    "accounts:write": "For operators: invite people, shut and open accounts, change their plans",
}

LONGEST_LABEL = 100
MOST_TOKENS = 50
USED_EVERY_SECONDS = 60  # how exact the last use is: a write for each call would cost more than it tells


@dataclass(frozen=True, slots=True)
class PersonalToken:
    """Acts for its account, within its scopes; `expires_at` is None for one without end. Times in epoch seconds."""

    id: str
    digest: Digest
    account_id: str
    label: str
    scopes: frozenset[TokenScope]
    created_at: int
    expires_at: int | None = None
    last_used_at: int | None = None

    def live(self, now: int) -> bool:
        return self.expires_at is None or now < self.expires_at

    def allows(self, scope: TokenScope) -> bool:
        return scope in self.scopes or scope.replace(":read", ":write") in self.scopes


@dataclass(frozen=True, slots=True)
class HeldPersonalToken:
    """A token with its account."""

    token: PersonalToken
    account: Account


@dataclass(frozen=True, slots=True)
class Wanted:
    """A token to be made. `ttl` is in seconds, None for one without end; `scopes` are as they were asked for."""

    label: str
    scopes: tuple[str, ...]
    ttl: int | None


class PersonalTokenTransaction(EventTransaction, Protocol):
    """What these acts need of a transaction."""

    async def add_personal_token(self, token: PersonalToken, most: int) -> bool:
        """False where the account is disabled, or has so many already."""
        ...

    async def find_personal_token(self, digest: Digest) -> HeldPersonalToken | None: ...

    async def list_personal_tokens(self, account_id: str | None = None) -> list[PersonalToken]:
        """Newest first."""
        ...

    async def use_personal_token(self, token_id: str, now: int) -> None: ...

    async def remove_personal_token(self, token_id: str, account_id: str) -> bool: ...


def chosen(given: Iterable[str]) -> frozenset[TokenScope] | Refusal:
    """The scopes that were asked for."""
    asked = dict.fromkeys(word for text in given for word in text.split())
    unknown = [one for one in asked if one not in SCOPES]
    if unknown:
        sentence = f"There is no scope {unknown[0]}: there are {', '.join(SCOPES)}."
        return Refusal("invalid_scope", sentence, "personal_token:scope")
    known = frozenset(scope for scope in SCOPES if scope in asked)
    if not known:
        return Refusal("invalid_scope", f"Choose what the token may do: {', '.join(SCOPES)}.", "personal_token:scope")
    return known


async def create(
    tx: PersonalTokenTransaction, account: Account, wanted: Wanted, network: str | None, entropy: Entropy, now: int
) -> tuple[Secret, PersonalToken] | Refusal:
    """A new token, kept. The secret is known here and to the caller alone."""
    scopes = chosen(wanted.scopes)
    if isinstance(scopes, Refusal):
        return scopes
    if not (len(wanted.label) <= LONGEST_LABEL and (not wanted.label or wanted.label.isprintable())):
        return Refusal("invalid_request", f"A label is one line of at most {LONGEST_LABEL} characters.", "label")
    if wanted.ttl is not None and not 0 < wanted.ttl <= periods.LONGEST_SECONDS:
        return Refusal("invalid_request", "A token lives for at most ten years, or without end.", "ttl")
    secret = mint(Kind.PERSONAL_TOKEN, entropy)
    token = PersonalToken(
        identifier("pat", entropy),
        secret.digest(),
        account.id,
        wanted.label.strip() or "Personal access token",
        scopes,
        now,
        None if wanted.ttl is None else now + wanted.ttl,
    )
    if not await tx.add_personal_token(token, MOST_TOKENS):
        sentence = f"An account that is open has at most {MOST_TOKENS} tokens: revoke one that is not needed."
        return Refusal("access_denied", sentence, "personal_token:most")
    await tx.add_event(_event("account:personal_token:created", token, network, now))
    return secret, token


async def revoke(tx: PersonalTokenTransaction, token: PersonalToken, network: str | None, now: int) -> bool:
    """It is void at once; False where another was faster."""
    removed = await tx.remove_personal_token(token.id, token.account_id)
    if removed:
        await tx.add_event(_event("account:personal_token:revoked", token, network, now))
    return removed


def check(held: HeldPersonalToken | None, second_factor_required: bool, now: int) -> Refusal | None:
    """Whether it opens anything now: as a session of its account would, and no longer."""
    if held is None or not held.token.live(now):
        return Refusal("invalid_token", "This token is unknown, revoked or expired: make another.", "personal_token")
    account = held.account
    if account.disabled_at is not None or account.verified_at is None:
        return Refusal("invalid_token", "This token is unknown, revoked or expired: make another.", "account")
    if second_factor_required and account.second_factor_at is None:
        sentence = "This server demands a second factor: sign in, set one up, and the token works again."
        return Refusal("invalid_token", sentence, "second_factor")
    return None


def stale(token: PersonalToken, now: int) -> bool:
    """Whether its last use is to be written down anew."""
    return token.last_used_at is None or now >= token.last_used_at + USED_EVERY_SECONDS


def _event(
    name: Literal["account:personal_token:created", "account:personal_token:revoked"],
    token: PersonalToken,
    network: str | None,
    now: int,
) -> Event:
    detail: dict[str, str | int] = {"id": token.id, "scope": " ".join(sorted(token.scopes))}
    return Event(name, now, network=network, account_id=token.account_id, detail=detail)
