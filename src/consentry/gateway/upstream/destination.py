"""Where an upstream's URL leads: RFC 9110 §4.2, RFC 9112 §3.2."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from consentry.gateway.model import Target

_MOST_REMEMBERED = 4096
_PORTS = {"http": 80, "https": 443}
# Everything that RFC 3986 §2 knows, the escapes that are there already included.
_IN_PATHS = "/!$&'()*+,;=:@~%"
_HOST = re.compile(r"[A-Za-z0-9._:-]+")


class Origin(NamedTuple):
    """What connections are shared by."""

    tls: bool
    host: str
    port: int
    guarded: bool = False  # only at addresses that were looked at; its connections serve nobody else's calls


@dataclass(frozen=True, slots=True)
class Destination:
    """`authority` is for Host, `target` for the request line; `separator` stands before a client's query."""

    origin: Origin
    authority: bytes
    target: bytes
    separator: bytes

    def with_query(self, query: bytes) -> bytes:
        """The request target with the client's query behind the upstream's own."""
        if not query:
            return self.target
        return self.target + self.separator + (query if query.isascii() else quote(query, _IN_PATHS + "?").encode())


def destination_to(target: Target) -> Destination:
    """Where a deployment's calls go."""
    return destination_of(target.upstream_url, target.guarded)


@lru_cache(_MOST_REMEMBERED)
def destination_of(url: str, guarded: bool = False) -> Destination:
    """Raises ValueError for what is no http or https URL with a host."""
    parts = urlsplit(url)
    named = parts.hostname or ""
    host = named if named.isascii() else named.encode("idna").decode()
    if parts.scheme not in _PORTS or not _HOST.fullmatch(host):
        raise ValueError("an upstream's URL is http or https and names a host")
    port = parts.port or _PORTS[parts.scheme]
    written = f"[{host}]" if ":" in host else host
    authority = written if port == _PORTS[parts.scheme] else f"{written}:{port}"
    path = quote(parts.path, _IN_PATHS) or "/"
    query = f"?{quote(parts.query, _IN_PATHS + '?')}" if parts.query else ""
    return Destination(
        Origin(parts.scheme == "https", host, port, guarded),
        authority.encode(),
        (path + query).encode(),
        b"&" if query else b"?",
    )
