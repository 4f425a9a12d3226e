"""Reading a request, within bounds: bodies, forms, the address it came from."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from consentry.spec import params
from consentry.spec.errors import Refusal
from consentry.spec.params import Params

LARGEST_BODY_BYTES = 65_536
BODY_SECONDS = 20.0
FORM = "application/x-www-form-urlencoded"


class TooLargeError(Exception):
    """The body is larger than any that we take: 413."""


class IncompleteError(Exception):
    """The client left, or stood still, before its body was whole: 400."""


async def body(request: Request, seconds: float = BODY_SECONDS) -> bytes:
    """The whole body, up to the bounds."""
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


async def form(request: Request) -> Params | Refusal:
    """A form-encoded body (OAuth 2.1 §3.2.2)."""
    content = await body(request)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != FORM:
        return Refusal("invalid_request", f"Send the parameters as {FORM}.", "params:media_type")
    return params.parse(content)


def network(request: Request) -> str | None:
    """The address that the request came from; behind a trusted proxy, the one that the proxy names."""
    return request.client.host if request.client else None
