"""Clients that sign: key pairs made once, and the assertions made with them."""

import json
from base64 import urlsafe_b64encode
from functools import cache
from typing import Any

from joserfc.jwk import ECKey, Key, KeyParameters, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from consentry.spec import jose
from consentry.spec.jose import Jwks
from tests.builders import NOW

ISSUER = "https://consentry.example"
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# joserfc has EdDSA by its newer name.
NAMES = {"EdDSA": "Ed25519"}


@cache
def key(alg: str, name: str = "one") -> Key:
    """A key pair for that algorithm; always the same under one name."""
    parameters: KeyParameters = {"kid": f"{name}-{alg}"}
    if alg in {"RS256", "PS256"}:
        return RSAKey.generate_key(2048, parameters)
    if alg == "ES256":
        return ECKey.generate_key("P-256", parameters)
    if alg == "HS256":
        return OctKey.generate_key(256, parameters)
    return OKPKey.generate_key("Ed25519", parameters)


def jwks(*keys: Key) -> dict[str, Any]:
    """The public halves."""
    return {"keys": [dict(one.as_dict(private=False)) for one in keys]}


def public(*keys: Key) -> Jwks:
    """The same, as it is kept."""
    kept = jose.public_keys(jwks(*keys))
    assert not isinstance(kept, str), kept
    return kept


def signed(claims: dict[str, Any], alg: str = "ES256", by: Key | None = None, **header: Any) -> str:
    """A compact JWS; None leaves a header out."""
    by = by or key(alg)
    whole = {"alg": alg, "typ": "JWT", "kid": by.kid} | header
    head = {name: value for name, value in whole.items() if value is not None}
    text = f"{encoded(json.dumps(head).encode())}.{encoded(json.dumps(claims).encode())}"
    algorithm = JWSRegistry.algorithms[NAMES.get(alg, alg)]
    return f"{text}.{encoded(algorithm.sign(text.encode(), by))}"


def claims(client_id: str, *, now: int = NOW, **changes: Any) -> dict[str, Any]:
    """What an assertion says; None leaves a claim out."""
    said = {"iss": client_id, "sub": client_id, "aud": ISSUER, "jti": "one", "iat": now, "exp": now + 60} | changes
    return {name: value for name, value in said.items() if value is not None}


def encoded(part: bytes) -> str:
    return urlsafe_b64encode(part).rstrip(b"=").decode()
