"""What was decided about a request, for the next ones with the same head: the same, as long as nothing has changed and
nothing has run out (ADR 37)."""

from collections.abc import Hashable
from dataclasses import dataclass

from consentry.gateway.decide import content_length, holds_until
from consentry.gateway.headers import kept_up, to_upstream, written
from consentry.gateway.model import Forward, Policy, Request
from consentry.gateway.upstream import Destination, Origin, destination_to

_LENGTH = b"content-length"


@dataclass(frozen=True, slots=True)
class Settled:
    """`version` is that of all that was looked up, `until` (epoch seconds) when the first of it runs out.

    `policies` are those that look at each call. `head` goes up, with what belongs to one request alone behind it, where
    none of them adds to `forward.up`.
    """

    version: Hashable
    until: int
    forward: Forward
    policies: tuple[Policy, ...]
    destination: Destination
    head: bytes


def settle(request: Request, forward: Forward, policies: tuple[Policy, ...], version: Hashable, now: int) -> None:
    """Keeps what was decided with the head, and what is said about it by policies that say the same of each call."""
    until = holds_until(forward.target, forward.access)
    each: list[Policy] = []
    for policy in policies:
        if not policy.settles(request, forward):
            each.append(policy)
            continue
        judged = policy.judge(request, forward, now)
        if not isinstance(judged, Forward):
            return
        forward = judged
    to = destination_to(forward.target)
    request.kept.settled = Settled(version, until, forward, tuple(each), to, _head_up(request, forward, to))


def asking(request: Request, forward: Forward, request_id: str) -> tuple[Origin, bytes]:
    """Where a request goes, and the head that goes there."""
    settled, kept = request.kept.settled, request.kept
    if settled is not None and forward.target is settled.forward.target and forward.up is settled.forward.up:
        to, head = settled.destination, settled.head
    else:
        to = destination_to(forward.target)
        head = _head_up(request, forward, to)
    sized = b"content-length: %d\r\n" % content_length(request) if kept.sized else b""
    return to.origin, b"%b%bx-request-id: %b\r\n\r\n" % (head, sized, request_id.encode())


def _head_up(request: Request, forward: Forward, destination: Destination) -> bytes:
    """As the upstream gets it, but for its end and the length of its body."""
    target = destination.with_query(request.query)
    first = b"%b %b HTTP/1.1\r\nhost: %b\r\n" % (request.method.encode(), target, destination.authority)
    kept = request.kept
    if kept.up is None:
        up = kept_up(request.headers)
        kept.up = tuple(header for header in up if header[0] != _LENGTH)
        kept.sized = len(kept.up) < len(up)
    return first + written(to_upstream(kept.up, forward.target.headers + forward.up))
