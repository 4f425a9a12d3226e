"""What must be read back, at rest: AES-256-GCM under the operator's key. The first key seals, all open."""

import hmac
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consentry.tokens import Entropy

_NONCE_BYTES = 12
SHORTEST_KEY = 32


@dataclass(frozen=True, repr=False)
class Sealer:
    """Seals under `keys[0]`, opens under any of them, so that the operator's key can be exchanged while running."""

    keys: tuple[bytes, ...]
    entropy: Entropy

    def __post_init__(self) -> None:
        if not self.keys or any(len(key) < SHORTEST_KEY for key in self.keys):
            raise ValueError(f"the secret key must have at least {SHORTEST_KEY} characters")

    def seal(self, plaintext: bytes, purpose: str, beside: bytes = b"") -> bytes:
        """Nonce and ciphertext. `purpose` keeps one use from standing in for another; without `beside` (a secret
        that the store does not hold) it cannot be opened."""
        nonce = self.entropy(_NONCE_BYTES)
        return nonce + AESGCM(_derive(self.keys[0], purpose, beside)).encrypt(nonce, plaintext, None)

    def open(self, sealed: bytes, purpose: str, beside: bytes = b"") -> bytes | None:
        """The plaintext, or None where no key opens it."""
        nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        for key in self.keys:
            try:
                return AESGCM(_derive(key, purpose, beside)).decrypt(nonce, ciphertext, None)
            except (InvalidTag, ValueError):
                continue
        return None

    def sign(self, message: bytes, purpose: str) -> bytes:
        """A keyed digest of 32 bytes, for what need not be read back."""
        return hmac.digest(_derive(self.keys[0], purpose, b""), message, "sha256")

    def signatures(self, message: bytes, purpose: str) -> tuple[bytes, ...]:
        """What each key makes of it, the newest first: for finding what was kept under one of them."""
        return tuple(hmac.digest(_derive(key, purpose, b""), message, "sha256") for key in self.keys)

    def verify(self, message: bytes, purpose: str, signature: bytes) -> bool:
        """Whether one of the keys made the signature."""
        return any(
            hmac.compare_digest(hmac.digest(_derive(key, purpose, b""), message, "sha256"), signature)
            for key in self.keys
        )


def _derive(key: bytes, purpose: str, beside: bytes) -> bytes:
    return hmac.digest(key, b"consentry\0" + purpose.encode() + b"\0" + beside, sha256)
