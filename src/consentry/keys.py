"""Signing keys: made, rotated with overlap, published as a JWK Set (RFC 7517 §5)."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from joserfc.jwk import ECKey

from consentry.audit import Event, EventTransaction
from consentry.sealing import Sealer

ALGORITHM = "ES256"
SEAL_PURPOSE = "signing-key"
# A retired key signs nothing more, but is published for a day past the longest life of what it signed.
OVERLAP_SECONDS = 2 * 86_400

Jwk = Mapping[str, str]


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """A key pair; the private half is sealed under the operator's key."""

    kid: str
    public_jwk: Jwk
    sealed_private_jwk: bytes
    created_at: int
    retired_at: int | None = None


class KeyTransaction(EventTransaction, Protocol):
    """What this room needs of a transaction."""

    async def add_signing_key(self, key: SigningKey) -> None: ...

    async def list_signing_keys(self) -> list[SigningKey]: ...

    async def retire_signing_keys(self, kept: str, now: int) -> None: ...


def make(sealer: Sealer, now: int) -> SigningKey:
    """A new ES256 key. Its `kid` is its thumbprint (RFC 7638)."""
    key = ECKey.generate_key("P-256")
    kid = key.thumbprint()
    marks = {"kid": kid, "use": "sig", "alg": ALGORITHM}
    public = {name: str(value) for name, value in key.as_dict(private=False).items()} | marks
    private = json.dumps(dict(key.as_dict(private=True)) | marks).encode()
    return SigningKey(kid, public, sealer.seal(private, SEAL_PURPOSE), now)


def opens(sealer: Sealer, key: SigningKey) -> bool:
    """Whether the private half can be read: not so where it was sealed under a key that the operator took away."""
    return sealer.open(key.sealed_private_jwk, SEAL_PURPOSE) is not None


async def rotate(tx: KeyTransaction, fresh: SigningKey, now: int) -> None:
    """The fresh key is the current one from now on; the others stay published until the overlap is over."""
    await tx.add_signing_key(fresh)
    await tx.retire_signing_keys(fresh.kid, now)
    await tx.add_event(Event("keys:signing_key:rotated", now, reason=fresh.kid))


async def ensure(tx: KeyTransaction, fresh: SigningKey) -> None:
    """Takes the fresh key where there is none yet."""
    if not any(key.retired_at is None for key in await tx.list_signing_keys()):
        await tx.add_signing_key(fresh)


def publish(keys: Iterable[SigningKey], now: int) -> dict[str, list[dict[str, str]]]:
    """The JWK Set: what signs, and what signed until lately."""
    return {
        "keys": [
            dict(key.public_jwk) for key in keys if key.retired_at is None or now < key.retired_at + OVERLAP_SECONDS
        ]
    }
