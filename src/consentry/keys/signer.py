"""Signing with the current key, verifying by our own published set: JWS compact serialization, RFC 7515 §3.1."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256, sha512
from typing import Any, TypeGuard

import structlog
from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey
from joserfc.jws import CompactSignature, JWSRegistry

from consentry.keys.model import ALGORITHMS, Algorithm, SigningKey
from consentry.keys.rotation import SEAL_PURPOSE, current
from consentry.sealing import Sealer

log = structlog.get_logger(__name__)

Claims = Mapping[str, Any]
Key = ECKey | OKPKey

# Every process learns of a rotation within this time, and a fresh key is announced for far longer than that.
REFRESH_SECONDS = 60
# Whoever invents key ids makes us ask the store no more often than this.
UNKNOWN_KID_SECONDS = 5
LONGEST_JWT = 8192
MOST_VERIFIED = 4096


class NoSigningKeyError(Exception):
    """No key of this installation can sign: `secret_key` opens none of them, or none was made."""


class _Registry(JWSRegistry):
    """RFC 9864 calls it Ed25519 now; joserfc warns at each use of EdDSA, the name that verifiers in the field know."""

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


_REGISTRY = _Registry()


@dataclass(frozen=True, slots=True)
class _Ring:
    """The keys as they were read, the private halves opened."""

    keys: tuple[SigningKey, ...]
    private: Mapping[str, Key]
    public: Mapping[str, Key]
    read_at: int

    def signing(self, now: int) -> SigningKey | None:
        return current((key for key in self.keys if key.kid in self.private), now)

    def published(self, kid: str, now: int) -> SigningKey | None:
        return next((key for key in self.keys if key.kid == kid and key.published(now)), None)


@dataclass(frozen=True, slots=True)
class _Verified:
    kid: str
    typ: str
    claims: Claims


@dataclass(slots=True)
class Signer:
    """One for each process. `read` lists the keys of the store, `clock` gives epoch seconds, `algorithm` is what the
    next key is made for.

    What was verified is remembered by its digest, so that a token that comes with every call costs one hash.
    """

    issuer: str
    algorithm: Algorithm
    sealer: Sealer
    read: Callable[[], Awaitable[list[SigningKey]]]
    clock: Callable[[], int]
    _ring: _Ring | None = None
    _asked_at: int = 0
    _verified: dict[bytes, _Verified] = field(default_factory=dict)

    async def sign(self, claims: Claims, typ: str, *, access_token: str | None = None) -> str:
        """A compact JWS of `claims`, with `iss`; `typ` says what it is and is checked by `verify` (RFC 8725 §3.11).
        `access_token` is what `at_hash` binds it to, by a digest that is the key's matter."""
        now = self.clock()
        ring = await self._at(now, REFRESH_SECONDS)
        key = ring.signing(now)
        if key is None:
            raise NoSigningKeyError(
                "no signing key opens: give the secret_key that sealed them, and run consentry init"
            )
        if access_token is not None:
            claims = dict(claims) | {"at_hash": _at_hash(access_token, key.algorithm)}
        # RFC 7515 §5.1; joserfc's own way there looks all of it over again, at half the price of the signature.
        signed = f"{_header(key.algorithm, typ, key.kid)}.{_encoded({'iss': self.issuer} | dict(claims))}"
        signature = _REGISTRY.get_alg(key.algorithm).sign(signed.encode(), ring.private[key.kid])
        return f"{signed}.{_base64url(signature)}"

    async def verify(self, text: str, typ: str, *, expired_too: bool = False) -> Claims | None:
        """The claims of what we signed as such a `typ`, or None. Audience and what else the claims say is the
        caller's business; and so is `exp` where `expired_too` is set."""
        now = self.clock()
        claims = await self._genuine(text, typ, now)
        if claims is None or claims.get("iss") != self.issuer:
            return None
        exp, nbf = claims.get("exp"), claims.get("nbf", 0)
        if not (_is_time(exp) and _is_time(nbf)) or nbf > now:
            return None
        return claims if expired_too or now < exp else None

    async def _genuine(self, text: str, typ: str, now: int) -> Claims | None:
        if len(text) > LONGEST_JWT or not text.isascii():
            return None
        ring = await self._at(now, REFRESH_SECONDS)
        digest = sha256(text.encode()).digest()
        if known := self._verified.get(digest):
            return known.claims if known.typ == typ and ring.published(known.kid, now) else None
        try:
            token = jws.extract_compact(text.encode(), registry=_REGISTRY)
        except (JoseError, ValueError, RecursionError):
            return None
        header = token.headers()
        kid = header.get("kid")
        if not isinstance(kid, str) or header.get("typ") != typ:
            return None
        key = ring.published(kid, now)
        if key is None:
            ring = await self._at(now, UNKNOWN_KID_SECONDS)
            key = ring.published(kid, now)
        # The key decides the algorithm, the token only agrees; keys that a header brings along are not looked at.
        if key is None or header.get("alg") != key.algorithm or not _signed(token, ring.public[kid]):
            return None
        claims = _parsed(token.payload)
        if len(self._verified) >= MOST_VERIFIED:
            self._verified.clear()
        self._verified[digest] = _Verified(kid, typ, claims)
        return claims

    async def _at(self, now: int, most_seconds: int) -> _Ring:
        """The keys, read not longer ago than that. A store that is away for a moment costs nothing."""
        ring = self._ring
        if ring is not None and (now - ring.read_at < most_seconds or now - self._asked_at < UNKNOWN_KID_SECONDS):
            return ring
        self._asked_at = now
        try:
            keys = await self.read()
        except Exception as error:
            if ring is None:
                raise
            log.warning("the signing keys could not be read again; those known are used", reason=repr(error))
            return ring
        self._ring = self._opened(keys, now)
        return self._ring

    def _opened(self, keys: list[SigningKey], now: int) -> _Ring:
        known = self._ring.private if self._ring else {}
        private = dict(known)
        for key in keys:
            if key.kid not in private:
                opened = self.sealer.open(key.sealed_private_jwk, SEAL_PURPOSE)
                if opened is not None:
                    private[key.kid] = _imported(json.loads(opened))
        public = {key.kid: _imported(dict(key.public_jwk)) for key in keys}
        return _Ring(tuple(keys), {kid: private[kid] for kid in public if kid in private}, public, now)


@lru_cache(maxsize=64)  # the same for each token of a kind, as long as the key signs
def _header(algorithm: str, typ: str, kid: str) -> str:
    return _encoded({"alg": algorithm, "typ": typ, "kid": kid})


def _encoded(part: Claims) -> str:
    return _base64url(json.dumps(part, separators=(",", ":"), ensure_ascii=False).encode())


def _base64url(content: bytes) -> str:
    """RFC 7515 §2."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _at_hash(access_token: str, algorithm: str) -> str:
    """The left half of the digest that goes with the signature's algorithm: OpenID Connect Core §3.1.3.6."""
    digest = (sha512 if algorithm == "EdDSA" else sha256)(access_token.encode()).digest()
    return _base64url(digest[: len(digest) // 2])


def _imported(jwk: dict[str, Any]) -> Key:
    key = JWKRegistry.import_key(jwk)
    if not isinstance(key, ECKey | OKPKey):
        raise TypeError(f"a signing key of another type: {jwk.get('kty')}")
    return key


def _signed(token: CompactSignature, key: Key) -> bool:
    try:
        return jws.validate_compact(token, key, registry=_REGISTRY)
    except (JoseError, ValueError):
        return False


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_time(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
