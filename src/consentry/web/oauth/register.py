"""POST /register: RFC 7591 §3."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from consentry.clients import register
from consentry.clients.model import Client, Json
from consentry.clients.register import Registered
from consentry.spec.errors import Refusal
from consentry.web import reading, responses
from consentry.web.site import Site, Transaction


async def answer(site: Site, request: Request) -> Response:
    """Strangers may register; what they say of themselves stays unverified."""
    too_often = await site.gate.register(reading.network(request), site.clock())
    if too_often is not None:
        return responses.refused(too_often)
    metadata = _object(await reading.body(request))
    if isinstance(metadata, Refusal):
        return responses.refused(metadata)
    made = register.make(metadata, site.registration, site.entropy, site.clock())
    if isinstance(made, Refusal):
        return responses.refused(made)

    async def work(tx: Transaction) -> None:
        await register.register(tx, made, reading.network(request), made.client.created_at)

    await site.store.write(work)
    return JSONResponse(described(made), 201, responses.NO_STORE)


def described(made: Registered) -> dict[str, Json]:
    """The client information response: RFC 7591 §3.2.1."""
    document = client_metadata(made.client)
    if made.secret is not None:
        document |= {"client_secret": made.secret.reveal(), "client_secret_expires_at": 0}
    return document


def client_metadata(client: Client) -> dict[str, Json]:
    """All registered metadata, without any secret."""
    document: dict[str, Json] = {
        "client_id": client.id,
        "client_id_issued_at": client.created_at,
        "redirect_uris": list(client.redirect_uris),
        "grant_types": list(client.grant_types),
        "response_types": ["code"],
        "token_endpoint_auth_method": client.auth_method,
        **(client.metadata or {}),
    }
    optional: dict[str, Json] = {
        "client_name": client.name,
        "scope": client.scope,
        "application_type": client.application_type,
        "jwks": {"keys": [dict(key) for key in client.jwks]} if client.jwks else None,
        "jwks_uri": client.jwks_uri,
    }
    return document | {name: value for name, value in optional.items() if value}


def _object(body: bytes) -> dict[str, Any] | Refusal:
    try:
        parsed = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return Refusal("invalid_client_metadata", "The body is not JSON.", "registration:json")
    if not isinstance(parsed, dict):
        return Refusal("invalid_client_metadata", "The body is not a JSON object.", "registration:json")
    return parsed


def _no_constant(name: str) -> None:
    raise ValueError(name)
