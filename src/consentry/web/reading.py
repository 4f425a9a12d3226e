"""Reading a request, within bounds: bodies, forms, the address it came from."""

import asyncio
import json
from typing import Any

from starlette.requests import ClientDisconnect, Request

from consentry.spec import params, user_agent
from consentry.spec.errors import Refusal
from consentry.spec.params import Params

LARGEST_BODY_BYTES = 65_536
BODY_SECONDS = 20.0
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


class TooLargeError(Exception):
    """The body is larger than any that we take: 413."""


class IncompleteError(Exception):
    """The client left, or stood still, before its body was whole: 400."""


async def body(request: Request, seconds: float = BODY_SECONDS) -> bytes:
    """The whole body, up to the bounds."""
    whole: bytes | None = request.scope.get("state", {}).get("body")  # the server had it in one piece
    if whole is not None:
        if len(whole) > LARGEST_BODY_BYTES:
            raise TooLargeError
        return whole
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                size += len(chunk)
                if size > LARGEST_BODY_BYTES:
                    raise TooLargeError
                chunks.append(chunk)
    except (ClientDisconnect, TimeoutError) as error:
        raise IncompleteError from error
    return b"".join(chunks)


async def form(request: Request, *, json: bool = False) -> Params | Refusal:
    """A form-encoded body (OAuth 2.1 §3.2.2), or one of JSON where that is allowed."""
    content = await body(request)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if json and media_type == JSON:
        return params.parse_json(content)
    if media_type != FORM:
        return Refusal("invalid_request", f"Send the parameters as {FORM}.", "params:media_type")
    return params.parse(content)


async def json_object(request: Request) -> dict[str, Any] | Refusal:
    """Client metadata in the body (RFC 7591 §3.1)."""
    try:
        parsed = json.loads(await body(request), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return Refusal("invalid_client_metadata", "The body is not JSON.", "registration:json")
    if not isinstance(parsed, dict):
        return Refusal("invalid_client_metadata", "The body is not a JSON object.", "registration:json")
    return parsed


def bearer(request: Request) -> str | None:
    """RFC 6750 §2.1: what one Authorization header brings; two bring nothing."""
    headers = request.headers.getlist("authorization")
    if len(headers) != 1:
        return None
    scheme, _, token = headers[0].partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _no_constant(name: str) -> None:
    raise ValueError(name)


def browser(request: Request) -> str | None:
    """The name of the browser that sent it, in words."""
    return user_agent.words(request.headers.get("user-agent"))


def network(request: Request) -> str | None:
    """The address that the request came from; behind a trusted proxy, the one that the proxy names."""
    return request.client.host if request.client else None
