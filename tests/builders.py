"""Clients, accounts, deployments and terms to try rules on, of one fixed moment, with randomness that is counted."""

from collections.abc import Callable
from hashlib import sha256
from itertools import count

from argon2 import PasswordHasher

from consentry.accounts.model import Account
from consentry.accounts.terms import AccountTerms
from consentry.addresses import Addresses
from consentry.clients.model import GRANT_TYPES, AuthMethod, Client
from consentry.deployments.model import Deployment
from consentry.grants.authorize import AuthorizationRequest, Caller
from consentry.grants.model import Permissions
from consentry.grants.terms import Terms
from consentry.limits.policy import Pace
from consentry.sealing import Sealer
from consentry.spec import pkce
from consentry.spec.params import Params, of_pairs
from consentry.tokens import Digest, Secret

NOW = 1_800_000_000
HOUR = 3600
DAY = 24 * HOUR
GRACE = 60
OPERATOR_KEY = b"an operator's key of 32 letters!"
RESOURCE = "https://h.example/mcp/reminders"
REDIRECT_URI = "https://client.example/callback"
VERIFIER = "v" * 43
CHALLENGE = pkce.challenge_of(VERIFIER)
NETWORK = "192.0.2.7"
PASSWORD = "correct horse battery staple"
# Cheap on purpose: what a hash costs is not what these tests are about.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD_HASH = CHEAP.hash(PASSWORD)


def counted() -> Callable[[int], bytes]:
    """Entropy that never repeats, and is the same in every run."""
    numbers = count()
    return lambda size: b"".join(sha256(f"{next(numbers)}".encode()).digest() for _ in range(1 + size // 32))[:size]


def sealer(*keys: bytes) -> Sealer:
    return Sealer(keys or (OPERATOR_KEY,), counted())


def terms(*keys: bytes, entropy: Callable[[int], bytes] | None = None, pace: Pace | None = None) -> Terms:
    chosen = entropy or counted()
    return Terms(HOUR, 90 * DAY, 90 * DAY, 600, GRACE, Sealer(keys or (OPERATOR_KEY,), chosen), chosen, pace=pace)


def account_terms(*, mail: bool = True) -> AccountTerms:
    addresses = Addresses("https://h.example", "https://h.example/mcp/{slug}")
    return AccountTerms("open", mail, addresses, sealer(), counted())


def client(
    client_id: str = "client_1",
    *,
    redirect_uris: tuple[str, ...] = (REDIRECT_URI,),
    grant_types: tuple[str, ...] = GRANT_TYPES,
    secret: Secret | None = None,
    deployment_id: str | None = None,
) -> Client:
    method: AuthMethod = "client_secret_basic" if secret else "none"
    digest = secret.digest() if secret else None
    return Client(
        client_id,
        "Agent",
        redirect_uris,
        grant_types,
        method,
        "registration",
        NOW,
        secret_digest=digest,
        deployment_id=deployment_id,
        metadata={},
    )


def account(number: int = 1, *, verified: bool = True, disabled: bool = False) -> Account:
    return Account(
        f"account_{number}",
        f"Person{number}@Example.com",
        f"Person {number}",
        PASSWORD_HASH,
        operator=False,
        created_at=NOW,
        verified_at=NOW if verified else None,
        disabled_at=NOW if disabled else None,
    )


def deployment(number: int = 1, slug: str = "reminders") -> Deployment:
    return Deployment(f"deployment_{number}", slug, slug.title(), "http://127.0.0.1:9/mcp", "account_1", "owner", NOW)


def params(**values: str | None) -> Params:
    """One parameter each; None leaves one out."""
    parsed = of_pairs([(name, value) for name, value in values.items() if value is not None])
    assert isinstance(parsed, Params)
    return parsed


def authorization_request(
    client_id: str = "client_1", scope: frozenset[str] = frozenset({"mcp", "offline_access"})
) -> AuthorizationRequest:
    caller = Caller(client(client_id), REDIRECT_URI, "state")
    permissions = Permissions("deployment_1", RESOURCE, scope)
    return AuthorizationRequest(caller, deployment(), permissions, CHALLENGE)


def digest_of(text: str) -> Digest:
    return Digest(sha256(text.encode()).digest())
