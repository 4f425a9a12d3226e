"""POST /register: RFC 7591 §3."""

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from consentry.clients import register
from consentry.clients.model import Client, Json
from consentry.clients.register import Registered
from consentry.spec.errors import Refusal
from consentry.tokens import Digest, Kind, Secret, recognise
from consentry.web import reading, responses
from consentry.web.site import Site, Transaction

log = structlog.get_logger(__name__)


async def answer(site: Site, request: Request) -> Response:
    """Whom the policy lets may register; what they say of themselves stays unverified."""
    outcome = await _register(site, request)
    if isinstance(outcome, Refusal):
        log.info("registration refused", error=outcome.error, reason=outcome.reason)
        return responses.refused(outcome, site.troubleshooting_url)
    return JSONResponse(described(site, outcome.client, outcome.token, outcome.secret), 201, responses.NO_STORE)


async def _register(site: Site, request: Request) -> Registered | Refusal:
    too_often = await site.gate.register(reading.network(request), site.clock())
    if too_often is not None:
        return too_often
    metadata = await reading.json_object(request)
    if isinstance(metadata, Refusal):
        return metadata
    needed = site.registration.kind == "initial_access_token"
    digest = _initial_access_token(request) if needed else None
    if needed and digest is None:
        return _uninvited()
    made = register.make(metadata, site.registration, site.entropy, site.clock())
    if isinstance(made, Refusal):
        return made
    now = made.client.created_at

    async def work(tx: Transaction) -> Registered | Refusal:
        allowed_by = await tx.spend_initial_access_token(digest, now) if digest else None
        if needed and allowed_by is None:
            return _spent()
        network = reading.network(request)
        return await register.register(tx, made, site.registration, network, now, allowed_by=allowed_by)

    return await site.store.write(work)


def described(site: Site, client: Client, token: Secret | None, secret: Secret | None = None) -> dict[str, Json]:
    """The client information response: RFC 7591 §3.2.1, RFC 7592 §3."""
    document = client_metadata(client)
    if client.secret_digest is not None:
        document["client_secret_expires_at"] = 0
    if secret is not None:
        document["client_secret"] = secret.reveal()
    if token is not None:
        document["registration_client_uri"] = site.addresses.endpoint(f"register/{client.id}")
        document["registration_access_token"] = token.reveal()
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


def _initial_access_token(request: Request) -> Digest | None:
    """RFC 7591 §3: the right to register, as a Bearer token."""
    token = recognise(reading.bearer(request) or "", Kind.INITIAL_ACCESS_TOKEN)
    return token.digest() if token else None


def _uninvited() -> Refusal:
    sentence = "Registering here takes an initial access token: ask the operator for one and send it as a Bearer token."
    return Refusal("invalid_token", sentence, "registration:uninvited")


def _spent() -> Refusal:
    sentence = "This initial access token is unknown, expired or used up: ask the operator for another."
    return Refusal("invalid_token", sentence, "registration:token")
