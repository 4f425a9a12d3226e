"""Cross-origin requests: the Fetch standard §3.2, for endpoints that no cookie opens."""

import re
from collections.abc import Iterable

Header = tuple[str, str]

PREFLIGHT_SECONDS = 7200  # Chromium caps it here

# A wildcard would not cover Authorization (Fetch §4.10), so every header is named.
ALLOWED_HEADERS = (
    "Authorization",
    "Content-Type",
    "Accept",
    "MCP-Protocol-Version",
    "Mcp-Session-Id",
    "Last-Event-ID",
    "Mcp-Method",
    "Mcp-Name",
    "DPoP",
)
EXPOSED_HEADERS = (
    "WWW-Authenticate",
    "Mcp-Session-Id",
    "MCP-Protocol-Version",
    "DPoP-Nonce",
    "Retry-After",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Request-Id",
)

# Beyond the named ones, what a client may ask for: Mcp-Param-* has no end of names.
_ASKABLE = re.compile(
    r"(?:mcp-[a-z0-9_.-]+|accept-language|cache-control|traceparent|tracestate|baggage)", re.IGNORECASE
)
_NAMED = frozenset(name.lower() for name in ALLOWED_HEADERS)

# Any origin may read, because nothing here is opened by a cookie; that is also why
# Access-Control-Allow-Credentials is never sent.
EXPOSED: tuple[Header, ...] = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", ", ".join(EXPOSED_HEADERS)),
)


def preflight(requested: str, methods: Iterable[str]) -> tuple[Header, ...]:
    """The headers of a 204 to OPTIONS. `requested` is Access-Control-Request-Headers, or empty."""
    return (
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Methods", ", ".join(methods)),
        ("Access-Control-Allow-Headers", ", ".join((*ALLOWED_HEADERS, *_asked(requested)))),
        ("Access-Control-Max-Age", str(PREFLIGHT_SECONDS)),
        ("Vary", "Access-Control-Request-Headers"),
    )


def _asked(requested: str) -> list[str]:
    names = dict.fromkeys(name.strip() for name in requested.split(","))
    return [name for name in names if name.lower() not in _NAMED and _ASKABLE.fullmatch(name)]
