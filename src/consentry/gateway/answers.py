"""The gateway's own answers: JSON-RPC errors for what stops, OAuth's for who may not (RFC 6750 §3)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from consentry.gateway.headers import ours
from consentry.gateway.model import Headers, Stop
from consentry.spec.challenge import Challenge
from consentry.spec.errors import AWAY_SECONDS, error_uri
from consentry.spec.jsonrpc import INTERNAL_ERROR, render_error

SIGN_IN = (
    "This MCP server asks for an access token. Paste its URL into an MCP client, which takes you to sign in; "
    "the WWW-Authenticate header tells a client the way."
)


FAILED = Stop(500, "Something broke in the gateway. Try again, and quote the request id.", code=INTERNAL_ERROR)
AWAY = Stop(
    503,
    f"The gateway cannot look your access up just now: try again in {AWAY_SECONDS} seconds.",
    (("Retry-After", str(AWAY_SECONDS)),),
    INTERNAL_ERROR,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes to the client."""

    status: int
    headers: Headers
    body: bytes


def answer_to(refused: Challenge | Stop, slug: str | None, request_id: str, page: str | None) -> Answer:
    """`refused` on the wire. A challenge's header is for clients, its body for the person who opened the URL.

    `page` is where the operator explains errors.
    """
    match refused:
        case Stop():
            told = error_uri(page, f"http-{refused.status}")
            data = {**(refused.data or {}), **told, **_whereabouts(slug, request_id)}
            body = render_error(refused.code, refused.message, data, refused.id) if refused.message else b""
            return _answer(refused.status, _encoded(refused.headers), body, request_id)
        case Challenge():
            error = refused.error or "unauthorized"
            described = {
                "error": error,
                "error_description": refused.description or SIGN_IN,
                **error_uri(page, error),
                **_whereabouts(slug, request_id),
            }
            headers = _encoded([("WWW-Authenticate", refused.render(page))])
            return _answer(refused.status, headers, json.dumps(described).encode(), request_id)


def _answer(status: int, headers: Headers, body: bytes, request_id: str) -> Answer:
    described: Headers = (
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    )
    overridden = {name for name, _ in headers}  # a preflight's CORS headers stand for the usual ones
    usual = ((b"cache-control", b"no-store"), *ours(request_id), *(described if body else ()))
    kept = (header for header in usual if header[0] not in overridden)
    return Answer(status, (*headers, *kept), body)


def _whereabouts(slug: str | None, request_id: str) -> dict[str, str]:
    """What a person quotes when asking for help."""
    return ({"deployment": slug} if slug else {}) | {"request_id": request_id}


def _encoded(headers: Iterable[tuple[str, str]]) -> Headers:
    return tuple((name.lower().encode(), value.encode("latin-1")) for name, value in headers)
