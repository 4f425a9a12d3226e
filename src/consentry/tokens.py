"""Secrets that strangers carry: minted once, recognised by prefix and checksum, kept only as digests."""

import hashlib
import re
import zlib
from collections.abc import Callable
from enum import StrEnum
from typing import NewType, NoReturn

Digest = NewType("Digest", bytes)
Entropy = Callable[[int], bytes]

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Each letter stands for four bytes; those that are left over would make some letters likelier than others.
_LETTERS = bytes(ord(_ALPHABET[byte % 62]) for byte in range(256))
_LEFT_OVER = bytes(range(4 * 62, 256))
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_BODY_LENGTH = 43  # 62^43 > 2^256: RFC 6749 §10.10 asks for a guess below 2^-128
_CHECKSUM_LENGTH = 6  # 62^6 > 2^32

DEFAULT_KEY_PREFIX = "cy_ak_"
LONGEST_KEY_PREFIX = 16
_OWN = "cy_"
_KEY_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*_")


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
    JWT_ID = "cy_ji"  # names a JWT, and opens nothing by itself
    DEVICE_CODE = "cy_dc"
    LINK = "cy_ln"
    PERSONAL_TOKEN = "cy_pt"  # noqa: S105


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
    return _minted(f"{kind}_", entropy)


def mint_key(prefix: str, entropy: Entropy) -> Secret:
    """A new API key, which begins with the operator's prefix, in which `key_prefix_fault` found nothing."""
    return _minted(prefix, entropy)


def key_prefix_fault(prefix: str) -> str | None:
    """What is wrong with a prefix for API keys, in words."""
    if len(prefix) > LONGEST_KEY_PREFIX or not _KEY_PREFIX.fullmatch(prefix):
        return (
            f"A key prefix is at most {LONGEST_KEY_PREFIX} letters, digits and single underscores; it begins with a "
            "letter and ends with an underscore, as in rmt_."
        )
    if prefix.startswith(_OWN) and prefix != DEFAULT_KEY_PREFIX:
        return f"Prefixes that begin with {_OWN} are this program's own: choose another."
    return None


def identifier(prefix: str, entropy: Entropy) -> str:
    """A public name that nobody can guess or count: `<prefix>_<22 characters>`, letters and digits only."""
    return f"{prefix}_{_drawn(entropy, 22)}"


def recognise(text: str, kind: Kind) -> Secret | None:
    """The presented text as a secret of that kind, or None: a mistyped or invented one never reaches the store."""
    prefix = f"{kind}_"
    return _recognised(text, prefix) if text.startswith(prefix) else None


def recognise_key(text: str) -> Secret | None:
    """The presented text as an API key of whatever prefix, or None; the checksum covers the prefix."""
    prefix = text[: -(_BODY_LENGTH + _CHECKSUM_LENGTH)]
    return None if key_prefix_fault(prefix) else _recognised(text, prefix)


def _minted(prefix: str, entropy: Entropy) -> Secret:
    text = prefix + _drawn(entropy, _BODY_LENGTH)
    return Secret(text + _checksum(text))


def _recognised(text: str, prefix: str) -> Secret | None:
    if len(text) != len(prefix) + _BODY_LENGTH + _CHECKSUM_LENGTH:
        return None
    body = text[len(prefix) : -_CHECKSUM_LENGTH]
    if not (body.isascii() and body.isalnum()):
        return None
    return Secret(text) if text[-_CHECKSUM_LENGTH:] == _checksum(prefix + body) else None


def _checksum(text: str) -> str:
    """CRC-32 in base 62, two digits at a time."""
    rest, low = divmod(zlib.crc32(text.encode()), 62 * 62)
    high, middle = divmod(rest, 62 * 62)
    return _PAIRS[high] + _PAIRS[middle] + _PAIRS[low]


def _drawn(entropy: Entropy, length: int) -> str:
    """So many letters and digits, each as likely as any other."""
    letters = b""
    while len(letters) < length:
        letters += entropy(length + len(_LEFT_OVER)).translate(_LETTERS, _LEFT_OVER)
    return letters[:length].decode()
