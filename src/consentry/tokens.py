"""Secrets that strangers carry: minted once, recognised by prefix and checksum, kept only as digests."""

import hashlib
import zlib
from collections.abc import Callable
from enum import StrEnum
from typing import NewType, NoReturn

Digest = NewType("Digest", bytes)
Entropy = Callable[[int], bytes]

SECRET_BYTES = 32  # 256 bits: RFC 6749 §10.10 asks for a guess below 2^-128
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]  # two digits at a time: half the divisions
_BODY_LENGTH = 43  # 62^43 > 2^256
_CHECKSUM_LENGTH = 6  # 62^6 > 2^32


class Kind(StrEnum):
    """What a secret is for; it stands in the secret's prefix, so that a leaked one can be told and reported."""

    ACCESS_TOKEN = "cy_at"  # noqa: S105
    REFRESH_TOKEN = "cy_rt"  # noqa: S105
    AUTHORIZATION_CODE = "cy_ac"
    CLIENT_SECRET = "cy_cs"  # noqa: S105
    SESSION = "cy_se"
    PUSHED_REQUEST = "cy_pr"
    REGISTRATION_TOKEN = "cy_rg"  # noqa: S105
    INITIAL_ACCESS_TOKEN = "cy_ia"  # noqa: S105


class Secret:
    """A minted or presented secret. Its text leaves it only through `reveal`, never through repr, str or a log."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one answer that hands it out."""
        return self._text

    def digest(self) -> Digest:
        """SHA-256 of the text: what the store keeps. Unsalted, because the text is 256 random bits."""
        return Digest(hashlib.sha256(self._text.encode()).digest())

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is neither pickled nor copied")


def mint(kind: Kind, entropy: Entropy) -> Secret:
    """A new secret: `<kind>_<43 characters><6 of checksum>`, letters and digits only."""
    body = _base62(int.from_bytes(entropy(SECRET_BYTES)), _BODY_LENGTH)
    return Secret(f"{kind}_{body}{_checksum(kind, body)}")


def identifier(prefix: str, entropy: Entropy) -> str:
    """A public name that nobody can guess or count: `<prefix>_<22 characters>`, letters and digits only."""
    return f"{prefix}_{_base62(int.from_bytes(entropy(16)), 22)}"


def recognise(text: str, kind: Kind) -> Secret | None:
    """The presented text as a secret of that kind, or None: a mistyped or invented one never reaches the store."""
    prefix = f"{kind}_"
    if len(text) != len(prefix) + _BODY_LENGTH + _CHECKSUM_LENGTH or not text.startswith(prefix):
        return None
    body = text[len(prefix) : -_CHECKSUM_LENGTH]
    if not (body.isascii() and body.isalnum()):
        return None
    if text[-_CHECKSUM_LENGTH:] != _checksum(kind, body):
        return None
    return Secret(text)


def _checksum(kind: Kind, body: str) -> str:
    return _base62(zlib.crc32(f"{kind}_{body}".encode()), _CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    pairs = []
    for _ in range(0, length, 2):
        number, rest = divmod(number, 62 * 62)
        pairs.append(_PAIRS[rest])
    pairs.reverse()
    return "".join(pairs)[-length:]
