"""Beside a call that lasts: whether it may go on, and whether its upstream still moves."""

import asyncio
import logging
from dataclasses import replace
from typing import Protocol

from consentry.gateway.decide import decide
from consentry.gateway.model import Access, Elsewhere, Forward, Found, Request, Stop, Target
from consentry.gateway.surroundings import Surroundings
from consentry.gateway.upload import UNFINISHED, Upload, Whole
from consentry.gateway.upstream.pool import unreachable
from consentry.spec.challenge import Challenge
from consentry.spec.errors import AwayError

_BOUNDARIES = (b"\n\n", b"\r\n\r\n", b"\r\r")
_LISTEN = "subscriptions/listen"

log = logging.getLogger(__name__)


class Watched(Protocol):
    """A call, as far as it is watched."""

    around: Surroundings
    request: Request
    status: int
    asked_at: float
    full_since: float | None
    upload: Upload | Whole
    over: bool

    def refuse(self, refused: Challenge | Stop) -> None: ...

    def end_access(self, refused: Challenge | Stop) -> None: ...

    def comment(self) -> None: ...


class Watch:
    """Times are the event loop's, but for what expires. `works`: the call ends by itself, when it is done."""

    __slots__ = ("_access", "_asking", "_call", "_recheck_at", "_spoke_at", "_tail", "_target", "works")

    def __init__(self, call: Watched, forward: Forward) -> None:
        self._call = call
        self._target = forward.target
        self._access = forward.access
        # MCP 2026-07-28: listening takes the place of the GET stream, and never ends by itself.
        listens = forward.asked is not None and forward.asked.method == _LISTEN
        self.works = call.request.method == "POST" and not listens
        self._spoke_at = call.asked_at
        self._tail = b"\n\n"
        self._asking: asyncio.Task[None] | None = None
        self._recheck_at = self._recheck_after(call.asked_at)

    def stop(self) -> None:
        if self._asking is not None:
            self._asking.cancel()

    def passed(self, data: bytes, now: float) -> None:
        """A piece of a stream of events went to the client."""
        self._spoke_at = now
        self._tail = (self._tail + data)[-4:]

    def look(self, now: float) -> None:
        call = self._call
        timeouts = call.around.upstreams.timeouts
        if not call.status and now >= call.asked_at + timeouts.first_byte:
            late = unreachable(504, f"did not begin to answer within {timeouts.first_byte:g} s", "first byte")
            call.refuse(late if call.upload.whole else UNFINISHED)
        elif call.full_since is not None and now >= call.full_since + timeouts.write:
            call.refuse(unreachable(504, f"read nothing of the request for {timeouts.write:g} s", "write"))
        elif now >= self._recheck_at and self._asking is None:
            self._recheck_at = self._recheck_after(now)
            self._recheck()
        if not call.over and now >= self._spoke_at + call.around.comment_seconds and self._tail.endswith(_BOUNDARIES):
            self._spoke_at = now
            call.comment()

    def _recheck_after(self, now: float) -> float:
        around = self._call.around
        return now + min(around.recheck_seconds, max(self._access.expires_at - around.clock(), 1))

    def _recheck(self) -> None:
        try:
            found = self._call.around.find.recall(self._target.slug, self._call.request.bearer)
        except AwayError:
            found = None
        if found is None:
            self._asking = asyncio.create_task(self._ask())
        else:
            self._judge(*found)

    async def _ask(self) -> None:
        call = self._call
        found: Found = self._target, self._access
        try:
            found = await call.around.look_up(self._target.slug, call.request.bearer)
        except Exception as error:
            # A store that is away for a moment would cut every stream. What is known expires all the same.
            log.warning("deployment %r: its access could not be looked up again: %r", self._target.slug, error)
        self._asking = None
        if not call.over:
            self._judge(*found)

    def _judge(self, target: Target | Elsewhere | None, access: Access | None) -> None:
        call, now = self._call, self._call.around.clock()
        if access and self.works:
            # A call that began with a good token may take longer than the token lives: cutting a tool off in its
            # work would do more harm. It ends with its grant all the same.
            access = replace(access, expires_at=max(access.expires_at, now + 1))
        match decide(call.request, target, access, now, call.around.body_limit):
            case Forward() as still:
                self._target, self._access = still.target, still.access
            case refused:
                call.end_access(refused)
