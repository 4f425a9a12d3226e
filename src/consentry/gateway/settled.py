"""What was decided about a request, for the next ones with the same head, and for those whose body is of the same kind:
the same, as long as nothing has changed and nothing has run out (ADR 37)."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from consentry.gateway import envelope
from consentry.gateway.decide import content_length, holds_until
from consentry.gateway.envelope import Kind
from consentry.gateway.headers import kept_up, to_upstream, written
from consentry.gateway.model import Forward, Policy, Request
from consentry.gateway.upstream import Destination, Origin, destination_to

MOST_KINDS = 64  # with one head
MOST_KINDS_IN_ALL = 8192  # a kilobyte each, and whoever may call has as many names and heads as they like
_LENGTH = b"content-length"


@dataclass(frozen=True, slots=True)
class Judged:
    """A request that may pass as far as is known, and the policies that look at each call."""

    forward: Forward
    policies: tuple[Policy, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """`version` is that of all that was looked up, `until` (epoch seconds) when the first of it runs out.

    `kinds` are those whose bodies are known to pass. `head` goes up, with what belongs to one request alone behind it,
    where no policy adds to `forward.up`.
    """

    version: Hashable
    until: int
    judged: Judged
    destination: Destination
    head: bytes
    kinds: dict[Kind, Judged] = field(default_factory=dict)


def settle(request: Request, forward: Forward, policies: tuple[Policy, ...], version: Hashable, now: int) -> None:
    """Keeps what was decided with the head, and what is said about it by policies that say the same of each call."""
    judged = _judge(request, forward, policies, now)
    if judged is None:
        return
    until, to = holds_until(forward.target, forward.access), destination_to(forward.target)
    request.kept.settled = Settled(version, until, judged, to, _head_up(request, judged.forward, to))


def of_kind(request: Request, forward: Forward, now: int) -> Judged | None:
    """What is known about bodies like that of a request that was let in so; a body of a kind is judged once."""
    settled = request.kept.settled
    if settled is None or settled.judged.forward is not forward:
        return None
    kind = envelope.kind(request)
    if kind is None:
        return None
    known = settled.kinds.get(kind)
    if known is None and len(settled.kinds) < MOST_KINDS:
        known = _judge(request, forward, settled.judged.policies, now)
        if known is not None:
            _remember(settled.kinds, kind, known)
    return known


# Once for each kind, where it is remembered.
_remembering: list[dict[Kind, Judged]] = []


def _remember(kinds: dict[Kind, Judged], kind: Kind, judged: Judged) -> None:
    """Full, they begin anew, with every head."""
    if len(_remembering) >= MOST_KINDS_IN_ALL:
        for full in _remembering:
            full.clear()
        _remembering.clear()
    _remembering.append(kinds)
    kinds[kind] = judged


def _judge(request: Request, forward: Forward, policies: tuple[Policy, ...], now: int) -> Judged | None:
    """By those that say the same of each call; None where one of them refuses, which is not remembered."""
    each: list[Policy] = []
    for policy in policies:
        if not policy.settles(request, forward):
            each.append(policy)
            continue
        judged = policy.judge(request, forward, now)
        if not isinstance(judged, Forward):
            return None
        forward = judged
    return Judged(forward, tuple(each))


def asking(request: Request, forward: Forward, request_id: str) -> tuple[Origin, bytes]:
    """Where a request goes, and the head that goes there."""
    kept = request.kept
    settled = kept.settled
    if settled is not None and (known := settled.judged.forward).target is forward.target and known.up is forward.up:
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
