"""What a call finds around it: handed to the gateway once, where the program is put together."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from consentry.formats import Bearer
from consentry.gateway.model import Clock, Finder, Finished, Found, Observer, Policy, Target
from consentry.gateway.rounds import Rounds
from consentry.gateway.upstream import Upstreams

log = logging.getLogger(__name__)

BODY_LIMIT_BYTES = 16 * 1024 * 1024
READ_LIMIT_BYTES = 4 * 1024 * 1024
RECHECK_SECONDS = 5.0
COMMENT_SECONDS = 15.0
MOST_ROUND_SECONDS = 1.0  # how late a call that lasts may be looked after


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """`clock` gives epoch seconds. `body_limit` is in bytes, and `read_limit` for bodies that a policy has to see.

    A call that lasts is looked at again every `recheck_seconds`, a stream that has no end (GET, `subscriptions/listen`)
    also when its token expires. A stream of events that is silent for `comment_seconds` gets a comment.
    `troubleshooting_url` is where errors are explained.
    """

    find: Finder
    upstreams: Upstreams
    clock: Clock
    new_request_id: Callable[[], str]
    policies: tuple[Policy, ...] = ()
    observers: tuple[Observer, ...] = ()
    body_limit: int = BODY_LIMIT_BYTES
    read_limit: int = READ_LIMIT_BYTES
    recheck_seconds: float = RECHECK_SECONDS
    comment_seconds: float = COMMENT_SECONDS
    troubleshooting_url: str | None = None
    rounds: Rounds = field(init=False)

    def __post_init__(self) -> None:
        seconds = min(MOST_ROUND_SECONDS, self.recheck_seconds, self.upstreams.timeouts.first_byte)
        object.__setattr__(self, "rounds", Rounds(seconds))

    async def look_up(self, slug: str | None, bearer: Bearer | None) -> Found:
        """What a call needs, asked for one by one."""
        target = await self.find.find_target(slug) if slug else None
        access = await self.find.find_access(bearer, target) if isinstance(target, Target) and bearer else None
        return target, access

    def tell(self, call: Finished) -> None:
        """The observers are told. One that fails takes nothing from the others."""
        for observer in self.observers:
            try:
                observer.finished(call)
            except Exception:
                log.exception("request %s, deployment %r: was not noted", call.request_id, call.request.slug)
