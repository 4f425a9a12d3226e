"""What was decided about a request, for the next ones with the same head: the same, as long as nothing has changed and
nothing has run out (ADR 37)."""

from collections.abc import Hashable
from dataclasses import dataclass

from consentry.gateway.decide import holds_until
from consentry.gateway.headers import kept_up, to_upstream, written
from consentry.gateway.model import Forward, Policy, Request
from consentry.gateway.upstream import Destination, destination_to


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
    request.kept.settled = Settled(version, until, forward, tuple(each), to, head_up(request, forward, to))


def head_up(request: Request, forward: Forward, destination: Destination) -> bytes:
    """As the upstream gets it, but for its end."""
    target = destination.with_query(request.query)
    first = b"%b %b HTTP/1.1\r\nhost: %b\r\n" % (request.method.encode(), target, destination.authority)
    kept = request.kept
    if kept.up is None:
        kept.up = kept_up(request.headers)
    return first + written(to_upstream(kept.up, forward.target.headers + forward.up))
