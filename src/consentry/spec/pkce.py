"""Proof Key for Code Exchange: RFC 7636, S256 alone (OAuth 2.1 §4.1.1)."""

import hmac
import re
from base64 import urlsafe_b64encode
from hashlib import sha256

METHODS = ("S256",)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # §4.2: the base64url of a SHA-256
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # §4.1


def challenge_of(verifier: str) -> str:
    """BASE64URL(SHA256(ASCII(code_verifier))): §4.2."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def is_challenge(text: str) -> bool:
    """Whether the text can be the S256 challenge of anything."""
    return _CHALLENGE.fullmatch(text) is not None


def proves(verifier: str, challenge: str) -> bool:
    """Whether this verifier, and no other, made the challenge: §4.6."""
    return _VERIFIER.fullmatch(verifier) is not None and hmac.compare_digest(challenge_of(verifier), challenge)
