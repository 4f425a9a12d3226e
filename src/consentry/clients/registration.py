"""A registration: RFC 7592 §3, and what is left of a client that is gone."""

from dataclasses import dataclass
from typing import Literal, Protocol

from consentry.audit import EventTransaction
from consentry.clients.model import Client
from consentry.tokens import Digest


@dataclass(frozen=True, slots=True)
class Registration:
    """One time that a client registered itself, with its own registration access token (RFC 7592 §3)."""

    digest: Digest
    client_id: str
    redirect_uris: tuple[str, ...]
    created_at: int
    ends_at: int | None = None


GoneBecause = Literal["unused", "deleted by itself", "deleted by the operator", "deployment deleted"]


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A client that was here and is gone; `returned_at` is when it first came back all the same."""

    client_id: str
    name: str
    gone_at: int
    gone_because: GoneBecause
    returned_at: int | None = None


class RegistrationTransaction(EventTransaction, Protocol):
    """What registering needs of a transaction."""

    async def fold_client(self, client: Client, fingerprint: Digest | None, reap_at: int | None) -> Client:
        """Adds the client, or counts one more registration of the one with that fingerprint; the one that is kept."""
        ...

    async def add_registration(self, registration: Registration) -> None: ...

    async def end_registrations(self, client_id: str, ends_at: int) -> None:
        """Those of the client that had no end get one."""
        ...


class RemovalTransaction(EventTransaction, Protocol):
    """What taking a client away needs of a transaction."""

    async def remove_client(self, client_id: str, *, unless_shared: bool = False) -> bool:
        """Also forgets the codes on their way to it, and who may look after it: one conditional statement decides."""
        ...

    async def add_tombstone(self, tombstone: Tombstone) -> None: ...
