"""The client's half of the gateway: connections to upstreams, one request at a time on each (RFC 9112)."""

from consentry.gateway.upstream.connection import Asker, UpstreamConnection
from consentry.gateway.upstream.destination import Destination, Origin, destination_of, destination_to
from consentry.gateway.upstream.pool import Resolve, Timeouts, Upstreams

__all__ = [
    "Asker",
    "Destination",
    "Origin",
    "Resolve",
    "Timeouts",
    "UpstreamConnection",
    "Upstreams",
    "destination_of",
    "destination_to",
]
