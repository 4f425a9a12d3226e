"""Signing keys: made, published before they sign, rotated with overlap; what they sign and verify (RFC 7515, 7517)."""

from consentry.keys.model import Algorithm, Jwk, KeyTransaction, SigningKey
from consentry.keys.rotation import (
    ANNOUNCE_SECONDS,
    MARGIN_SECONDS,
    SEAL_PURPOSE,
    KeyPolicy,
    Succession,
    due,
    make,
    opens,
    publish,
    rotate,
    succeed,
    withdraw,
)
from consentry.keys.signer import Claims, NoSigningKeyError, Signer

__all__ = [
    "ANNOUNCE_SECONDS",
    "MARGIN_SECONDS",
    "SEAL_PURPOSE",
    "Algorithm",
    "Claims",
    "Jwk",
    "KeyPolicy",
    "KeyTransaction",
    "NoSigningKeyError",
    "Signer",
    "SigningKey",
    "Succession",
    "due",
    "make",
    "opens",
    "publish",
    "rotate",
    "succeed",
    "withdraw",
]
