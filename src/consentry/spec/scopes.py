"""Scopes: RFC 6749 §3.3."""

import re
from collections.abc import Iterable

Scope = frozenset[str]

OFFLINE_ACCESS = "offline_access"  # OpenID Connect Core §11
OPENID, PROFILE, EMAIL = "openid", "profile", "email"  # OpenID Connect Core §5.4
IDENTITY: Scope = frozenset({OPENID, PROFILE, EMAIL})
# What goes beside the scopes of a deployment, and is worth nothing at one.
BESIDE: Scope = IDENTITY | {OFFLINE_ACCESS}
_TOKEN = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")


def parse(text: str | None) -> Scope | None:
    """A space-delimited list to a set; None where a token has a character that RFC 6749 §3.3 does not allow."""
    tokens = (text or "").split(" ")
    if any(token and not _TOKEN.fullmatch(token) for token in tokens):
        return None
    return frozenset(token for token in tokens if token)


def render(scope: Iterable[str]) -> str:
    """A set to the space-delimited list, in a steady order."""
    return " ".join(sorted(scope))


def narrow(requested: Scope, permitted: Scope, default: Scope) -> Scope:
    """What of a request is permitted; the default where nothing (or nothing known) was asked for.

    RFC 6749 §3.3 lets a server ignore part of what is asked for, as long as the answer names what was granted.
    `email` and `profile` mean something beside `openid` alone (OpenID Connect Core §3.1.2.1).
    """
    granted = requested & permitted
    if OPENID not in granted:
        granted -= IDENTITY
    return granted if granted - BESIDE else granted | default
