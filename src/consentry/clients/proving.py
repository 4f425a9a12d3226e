"""The keys that a client registers for private_key_jwt: RFC 7591 §2, `jwks` or `jwks_uri`."""

from collections.abc import Mapping
from dataclasses import dataclass

from consentry.clients.model import Json
from consentry.spec import jose, uris
from consentry.spec.jose import Jwks

LONGEST_JWKS_URI = 500


@dataclass(frozen=True, slots=True)
class Keys:
    """Given once, or found where the client says; neither where it proves itself in another way."""

    jwks: Jwks | None = None
    jwks_uri: str | None = None


def read(metadata: Mapping[str, Json], method: str) -> Keys | str:
    """The keys in a client's metadata, or in words what is wrong with them."""
    jwks, jwks_uri = metadata.get("jwks"), metadata.get("jwks_uri")
    if jwks is not None and jwks_uri is not None:  # RFC 7591 §2: never both
        return "jwks and jwks_uri must not be sent together."
    if method != "private_key_jwt":
        return Keys()  # keys for encryption and the like, which nobody here reads
    if jwks is not None:
        keys = jose.public_keys(jwks)
        return f"jwks {keys}." if isinstance(keys, str) else Keys(jwks=keys)
    if not isinstance(jwks_uri, str):
        return "token_endpoint_auth_method private_key_jwt needs jwks (the public keys) or jwks_uri (where they are)."
    return _of_uri(jwks_uri)


def _of_uri(uri: str) -> Keys | str:
    parts = uris.split(uri) if len(uri) <= LONGEST_JWKS_URI and uri.isascii() and uri.isprintable() else None
    if parts is None or parts.scheme != "https" or not parts.hostname or parts.username is not None or "#" in uri:
        return f"jwks_uri must be an https URL of at most {LONGEST_JWKS_URI} characters, without user or fragment."
    return Keys(jwks_uri=uri)
