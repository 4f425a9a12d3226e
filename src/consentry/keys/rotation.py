"""Keys change with overlap: published before the first signature, and for as long as anything signed may live."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from joserfc.jwk import ECKey, OKPKey

from consentry.audit import Event
from consentry.keys.model import Algorithm, KeyTransaction, SigningKey
from consentry.sealing import Sealer

SEAL_PURPOSE = "signing-key"
# Verifiers keep the JWK Set for a while, and so do our own processes: a key that signs is known to all by then.
ANNOUNCE_SECONDS = 3600
# Beyond the life of the longest token: clocks that differ, a process that learns late of a rotation.
MARGIN_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """What the operator decides. `max_age` and `token_ttl` (of the longest-living token) are in seconds."""

    algorithm: Algorithm
    max_age: int
    token_ttl: int


@dataclass(frozen=True, slots=True)
class Succession:
    """A key has to follow: upon which (None where no key signs), from when on, and why."""

    upon: SigningKey | None
    signs_from: int
    because: str


def make(sealer: Sealer, algorithm: Algorithm, now: int, signs_from: int | None = None) -> SigningKey:
    """A new key, which signs at once unless told otherwise. Its `kid` is its thumbprint (RFC 7638)."""
    key: ECKey | OKPKey
    match algorithm:
        case "ES256":
            key = ECKey.generate_key("P-256")
        case "EdDSA":
            key = OKPKey.generate_key("Ed25519")
        case _ as never:
            assert_never(never)
    kid = key.thumbprint()
    marks = {"kid": kid, "use": "sig", "alg": algorithm}
    public = {name: str(value) for name, value in key.as_dict(private=False).items()} | marks
    private = json.dumps(dict(key.as_dict(private=True)) | marks).encode()
    return SigningKey(kid, public, sealer.seal(private, SEAL_PURPOSE), now, now if signs_from is None else signs_from)


def opens(sealer: Sealer, key: SigningKey) -> bool:
    """Whether the private half can be read: not so where it was sealed under a key that the operator took away."""
    return sealer.open(key.sealed_private_jwk, SEAL_PURPOSE) is not None


def current(keys: Iterable[SigningKey], now: int) -> SigningKey | None:
    """Of keys that open, the one that signs: the newest that has begun.

    A retired one only where the newer does not open, and not so long that its tokens would outlive its publication.
    """
    able = [key for key in keys if key.signs_from <= now and key.published(now) and _may_sign(key, now)]
    return max(able, key=lambda key: (key.signs_from, key.kid), default=None)


def _may_sign(key: SigningKey, now: int) -> bool:
    if key.retired_at is None:
        return True
    # One that was overtaken while it was announced never begins.
    return key.signs_from < key.retired_at and now < key.retired_at + MARGIN_SECONDS // 2


def due(keys: list[SigningKey], sealer: Sealer, policy: KeyPolicy, now: int) -> Succession | None:
    """Whether another key has to be made: none signs, the last one is of age, or not of the algorithm wanted."""
    if current((key for key in keys if opens(sealer, key)), now) is None:
        return Succession(None, now, "no key signs")
    lasting = [key for key in keys if key.retired_at is None]
    last = max(lasting, key=lambda key: (key.signs_from, key.kid), default=None)
    # One that is announced has its time before it: two servers that are set differently change keys once an hour.
    if last is None or last.signs_from > now:
        return None
    if last.algorithm != policy.algorithm:
        return Succession(last, now + ANNOUNCE_SECONDS, f"signing_algorithm is {policy.algorithm}")
    if now + ANNOUNCE_SECONDS >= last.signs_from + policy.max_age:
        return Succession(last, now + ANNOUNCE_SECONDS, "of age")
    return None


async def succeed(tx: KeyTransaction, succession: Succession, fresh: SigningKey, policy: KeyPolicy, now: int) -> bool:
    """Of all processes that see a key come of age, one makes the next; False for the others."""
    upon = succession.upon
    if upon is not None:
        until = _published_until(fresh, policy)
        if not await tx.retire_signing_key(upon.kid, fresh.signs_from, until):
            return False
    await rotate(tx, fresh, policy, now, succession.because)
    return True


async def rotate(tx: KeyTransaction, fresh: SigningKey, policy: KeyPolicy, now: int, because: str) -> None:
    """The fresh key signs from its time on; the others stay published until all that they signed has expired."""
    await tx.add_signing_key(fresh)
    await tx.retire_signing_keys(fresh.kid, fresh.signs_from, _published_until(fresh, policy))
    await tx.add_event(Event("keys:signing_key:rotated", now, reason=because, detail={"kid": fresh.kid}))


async def withdraw(tx: KeyTransaction, fresh: SigningKey, now: int) -> None:
    """Somebody else may hold the private halves: from now on nothing that they signed is genuine."""
    await tx.add_signing_key(fresh)
    await tx.withdraw_signing_keys(fresh.kid, now)
    await tx.add_event(Event("keys:signing_key:withdrawn", now, reason="compromised", detail={"kid": fresh.kid}))


def publish(keys: Iterable[SigningKey], now: int) -> dict[str, list[dict[str, str]]]:
    """The JWK Set: what will sign, what signs, and what signed until lately."""
    return {"keys": [dict(key.public_jwk) for key in keys if key.published(now)]}


def _published_until(fresh: SigningKey, policy: KeyPolicy) -> int:
    return fresh.signs_from + policy.token_ttl + MARGIN_SECONDS
