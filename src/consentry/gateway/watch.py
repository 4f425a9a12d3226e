"""Beside a call that lasts: whether it may go on, and whether its upstream still moves."""

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from consentry.gateway.decide import decide
from consentry.gateway.model import Access, Elsewhere, Forward, Target
from consentry.gateway.upstream.pool import unreachable

if TYPE_CHECKING:
    from consentry.gateway.call import Call

_BOUNDARIES = (b"\n\n", b"\r\n\r\n", b"\r\r")

log = logging.getLogger(__name__)


class Watch:
    """One timer for all that a call has to be looked at for. `full_since`: when the upstream stopped to read."""

    __slots__ = (
        "_access",
        "_asked_at",
        "_asking",
        "_call",
        "_recheck_at",
        "_spoke_at",
        "_tail",
        "_target",
        "_timer",
        "full_since",
    )

    def __init__(self, call: "Call", forward: Forward) -> None:
        self._call = call
        self._target = forward.target
        self._access = forward.access
        self._asked_at = self._spoke_at = call.loop.time()
        self._tail = b"\n\n"
        self._asking: asyncio.Task[None] | None = None
        self.full_since: float | None = None
        self._recheck_at = self._next_recheck()
        self._timer = call.loop.call_at(self._next(), self._due)

    def stop(self) -> None:
        self._timer.cancel()
        if self._asking is not None:
            self._asking.cancel()

    def passed(self, data: bytes) -> None:
        """A piece of a stream of events went to the client."""
        self._spoke_at = self._call.loop.time()
        self._tail = (self._tail + data)[-4:]

    def _due(self) -> None:
        call, now = self._call, self._call.loop.time()
        timeouts = call.around.upstreams.timeouts
        if not call.status and now >= self._asked_at + timeouts.first_byte:
            call.refuse(unreachable(504, f"did not begin to answer within {timeouts.first_byte:g} s", "first byte"))
            return
        if self.full_since is not None and now >= self.full_since + timeouts.write:
            call.refuse(unreachable(504, f"read nothing of the request for {timeouts.write:g} s", "write"))
            return
        if now >= self._recheck_at and self._asking is None:
            self._recheck_at = self._next_recheck()
            self._recheck()
        if call.over:
            return
        if now >= self._spoke_at + call.around.comment_seconds and self._tail.endswith(_BOUNDARIES):
            self._spoke_at = now
            call.comment()
        self._timer = call.loop.call_at(self._next(), self._due)

    def _next(self) -> float:
        around = self._call.around
        timeouts = around.upstreams.timeouts
        times = [self._recheck_at]
        if self._call.status:
            times.append(self._spoke_at + around.comment_seconds)
        else:
            times.append(self._asked_at + timeouts.first_byte)
        if self.full_since is not None:
            times.append(self.full_since + timeouts.write)
        return max(min(times), self._call.loop.time() + 0.001)

    def _next_recheck(self) -> float:
        call = self._call
        until_expiry = max(self._access.expires_at - call.around.clock(), 1)
        return call.loop.time() + min(call.around.recheck_seconds, until_expiry)

    def _recheck(self) -> None:
        call = self._call
        found = call.around.find.recall(self._target.slug, call.bearer)
        if found is None:
            self._asking = call.loop.create_task(self._ask())
        else:
            self._judge(*found)

    async def _ask(self) -> None:
        call, find = self._call, self._call.around.find
        target: Target | Elsewhere | None = self._target
        access: Access | None = self._access
        try:
            target = await find.find_target(self._target.slug)
            access = await find.find_access(call.bearer) if call.bearer else None
        except Exception as error:
            # A store that is away for a moment would cut every stream. What is known expires all the same.
            log.warning("deployment %r: its access could not be looked up again: %r", self._target.slug, error)
        self._asking = None
        if not call.over:
            self._judge(target, access)

    def _judge(self, target: Target | Elsewhere | None, access: Access | None) -> None:
        call, now = self._call, self._call.around.clock()
        if access and call.request.method == "POST":
            # A call that began with a good token may take longer than the token lives: cutting a tool off in its
            # work would do more harm. It ends with its grant all the same.
            access = replace(access, expires_at=max(access.expires_at, now + 1))
        match decide(call.request, target, access, now, call.around.body_limit):
            case Forward() as still:
                self._target, self._access = still.target, still.access
            case refused:
                call.end_access(refused)
