"""What was decided about a request, for the next ones with the same head: the same, as long as nothing has changed and
nothing has run out (ADR 37)."""

from collections.abc import Hashable
from typing import NamedTuple

from consentry.gateway.headers import kept_up, to_upstream, written
from consentry.gateway.model import Forward, Request
from consentry.gateway.upstream import Destination


class Settled(NamedTuple):
    """`version` is that of all that was looked up, `until` (epoch seconds) when the first of it runs out.

    `head` goes up, with what belongs to one request alone behind it, where no policy adds to `forward.up`.
    """

    version: Hashable
    until: int
    forward: Forward
    destination: Destination
    head: bytes


def head_up(request: Request, forward: Forward, destination: Destination) -> bytes:
    """As the upstream gets it, but for its end."""
    target = destination.with_query(request.query)
    first = b"%b %b HTTP/1.1\r\nhost: %b\r\n" % (request.method.encode(), target, destination.authority)
    kept = request.kept
    if kept.up is None:
        kept.up = kept_up(request.headers)
    return first + written(to_upstream(kept.up, forward.target.headers + forward.up))
