"""Headers on their way through: RFC 9110 §7.6, MCP 2026-07-28 Streamable HTTP."""

import re

from consentry.gateway.memory import Memory
from consentry.gateway.model import Header, Headers
from consentry.spec import cors

# To the upstream goes what is named here and nothing else. A list of what to hold back would never be whole:
# every proxy product has its own header for "this is the user", and an upstream may believe any of them.
_PASSED_UP = frozenset(
    {
        b"accept",
        b"accept-language",
        b"baggage",
        b"content-digest",
        b"content-encoding",
        b"content-language",
        b"content-type",
        b"last-event-id",
        b"traceparent",
        b"tracestate",
        b"user-agent",
    }
)
# MCP 2026-07-28: intermediaries forward Mcp-Param-* that they do not know. Of the others none with `_`, which a server
# behind CGI or WSGI takes for `-`: beside a header that we have judged, it would be another that we have not.
_PASSED_UP_OF_MCP = re.compile(rb"mcp-(?:param-.*|[a-z0-9-]+)")

_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authentication-info",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
# From the upstream everything comes back but these.
_HELD_BACK = _HOP_BY_HOP | {
    b"alt-svc",  # what follows speaks for a whole origin, and the origin is ours
    b"clear-site-data",
    b"content-security-policy",  # ours, below
    b"nel",
    b"refresh",  # a redirect by another name
    b"report-to",
    b"reporting-endpoints",
    b"service-worker-allowed",
    b"set-cookie",
    b"set-cookie2",
    b"strict-transport-security",
    b"authentication-info",  # the upstream's authentication is no business of the client's
    b"www-authenticate",
    b"content-location",  # internal addresses
    b"location",
    b"via",
    b"server",
    b"x-powered-by",
    b"date",  # the HTTP server sets it
    b"x-accel-buffering",  # ours, below
    b"x-content-type-options",
    b"x-request-id",
}
_HELD_BACK_PREFIX = b"access-control-"

# What no browser shows as a page, as it may not guess. Whatever else an upstream sends could be one with a script, that
# would speak for our origin, where people sign in; and where no token is asked for, any page's form can call it.
_DATA = frozenset({b"application/json", b"text/event-stream"})
_SANDBOXED: Headers = ((b"content-security-policy", b"default-src 'none'; sandbox"),)

_NONE: frozenset[bytes] = frozenset()
_CORS: Headers = tuple((name.lower().encode(), value.encode()) for name, value in cors.EXPOSED)
_OURS: Headers = (*_CORS, (b"x-content-type-options", b"nosniff"))


# By the name alone, whether a header of the client's or of the upstream's may pass.
_PASSES_UP = Memory(lambda name: name in _PASSED_UP or _PASSED_UP_OF_MCP.fullmatch(name) is not None)
_PASSES_DOWN = Memory(lambda name: name not in _HELD_BACK and not name.startswith(_HELD_BACK_PREFIX))


def ours(request_id: str) -> Headers:
    """What every answer of the gateway carries."""
    return (named(request_id), *_OURS)


def kept_up(received: Headers) -> Headers:
    """The client's headers as the upstream may see them, without Host, and with a framing."""
    kept = [header for header in received if _PASSES_UP[header[0]]]
    names = dict(received)
    if b"connection" in names:
        held_back = _named_by_connection(received)
        kept = [header for header in kept if header[0] not in held_back]
    # A compressor would hold events back until its window is full.
    return (*kept, *_framing(names), (b"accept-encoding", b"identity"))


def to_upstream(kept: Headers, added: Headers) -> Headers:
    """With ours; `added` stand for their namesakes."""
    if not added:
        return kept
    held_back = {name for name, _ in added}
    return (*(header for header in kept if header[0] not in held_back), *added)


def kept_down(status: int, received: Headers) -> Headers:
    """The upstream's headers as the client may see them, and ours; Content-Encoding and Content-Length stay true.

    Names in `received` are lower case.
    """
    names = dict(received)
    held_back = set(_named_by_connection(received))
    # RFC 9112 §6.3: of the two, Transfer-Encoding counts. RFC 9110 §8.6: a 204 has no length.
    if status == 204 or b"transfer-encoding" in names:
        held_back.add(b"content-length")
    kept = tuple(header for header in received if _PASSES_DOWN[header[0]] and header[0] not in held_back)
    # MCP 2026-07-28: a stream of events should tell proxies such as nginx to let each through at once.
    unbuffered = ((b"x-accel-buffering", b"no"),) if is_events(kept) else ()
    return (*kept, *unbuffered, *(_SANDBOXED if _may_be_page(kept) else ()), *_OURS)


def is_events(headers: Headers) -> bool:
    """Whether what they speak of is a stream of events."""
    return any(name == b"content-type" and value.lower().startswith(b"text/event-stream") for name, value in headers)


def _may_be_page(headers: Headers) -> bool:
    types = [value.partition(b";")[0].strip().lower() for name, value in headers if name == b"content-type"]
    return not _DATA.issuperset(types)


def named(request_id: str) -> Header:
    """What both sides are told, so that a person can find a call in everybody's logs."""
    return b"x-request-id", request_id.encode()


def written(headers: Headers) -> bytes:
    """As they stand in a message, each with its end."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])


def _named_by_connection(headers: Headers) -> frozenset[bytes]:
    """RFC 9110 §7.6.1: what Connection names is for the next hop alone, and we are that hop."""
    values = [value for name, value in headers if name == b"connection"]
    return frozenset(option.strip().lower() for value in values for option in value.split(b",")) if values else _NONE


def _framing(names: dict[bytes, bytes]) -> Headers:
    """RFC 9112 §6: the body goes on as it came, with its length or in chunks, never with both."""
    if b"transfer-encoding" in names:
        return ((b"transfer-encoding", b"chunked"),)
    return ((b"content-length", names[b"content-length"]),) if b"content-length" in names else ()
