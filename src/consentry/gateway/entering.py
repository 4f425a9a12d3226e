"""A call on its way in: looked up and decided about, with as much of its body as somebody has to see."""

import logging
from abc import ABC, abstractmethod
from asyncio import Task
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import TypeVar

from consentry.gateway import errand
from consentry.gateway.answers import AWAY, FAILED
from consentry.gateway.asked import worth_reading
from consentry.gateway.decide import check_length, decide
from consentry.gateway.model import Client, Decision, Forward, Found, Policy, Request, Stop
from consentry.gateway.settled import of_kind, settle
from consentry.gateway.surroundings import Surroundings
from consentry.gateway.upload import Upload, Whole
from consentry.spec.challenge import Challenge
from consentry.spec.errors import AwayError

log = logging.getLogger(__name__)

T = TypeVar("T")
_NOTHING: Found = (None, None)
_DECIDED = (Forward, Challenge, Stop)  # asked for instead of Awaitable, of which only its base class would know


class Entering(ABC):
    """It never waits itself: a look-up that has to ask and a policy that has to wait take a task, and the rest of a
    body is told. What it ends in is that the call is let in, or refused."""

    over = False
    _allowed: Forward | None = None  # by the policies so far
    _task: Task[None] | None = None
    _unread: Callable[[], None] | None = None  # what waits for the whole body

    def __init__(
        self, around: Surroundings, client: Client, request: Request, request_id: str, body: bytes | None = None
    ) -> None:
        self.around = around
        self.client = client
        self.request = request
        self.request_id = request_id
        self.begun_at = self.asked_at = monotonic()
        self.upload: Upload | Whole
        if body is None:
            self.upload = Upload(around.body_limit, request.names(b"transfer-encoding"))
        else:
            self.upload = Whole(body)

    @abstractmethod
    def _let_in(self, forward: Forward, now: int) -> None:
        """Everybody whom it concerns has let it pass."""

    @abstractmethod
    def refuse(self, refused: Challenge | Stop) -> None:
        """The gateway's own answer."""

    @abstractmethod
    def flush(self) -> None:
        """All that the client sent in one go has been told."""

    @abstractmethod
    def look(self, now: float) -> None:
        """It lasts."""

    def begin(self) -> None:
        """The head of the request is there, and the whole of it where `body` was given, or was waited for."""
        around, settled = self.around, self.request.kept.settled
        try:
            now, version = around.clock(), around.find.version()
            if settled is not None and now < settled.until and version == settled.version:
                too_long = check_length(self.upload.length, around.body_limit)
                self._judged(too_long or settled.judged.forward, now, settled.judged.policies)
                return
            slug = self.request.slug
            found = around.find.recall(slug, self.request.bearer) if slug else _NOTHING
            if found is None:
                self._wait_for(self.around.look_up(slug, self.request.bearer), self._decide)
            else:
                self._settle(found, version, now)
        except Exception as error:
            self._fail(error)

    def body_ended(self) -> None:
        if isinstance(self.upload, Upload):
            self.upload.end()
        self.asked_at = monotonic()
        if self._unread is not None and not self.over:
            go_on, self._unread = self._unread, None
            try:
                go_on()
            except Exception as error:
                self._fail(error)

    def _decide(self, found: Found) -> None:
        self._judged(decide(self.request, *found, self.around.clock(), self.around.body_limit))

    def _settle(self, found: Found, version: Hashable, now: int) -> None:
        """What was recalled under that version is decided about once for all with the same head."""
        decision = decide(self.request, *found, now, self.around.body_limit)
        if isinstance(decision, Forward):
            settle(self.request, decision, self.around.policies, version, now)
        self._judged(decision, now)

    def _judged(
        self, decision: Decision, now: int | None = None, policies: tuple[Policy, ...] | None = None, asked: int = 0
    ) -> None:
        """What came of the policies so far; the next ones are asked, and in the end the call goes up."""
        now = self.around.clock() if now is None else now
        policies = self.around.policies if policies is None else policies
        for policy in policies[asked:]:
            if not isinstance(decision, Forward):
                break
            self._allowed = decision
            request = self.request
            if request.body is None and policy.needs_body(request, decision):
                if not self.upload.whole:
                    self._wait_for_body(self.begin)  # anew: what let it in may have ended by then
                    return
                if stop := check_length(self.upload.length, self.around.read_limit):
                    self.refuse(stop)
                    return
                self.request = request = request.reading(self.upload.read())
                known = of_kind(request, decision, now)
                if known is not None:
                    self._judged(known.forward, now, known.policies)
                    return
            asked += 1
            judged = policy.judge(request, decision, now)
            if not isinstance(judged, _DECIDED):
                self._wait_for(judged, partial(self._judged, policies=policies, asked=asked))
                return
            decision = judged
        if isinstance(decision, Forward):
            self._let_in(decision, now)
        elif self.upload.whole or not worth_reading(self.request, decision):
            self.refuse(decision)
        else:
            self._wait_for_body(partial(self._judged, decision))

    def _wait_for_body(self, go_on: Callable[[], None]) -> None:
        self._unread = go_on
        self.around.rounds.add(self)
        self.client.want_body()

    def _wait_for(self, work: Awaitable[T], then: Callable[[T], None]) -> None:
        def go_on(outcome: T) -> None:
            then(outcome)
            self.flush()

        self._task = errand.start(work, go_on, self._fail)

    def _fail(self, error: Exception) -> None:
        if isinstance(error, AwayError):
            self.refuse(replace(AWAY, reason=str(error)))
            return
        log.error("the gateway failed: request %s, deployment %r", self.request_id, self.request.slug, exc_info=error)
        self.refuse(FAILED)
