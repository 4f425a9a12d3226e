"""Time-based one-time passwords: RFC 6238 over RFC 4226, as every authenticator has them (SHA-1, six digits, 30 s)."""

import hmac
from base64 import b32encode
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
KEY_BYTES = 20  # RFC 4226 §4: the length of the hash


def step_at(now: int) -> int:
    """The step that epoch seconds fall into: RFC 6238 §4.2."""
    return now // STEP_SECONDS


def code(key: bytes, step: int, digits: int = DIGITS) -> str:
    """RFC 4226 §5.3: four bytes of the HMAC, from where its last one says, in decimal."""
    digest = hmac.digest(key, step.to_bytes(8), "sha1")
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}}"


def matching_step(key: bytes, given: str, now: int) -> int | None:
    """The step whose code it is: this one, or its neighbours, for clocks that go wrong (RFC 6238 §5.2)."""
    this = step_at(now)
    found = [step for step in (this - 1, this, this + 1) if hmac.compare_digest(code(key, step), given)]
    return found[-1] if found else None


def shown(key: bytes) -> str:
    """The key as a person types it: base32, in groups of four."""
    text = b32encode(key).decode().rstrip("=")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def uri(key: bytes, issuer: str, account: str) -> str:
    """What an authenticator reads from a QR code: the Key Uri Format."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='')}"
    return f"otpauth://totp/{label}?{urlencode({'secret': shown(key).replace(' ', ''), 'issuer': issuer})}"
