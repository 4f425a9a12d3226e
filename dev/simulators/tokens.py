"""The token endpoint in each client's manner: code, refresh, and how it proves who it is (OAuth 2.1 §3.2)."""

import asyncio
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from time import time
from typing import Any
from urllib.parse import quote_plus

import httpx2
from dev.simulators.authorization import Answer, Identity, resource_of
from dev.simulators.discovery import Place
from dev.simulators.wire import GotStuckError, Wire, read_json
from joserfc import jwt
from joserfc.jwk import RSAKey

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the client keeps of an answer."""

    access: str
    refresh: str
    expires_in: int
    scope: str


class RefusedError(Exception):
    """The token endpoint's error, as clients key on it."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


async def exchange(wire: Wire, place: Place, identity: Identity, answer: Answer) -> Tokens:
    """grant_type=authorization_code."""
    form = {
        "grant_type": "authorization_code",
        "code": answer.code,
        "redirect_uri": identity.redirect_uri,
        "client_id": identity.client_id,
        "code_verifier": answer.verifier,
    }
    return _read(await _post(wire, place, identity, form, resource=True))


async def refresh(wire: Wire, place: Place, identity: Identity, tokens: Tokens) -> list[Tokens]:
    """As many at once as this client sends, from as many addresses; all of them have to come back with tokens."""
    habit = wire.client.refreshing
    form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh, "client_id": identity.client_id}
    if habit.scope:
        form["scope"] = tokens.scope
    responses = await asyncio.gather(
        *(
            _post(wire, place, identity, form, resource=habit.resource, address=one % habit.addresses)
            for one in range(habit.parallel)
        )
    )
    return [_read(response) for response in responses]


async def _post(
    wire: Wire, place: Place, identity: Identity, form: Mapping[str, str], *, resource: bool, address: int = 0
) -> httpx2.Response:
    sent, headers = dict(form), {}
    if resource and (named := resource_of(wire.client, place)) is not None:
        sent["resource"] = named
    if wire.client.manner.accept is not None:
        headers["accept"] = wire.client.manner.accept
    if identity.secret is not None and identity.auth_method == "client_secret_post":
        sent["client_secret"] = identity.secret
    elif identity.secret is not None:
        headers["authorization"] = _basic(identity.client_id, identity.secret, raw=wire.client.basic == "raw")
    elif wire.client.public_basic:
        headers["authorization"] = _basic(identity.client_id, "a-secret-nobody-gave-it", raw=True)
    if wire.client.signs:
        sent |= {"client_assertion_type": ASSERTION_TYPE, "client_assertion": _assertion(identity, place)}
    named_words = [f"{name}={sent[name]}" for name in ("grant_type", "resource", "scope") if name in sent]
    origin = [f"from address {address + 1}"] if address else []
    did = " ".join([*named_words, *origin])
    return await wire.post_form(place.endpoint("token_endpoint"), sent, did, headers, address=address)


def _read(response: httpx2.Response) -> Tokens:
    if response.status_code in {400, 401} and (error := read_json(response, 400, 401).get("error")):
        if (response.status_code == 401) != (error == "invalid_client"):
            raise GotStuckError(f"{error} comes with {response.status_code}, and clients expect otherwise")
        raise RefusedError(str(error))
    told = read_json(response)
    wrong = [
        name
        for name, kind in (("access_token", str), ("refresh_token", str), ("expires_in", int), ("scope", str))
        if not isinstance(told.get(name), kind)
    ]
    if wrong or str(told.get("token_type")).lower() != "bearer":
        raise GotStuckError(f"the token answer lacks {', '.join(wrong) or 'token_type Bearer'}")
    return Tokens(told["access_token"], told["refresh_token"], told["expires_in"], told["scope"])


def spoiled(tokens: Tokens) -> Tokens:
    """With an access token that no server knows: to a client that is what an expired one is."""
    return replace(tokens, access=f"{tokens.access[:-6]}{secrets.token_hex(3)}")


def _basic(client_id: str, secret: str, *, raw: bool) -> str:
    """RFC 6749 §2.3.1 form-encodes both; the TypeScript SDK does not."""
    pair = (client_id, secret) if raw else (quote_plus(client_id), quote_plus(secret))
    return f"Basic {b64encode(':'.join(pair).encode()).decode()}"


@cache
def _key() -> RSAKey:
    return RSAKey.generate_key(2048, auto_kid=True)


def _assertion(identity: Identity, place: Place) -> str:
    """RFC 7523 §2.2, by RS256."""
    now = int(time())
    claims: dict[str, Any] = {
        "iss": identity.client_id,
        "sub": identity.client_id,
        "aud": place.endpoint("token_endpoint"),
        "iat": now,
        "exp": now + 60,
        "jti": secrets.token_hex(16),
    }
    return jwt.encode({"alg": "RS256", "kid": _key().kid}, claims, _key())
