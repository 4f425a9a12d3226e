"""The gateway's own answers: JSON-RPC errors for what stops, OAuth's for who may not (RFC 6750 §3)."""

import json
from collections.abc import Iterable

from consentry.gateway.headers import ours
from consentry.gateway.model import Headers, Send, Stop
from consentry.spec.challenge import Challenge
from consentry.spec.jsonrpc import render_error

SIGN_IN = (
    "This MCP server asks for an access token. Paste its URL into an MCP client, which takes you to sign in; "
    "the WWW-Authenticate header tells a client the way."
)


async def answer_stop(send: Send, stop: Stop, slug: str | None, request_id: str) -> None:
    """`stop` on the wire."""
    body = render_error(stop.code, stop.message, _whereabouts(slug, request_id)) if stop.message else b""
    await _answer(send, stop.status, _encoded(stop.headers), body, request_id)


async def answer_challenge(send: Send, challenge: Challenge, slug: str | None, request_id: str) -> None:
    """`challenge` on the wire: the header is for clients, the body for the person who opened the URL."""
    body = {
        "error": challenge.error or "unauthorized",
        "error_description": challenge.description or SIGN_IN,
        **_whereabouts(slug, request_id),
    }
    headers = _encoded([("WWW-Authenticate", challenge.render())])
    await _answer(send, challenge.status, headers, json.dumps(body).encode(), request_id)


async def _answer(send: Send, status: int, headers: Headers, body: bytes, request_id: str) -> None:
    described: Headers = (
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    )
    overridden = {name for name, _ in headers}  # a preflight's CORS headers stand for the usual ones
    usual = ((b"cache-control", b"no-store"), *ours(request_id), *(described if body else ()))
    kept = (header for header in usual if header[0] not in overridden)
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *kept]})
    await send({"type": "http.response.body", "body": body})


def _whereabouts(slug: str | None, request_id: str) -> dict[str, str]:
    """What a person quotes when asking for help."""
    return ({"deployment": slug} if slug else {}) | {"request_id": request_id}


def _encoded(headers: Iterable[tuple[str, str]]) -> Headers:
    return tuple((name.lower().encode(), value.encode("latin-1")) for name, value in headers)
