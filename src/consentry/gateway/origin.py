"""Which web pages may call an MCP server: MCP 2025-11-25 Transports, "Security Warning"."""

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit


def origins_allowed(origins: Sequence[str]) -> bool:
    """Whether every Origin header is one that may call; no Origin at all is no browser, and fine.

    The attack is DNS rebinding: `http://evil.example`, whose name is made to resolve to 127.0.0.1, so that
    the page's calls to "itself" reach a gateway on the visitor's own machine. Such a page has a plain http
    origin with a host that is not loopback. An https page cannot do it, since no server here holds a
    certificate for its name, and with CORS and without cookies it can do no more than any other client.
    `null` is a sandboxed frame or a file, and anyone can make one.
    """
    return all(_allowed(origin) for origin in origins)


def _allowed(origin: str) -> bool:
    try:
        parts = urlsplit(origin)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - raises where the port is no number
    except ValueError:
        return False
    if not host or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _loopback(host))


def _loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761 §6.3: always loopback
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
