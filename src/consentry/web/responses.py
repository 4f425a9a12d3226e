"""Outcomes to HTTP: the only place where a refusal becomes a response."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from consentry.addresses import Addresses
from consentry.grants.authorize import Caller, Redirect
from consentry.grants.exchange import Issued
from consentry.spec import scopes, uris
from consentry.spec.errors import Refusal, error_uri
from consentry.tokens import Secret

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
METADATA_SECONDS = 300
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class Json(JSONResponse):
    """Starlette makes an encoder for each body; one will do for all."""

    def render(self, content: Any) -> bytes:
        return _encode(content).encode()


def refused(refusal: Refusal, page: str | None, *, basic: bool = False) -> Response:
    """An error response: RFC 6749 §5.2, RFC 7591 §3.2.2, RFC 7009 §2.2.1; of what came too often, RFC 6585 §4.

    `page` is where the operator explains errors.
    """
    headers = dict(NO_STORE)
    status = 400
    told = {"error": refusal.error, **error_uri(page, refusal.error)}
    if refusal.error == "invalid_token":  # RFC 6750 §3
        status = 401
        headers["WWW-Authenticate"] = ", ".join(
            ['Bearer realm="consentry"', *(f'{name}="{value}"' for name, value in told.items())]
        )
    if refusal.error == "invalid_client":
        status = 401
        if basic:  # RFC 6749 §5.2: the scheme that the client tried
            headers["WWW-Authenticate"] = 'Basic realm="consentry"'
    if refusal.retry_after is not None:
        status = 429
        headers["Retry-After"] = str(refusal.retry_after)
    return Json(told | {"error_description": _described(refusal.description)}, status, headers)


def forbidden(refusal: Refusal, page: str | None) -> Response:
    """403: who asks is known, and may not."""
    response = refused(refusal, page)
    response.status_code = 403
    return response


def issued(outcome: Issued, id_token: str | None = None) -> Response:
    """The token response: OAuth 2.1 §3.2.3. `scope` is always there; clients that step up rely on it."""
    body: dict[str, str | int] = {
        "access_token": outcome.access_token.reveal(),
        "token_type": "Bearer",
        "scope": scopes.render(outcome.scope),
    }
    if outcome.expires_in is not None:
        body["expires_in"] = outcome.expires_in
    if outcome.refresh_token is not None:
        body["refresh_token"] = outcome.refresh_token.reveal()
    if id_token is not None:
        body["id_token"] = id_token
    return Json(body, headers=NO_STORE)


@dataclass(frozen=True, slots=True)
class Representation:
    """A document as it is sent, and the tag that it is known by: RFC 9110 §8.8.3."""

    body: bytes
    etag: str


def represent(document: Mapping[str, Any]) -> Representation:
    """Once for all requests, where the document stays as it is."""
    body = bytes(Json(dict(document)).body)
    return Representation(body, f'"{sha256(body).hexdigest()[:32]}"')


def metadata(request: Request, document: Representation) -> Response:
    """A document that clients may keep for some minutes."""
    headers = {"Cache-Control": f"public, max-age={METADATA_SECONDS}", "ETag": document.etag}
    if document.etag in [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(document.body, headers=headers, media_type="application/json")


def approved(caller: Caller, code: Secret, addresses: Addresses) -> Response:
    """The authorization response: OAuth 2.1 §4.1.2."""
    return see_other(_to_client(caller, {"code": code.reveal()}, addresses))


def redirected(outcome: Redirect, addresses: Addresses, page: str | None) -> Response:
    """The error response by way of the browser: OAuth 2.1 §4.1.2.1."""
    return see_other(redirect_url(outcome, addresses, page))


def redirect_url(outcome: Redirect, addresses: Addresses, page: str | None) -> str:
    """Where the error response leads."""
    refusal = outcome.refusal
    told = {"error": refusal.error, "error_description": _described(refusal.description)}
    told |= error_uri(page, refusal.error)
    return _to_client(outcome.caller, told, addresses)


def see_other(url: str) -> Response:
    """303, so that a form that held a password is never sent on (RFC 9700 §4.12).

    `url` is printable ASCII and goes out as it is: a client's redirection URI must not be quoted anew.
    """
    return Response(status_code=303, headers=NO_STORE | {"Location": url})


def _to_client(caller: Caller, told: dict[str, str], addresses: Addresses) -> str:
    if caller.state is not None:
        told["state"] = caller.state
    told["iss"] = addresses.issuer  # RFC 9207 §2: on success and on error alike
    return uris.with_query(caller.redirect_uri, told)


def _described(text: str) -> str:
    """RFC 6749 §5.2: error_description has no characters outside of printable ASCII, nor `"` and `\\`."""
    return "".join(c for c in text if " " <= c <= "~" and c not in '"\\')
