"""What a proxy asks about, read from its subrequest: the request that it holds itself, without the body."""

from collections.abc import Sequence

from consentry.gateway.bearer import parse_bearer
from consentry.gateway.decide import FORWARDED
from consentry.gateway.model import Headers, Message, Request

# What nginx is told to send; what Traefik and Caddy send of themselves. Envoy asks with the request's own.
_METHODS = (b"x-original-method", b"x-forwarded-method")
_URIS = (b"x-original-uri", b"x-original-url", b"x-forwarded-uri")
STATED = (*_METHODS, *_URIS)


def read(scope: Message, slug: str | None, believed: bool) -> Request:
    """The request behind a subrequest. `believed`: its X-Original-* and X-Forwarded-* are a trusted proxy's.

    They can only refuse more: a method that MCP does not have, a token in the URL. The strictest of several counts.
    """
    # A length may be the original's, whose body stays with the proxy; bounding it is the proxy's part.
    headers: Headers = tuple(header for header in scope["headers"] if header[0] != b"content-length")
    stated = _values(headers, _METHODS) if believed else []
    uris = _values(headers, _URIS) if believed else []
    query = b"&".join([scope["query_string"], *(uri.partition(b"?")[2] for uri in uris)])
    authorization = [value.decode("latin-1") for value in _values(headers, (b"authorization",))]
    return Request(_method(stated, scope["method"]), slug, query, headers, parse_bearer(authorization, query))


def _values(headers: Headers, names: Sequence[bytes]) -> list[bytes]:
    return [value for name, value in headers if name in names]


def _method(stated: Sequence[bytes], own: str) -> str:
    methods = [value.decode("latin-1") for value in stated] or [own]
    return next((method for method in methods if method not in FORWARDED), methods[0])
