"""A signing key and what its room needs of a transaction. Times are epoch seconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from consentry.audit import EventTransaction

Algorithm = Literal["ES256", "EdDSA"]
ALGORITHMS: tuple[Algorithm, ...] = ("ES256", "EdDSA")
Jwk = Mapping[str, str]


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """A key pair; the private half is sealed under the operator's key.

    It signs from `signs_from` until `retired_at`, and is published from the start until `published_until`.
    """

    kid: str
    public_jwk: Jwk
    sealed_private_jwk: bytes
    created_at: int
    signs_from: int
    retired_at: int | None = None
    published_until: int | None = None

    @property
    def algorithm(self) -> str:
        """The one algorithm of this key: RFC 8725 §3.1 wants none that a token could choose."""
        return self.public_jwk["alg"]

    def published(self, now: int) -> bool:
        return self.published_until is None or now < self.published_until


class KeyTransaction(EventTransaction, Protocol):
    """What this room needs of a transaction."""

    async def add_signing_key(self, key: SigningKey) -> None: ...

    async def list_signing_keys(self) -> list[SigningKey]:
        """Newest first."""
        ...

    async def retire_signing_key(self, kid: str, at: int, published_until: int) -> bool:
        """One key; False where it was retired already."""
        ...

    async def retire_signing_keys(self, kept: str, at: int, published_until: int) -> None:
        """All others that would sign past that time."""
        ...

    async def withdraw_signing_keys(self, kept: str, now: int) -> None:
        """All others, retired ones too: they sign nothing more and are published no more."""
        ...
