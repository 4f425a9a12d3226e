"""Passwords: argon2id (RFC 9106), the rules of NIST SP 800-63B §3.1.1. Slow on purpose: never on the event loop."""

import unicodedata
from dataclasses import dataclass, field
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 1024
_ROWS = ("01234567890123456789", "12345678901234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")


def fault(password: str, email: str = "") -> str | None:
    """Why a password will not do, in words."""
    if len(password) < SHORTEST:
        return f"The password is too short: use at least {SHORTEST} characters."
    if len(password) > LONGEST:
        return f"The password is too long: use at most {LONGEST} characters."
    folded = password.casefold()
    plain = folded.strip("0123456789!?.,-_ ")
    if folded in _common() or plain in _common() or _is_pattern(folded):
        return "That password is one of the first that anybody would try: choose another."
    address = email.strip().casefold()
    if address and {folded, plain} & {address, address.partition("@")[0]}:
        return "The password is your email address: choose another."
    return None


def _is_pattern(text: str) -> bool:
    """A piece said over and over, or a walk along the alphabet, the digits or the keyboard, there or back."""
    repeated = text in (text * 2)[1:-1]
    return repeated or len(set(text)) < 4 or any(text in row or text[::-1] in row for row in _ROWS)


@cache
def _common() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 - a big list, wanted only where one is set

    return frozenset(FREQUENCY_LISTS["passwords"])


@dataclass(frozen=True)
class Passwords:
    """Makes and verifies hashes."""

    hasher: PasswordHasher = field(default_factory=PasswordHasher)

    def hash(self, password: str) -> str:
        return self.hasher.hash(_normal(password))

    def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether it is the password. Without a hash (None, or an empty one) it takes as long and says no, so that time
        tells nothing."""
        try:
            self.hasher.verify(password_hash or self._nobody, _normal(password[:LONGEST]))
        except (VerificationError, InvalidHashError):
            return False
        return bool(password_hash) and len(password) <= LONGEST

    @property
    def _nobody(self) -> str:
        return _hash_of_nothing(self.hasher)


def _normal(password: str) -> str:
    """§3.1.1.2: one password, however a keyboard composes its accents."""
    return unicodedata.normalize("NFKC", password)


@cache
def _hash_of_nothing(hasher: PasswordHasher) -> str:
    return hasher.hash("a password that no account has")
