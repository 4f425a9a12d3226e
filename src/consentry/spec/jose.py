"""Strangers' signatures: compact JWS (RFC 7515 §7.1) under public JWKs (RFC 7517); the key decides, not the header."""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

Jwk = Mapping[str, str]
Jwks = Sequence[Jwk]

LONGEST_JWS = 8192
MOST_KEYS = 20
LONGEST_MEMBER = 2048
# A larger modulus or exponent makes one look at a signature cost what a thousand should (RFC 7518 §3.3 wants 2048).
_RSA_BITS = range(2048, 4096 + 1)
_LARGEST_RSA_EXPONENT = 2**32


@dataclass(frozen=True, slots=True)
class _Algorithm:
    """What kind of key it takes, and what joserfc calls it."""

    kty: str
    crv: str | None
    name: str


# RFC 8725 §3.1: a fixed list. EdDSA (RFC 8037) is taken by both of its names (RFC 9864).
_ALGORITHMS: Mapping[str, _Algorithm] = MappingProxyType(
    {
        "RS256": _Algorithm("RSA", None, "RS256"),
        "PS256": _Algorithm("RSA", None, "PS256"),
        "ES256": _Algorithm("EC", "P-256", "ES256"),
        "EdDSA": _Algorithm("OKP", "Ed25519", "Ed25519"),
        "Ed25519": _Algorithm("OKP", "Ed25519", "Ed25519"),
    }
)
ALGORITHMS = tuple(_ALGORITHMS)

_PUBLIC_MEMBERS = ("kty", "crv", "x", "y", "n", "e", "kid", "use", "alg")
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Jws:
    """A compact JWS taken apart, and not believed yet."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes

    @property
    def kid(self) -> str | None:
        kid = self.header.get("kid")
        return kid if isinstance(kid, str) else None


def parse(text: str) -> Jws | None:
    """A JWT in compact form; None for whatever else it is."""
    parts = text.split(".")
    if len(text) > LONGEST_JWS or len(parts) != 3:
        return None
    header, claims, signature = (_decoded(part) for part in parts)
    if header is None or claims is None or signature is None:
        return None
    try:
        found = [json.loads(part, object_pairs_hook=_once, parse_constant=_no_constant) for part in (header, claims)]
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(one, dict) for one in found):
        return None
    return Jws(found[0], found[1], ".".join(parts[:2]).encode(), signature)


def verified(jws: Jws, keys: Jwks) -> bool:
    """Whether one of the keys made the signature, by an algorithm that is that key's own."""
    algorithm = _ALGORITHMS.get(str(jws.header.get("alg")))
    # RFC 7515 §4.1.11: what `crit` names has to be understood, and nothing is here.
    if algorithm is None or "crit" in jws.header:
        return False
    return any(_made(jws, algorithm, key) for key in keys if _fits(jws, algorithm, key))


def is_time(value: object) -> bool:
    """RFC 7519 §2: seconds, whole or not; a bound keeps infinity and the like out."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**40


def knows(keys: Jwks, kid: str | None) -> bool:
    """Whether the set has a key of that name; a signature that names none may be of any."""
    return kid is None or any(key.get("kid") == kid for key in keys)


def public_keys(document: object) -> Jwks | str:
    """A JWK Set's public keys, less what nobody here reads; or in words what is wrong with it."""
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or not listed:
        return "must be a JWK Set: an object with a list of keys"
    if len(listed) > MOST_KEYS:
        return f"must have at most {MOST_KEYS} keys"
    kept: list[Jwk] = []
    for key in listed:
        if not isinstance(key, dict):
            return "must hold objects alone"
        if _PRIVATE_MEMBERS & key.keys():
            return "holds a private or shared key: send the public halves alone"
        members = {name: key[name] for name in _PUBLIC_MEMBERS if name in key}
        if all(_is_member(value) for value in members.values()):
            kept.append(members)
    if not any(_usable(key) for key in kept):
        return "has no key that is used here: RSA of 2048 to 4096 bits, P-256 or Ed25519"
    return tuple(kept)


def _is_member(value: object) -> bool:
    """Text that can be kept and given back: JSON's escapes can say lone surrogates, UTF-8 cannot."""
    return isinstance(value, str) and len(value) <= LONGEST_MEMBER and value.isascii() and value.isprintable()


def _fits(jws: Jws, algorithm: _Algorithm, key: Jwk) -> bool:
    if (key.get("kty"), key.get("crv")) != (algorithm.kty, algorithm.crv) or not _usable(key):
        return False
    named = _ALGORITHMS.get(key["alg"]) if "alg" in key else algorithm
    if key.get("use", "sig") != "sig" or named != algorithm:
        return False
    return "kid" not in jws.header or key.get("kid") == jws.kid


def _made(jws: Jws, algorithm: _Algorithm, key: Jwk) -> bool:
    loaded = _loaded(key)
    if loaded is None:
        return False
    try:
        return bool(JWSRegistry.algorithms[algorithm.name].verify(jws.signed, jws.signature, loaded))
    except ValueError:
        return False


def _usable(key: Jwk) -> bool:
    match key.get("kty"):
        case "RSA":
            bits, exponent = _number(key.get("n")).bit_length(), _number(key.get("e"))
            return bits in _RSA_BITS and exponent <= _LARGEST_RSA_EXPONENT and _loaded(key) is not None
        case "EC" | "OKP":
            return key.get("crv") in {"P-256", "Ed25519"} and _loaded(key) is not None
        case _:
            return False


def _loaded(key: Jwk) -> RSAKey | ECKey | OKPKey | None:
    kinds: dict[str, type[RSAKey] | type[ECKey] | type[OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    members = {name: key[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in key}
    try:
        loaded = kinds[key["kty"]].import_key(members)  # type: ignore[arg-type]
        assert loaded.public_key is not None  # noqa: S101 - loads it: a point that is on no curve raises here
    except (ValueError, KeyError, TypeError):
        return None
    return loaded


def _number(member: str | None) -> int:
    return int.from_bytes(_decoded(member or "") or b"")


def _decoded(part: str) -> bytes | None:
    if not _BASE64URL.fullmatch(part) or len(part) % 4 == 1:
        return None
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """RFC 7515 §4: a member that is given twice means two things to two readers."""
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a member is given twice")
    return dict(pairs)


def _no_constant(name: str) -> None:
    raise ValueError(name)
