"""What the endpoints are handed: the store's verbs, the addresses, the rules' terms, the clock."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from consentry.accounts.addressing import AddressingTransaction
from consentry.accounts.inviting import InvitingTransaction
from consentry.accounts.joining import JoiningTransaction
from consentry.accounts.model import Account
from consentry.accounts.passwords import Passwords
from consentry.accounts.people import PeopleTransaction
from consentry.accounts.personal_tokens import PersonalTokenTransaction
from consentry.accounts.reset import ResetTransaction
from consentry.accounts.second_factor import SecondFactorTransaction
from consentry.accounts.sessions import SessionTransaction
from consentry.accounts.terms import AccountTerms
from consentry.addresses import Addresses
from consentry.audit import Event
from consentry.clients.approval import ApprovalTransaction
from consentry.clients.logos import LogoTransaction
from consentry.clients.model import Client, ClientTransaction
from consentry.clients.policy import RegistrationPolicy
from consentry.clients.reap import ReapTransaction
from consentry.clients.registration import RegistrationTransaction
from consentry.clients.secret import SecretTransaction
from consentry.clients.stale import ReturnTransaction
from consentry.deployments.authority import OwnersPolicy
from consentry.deployments.establishing import EstablishTransaction
from consentry.deployments.health import HealthTransaction, Seen
from consentry.deployments.model import Deployment, DeploymentTransaction
from consentry.grants.api_key import ApiKeyTransaction
from consentry.grants.eviction import EvictionTransaction
from consentry.grants.model import (
    AuthorizationCode,
    DeviceAuthorization,
    DeviceTransaction,
    Grant,
    HeldAccessToken,
    PushedRequest,
    PushedTransaction,
)
from consentry.grants.narrowing import NarrowingTransaction
from consentry.grants.removal import LeavingTransaction, WithdrawalTransaction
from consentry.grants.takeout import TakeoutTransaction
from consentry.grants.terms import Terms
from consentry.grants.use import UseTransaction
from consentry.keys import KeyTransaction, Signer
from consentry.limits.gate import Gate
from consentry.limits.quota import UNLIMITED, Plan, Usage
from consentry.lines import LogTransaction
from consentry.spec.errors import Refusal
from consentry.spec.jose import Jwks
from consentry.tallies import CountTransaction
from consentry.tokens import Digest, Entropy
from consentry.web.hashing import Hashing
from consentry.web.pages.views import ToolLine

T = TypeVar("T")


class Transaction(
    NarrowingTransaction,
    LeavingTransaction,
    SecretTransaction,
    WithdrawalTransaction,
    ApiKeyTransaction,
    ApprovalTransaction,
    AddressingTransaction,
    ClientTransaction,
    CountTransaction,
    DeploymentTransaction,
    DeviceTransaction,
    EstablishTransaction,
    EvictionTransaction,
    HealthTransaction,
    InvitingTransaction,
    JoiningTransaction,
    KeyTransaction,
    LogTransaction,
    LogoTransaction,
    PeopleTransaction,
    PersonalTokenTransaction,
    PushedTransaction,
    ReapTransaction,
    RegistrationTransaction,
    ResetTransaction,
    SecondFactorTransaction,
    SessionTransaction,
    TakeoutTransaction,
    ReturnTransaction,
    UseTransaction,
    Protocol,
):
    """Everything that the rooms ask of a transaction, and what the pages list."""

    async def adopt_code(self, code: AuthorizationCode, made_at: int) -> None: ...

    async def find_account(self, account_id: str) -> Account | None: ...

    async def count_issuer_uses(self, deployment_id: str) -> tuple[int, int | None]: ...

    async def find_plan(self, account_id: str) -> str | None: ...

    async def find_usage(self, account_id: str) -> Usage | None: ...

    async def list_api_keys(self, *, account_id: str | None = None) -> list[HeldAccessToken]: ...

    async def list_events(self, *, grant_id: str | None = None, most: int = 1000) -> list[Event]: ...

    async def list_invited(self, deployment_id: str) -> list[str]: ...

    async def list_waiting_clients(self) -> list[Client]: ...

    async def find_clients(
        self, after: tuple[int, str] | None, most: int, *, pending: bool | None = None
    ) -> list[Client]:
        """The newest first, from `after` on."""
        ...

    async def list_grants(
        self, *, account_id: str | None = None, client_id: str | None = None, deployment_id: str | None = None
    ) -> list[Grant]: ...

    async def spend_initial_access_token(self, digest: Digest, now: int) -> str | None: ...


class Store(Protocol):
    """Runs work in a transaction: returning commits, raising rolls back."""

    async def read(self, work: Callable[[Transaction], Awaitable[T]]) -> T: ...

    async def write(self, work: Callable[[Transaction], Awaitable[T]], *, quiet: Callable[[T], bool] = ...) -> T: ...


class Shelf(Protocol):
    """Where codes, pushed requests and devices wait for their first use, outside of the store. Looking may raise
    `AwayError`."""

    async def keep_code(self, code: AuthorizationCode, now: int) -> bool:
        """False where the store has to keep it."""
        ...

    async def fetch_code(self, digest: Digest) -> tuple[AuthorizationCode, int] | None:
        """The code, and when it was made."""
        ...

    async def keep_pushed_request(self, pushed: PushedRequest, now: int) -> bool: ...

    async def take_pushed_request(self, digest: Digest) -> PushedRequest | None: ...

    async def keep_device_authorization(self, waiting: DeviceAuthorization, now: int) -> bool: ...

    async def fetch_device_authorization(self, user_codes: tuple[bytes, ...]) -> DeviceAuthorization | None: ...

    async def poll_device_authorization(
        self, digest: Digest, client_id: str, now: int, slower: int
    ) -> DeviceAuthorization | None: ...


# The tools of a deployment's MCP server, or a sentence that says why they cannot be listed.
ListTools = Callable[[Deployment], Awaitable[tuple[ToolLine, ...] | str]]

# What is found at a deployment's upstream, looked at as an MCP client would; bounded in time and number.
Look = Callable[[Deployment], Awaitable[Seen]]

# Why somebody who is no operator may not name an upstream, in words.
NamingFault = Callable[[str], Awaitable[str | None]]

# The keys that a client signs with, of which the one it names should be one; or why they cannot be had.
FindKeys = Callable[[Client, str | None], Awaitable[Jwks | Refusal]]


class Clients(Protocol):
    """Clients by their id, which may be the URL of a document about them (CIMD). Never to be asked in a transaction.

    A Refusal says why a document cannot be had or used; None means that nobody goes by that id.
    """

    @property
    def offered(self) -> bool:
        """Whether documents are taken."""
        ...

    async def find_client(self, client_id: str) -> Client | None:
        """Where something goes on that was begun (a token request): what is kept will do, and nothing is fetched."""
        ...

    async def find_current_client(self, client_id: str) -> Client | Refusal | None:
        """Where something begins (an authorization request): as its document is now."""
        ...


@dataclass(frozen=True, slots=True)
class Site:
    """Made once by the composition root.

    `links` are the operator's own members of the metadata; `metrics_token` opens /metrics; `elsewhere`: this host is
    not the issuer's; `call_postman` is for whoever wrote a letter.
    """

    store: Store
    addresses: Addresses
    terms: Terms
    accounts: AccountTerms
    signer: Signer
    registration: RegistrationPolicy
    clients: Clients
    passwords: Passwords
    list_tools: ListTools
    look: Look
    naming_fault: NamingFault
    guards: Callable[[Deployment], bool]
    deployment_owners: OwnersPolicy
    clock: Callable[[], int]
    entropy: Entropy
    hashing: Hashing
    support_url: str | None
    troubleshooting_url: str | None
    find_keys: FindKeys
    token_json_body: bool
    gate: Gate
    shelf: Shelf | None
    links: tuple[tuple[str, str], ...] = ()
    metrics_token: str | None = None
    elsewhere: bool = False
    plans: Mapping[str | None, Plan] = field(default_factory=lambda: {None: UNLIMITED})
    call_postman: Callable[[], None] = lambda: None

    def way(self, name: str) -> str:
        """A link to a page of the issuer's."""
        return self.addresses.endpoint(name) if self.elsewhere else self.addresses.path(name)
