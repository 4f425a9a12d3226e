"""Which registrations say the same: those of public clients fold into one (ADR 14)."""

import json
from hashlib import sha256

from consentry.clients.model import Client
from consentry.spec import scopes, uris
from consentry.tokens import Digest


def canonical(client: Client) -> bytes:
    """All that the client may do and all that people see of it, in one spelling.

    Loopback ports are left out because they may vary anyway (RFC 8252 §7.3); any other difference makes another client.
    """
    said = {
        "name": client.name,
        "redirect_uris": sorted({uris.without_loopback_port(uri) for uri in client.redirect_uris}),
        "grant_types": sorted(client.grant_types),
        "auth_method": client.auth_method,
        "application_type": client.application_type,
        "scope": sorted(scopes.parse(client.scope) or ()),
        "metadata": dict(client.metadata or {}),
        "jwks": [dict(key) for key in client.jwks or ()],
        "jwks_uri": client.jwks_uri,
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def fingerprint(client: Client) -> Digest | None:
    """None where it must never be shared: whoever has a secret (or a key) is one party, and no other."""
    if not client.public or client.source != "registration":
        return None
    return Digest(sha256(canonical(client)).digest())
