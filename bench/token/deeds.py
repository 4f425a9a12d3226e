"""What is measured: one kind of request each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Deed = Literal["refresh", "jwt refresh", "code exchange", "introspection", "metadata"]

# What the server does for it, as the page says it.
DEEDS: Mapping[Deed, str] = MappingProxyType(
    {
        "refresh": "A refresh token for an opaque access token and the next refresh token.",
        "jwt refresh": "The same for an access token that is a JWT, signed with ES256.",
        "code exchange": "An authorization code, with PKCE, for an opaque access token and a refresh token.",
        "introspection": "A resource server, which proves itself by a secret, asks about an opaque access token.",
        "metadata": "The authorization server's metadata document.",
    }
)
USED_UP: frozenset[Deed] = frozenset({"code exchange"})
