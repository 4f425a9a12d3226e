"""One call, from its head to the end of its answer: what was let in is sent up, and its answer brought back (MCP
2026-07-28 Streamable HTTP)."""

import logging
from time import monotonic

from consentry.gateway.answers import answer_to
from consentry.gateway.asked import addressed
from consentry.gateway.decide import check_answer, check_length
from consentry.gateway.entering import Entering
from consentry.gateway.head import Answer, Head
from consentry.gateway.headers import named
from consentry.gateway.model import GONE, Filter, Finished, Forward, Headers, Stop
from consentry.gateway.settled import asking
from consentry.gateway.upload import MOST_HELD_BYTES, UNFINISHED, Whole
from consentry.gateway.upstream import Origin, UpstreamConnection
from consentry.gateway.upstream.pool import unreachable
from consentry.gateway.watch import Watch
from consentry.spec.challenge import Challenge

log = logging.getLogger(__name__)


class Call(Entering):
    """Everything that happens is told to it by one of its two ends, or by its watch; it never waits itself.

    The client's end calls `begin`, `body` and `body_ended` as the request comes in, and `flush` behind each read.
    Only a look-up that has to ask, a policy that has to wait and a new connection take a task, one at a time.
    """

    # Where most calls have nothing to say, this says it for them.
    forward: Forward | None = None
    connection: UpstreamConnection | None = None
    reused = False
    status = 0  # once it is set, the answer has begun
    bytes_out = 0
    full_since: float | None = None  # when the upstream stopped to read
    _open_ended = False
    _filter: Filter | None = None
    _client_full = False
    _watch: Watch | None = None

    # What the client's end tells.

    def body(self, data: bytes) -> None:
        """A piece of the request's body."""
        upload = self.upload
        if self.over or isinstance(upload, Whole):
            return
        self.asked_at = monotonic()
        if stop := upload.add(data):
            self.refuse(stop)
        elif self._unread is not None:
            if stop := check_length(upload.length, self.around.read_limit):
                self.refuse(stop)
        elif self.connection is None and upload.held_bytes > MOST_HELD_BYTES:
            self.client.hold_body()

    def flush(self) -> None:
        if self.connection is not None and self.forward is not None:
            self.upload.send(self.connection)

    def client_full(self) -> None:
        """The client does not read as fast as the upstream answers."""
        self._client_full = True
        if self.connection is not None:
            self.connection.pause()

    def client_drained(self) -> None:
        self._client_full = False
        if self.connection is not None:
            self.connection.resume()

    def client_gone(self) -> None:
        """Closing the stream is how a client cancels a call, so it must reach the upstream."""
        if not self.over:
            self._finish(whole=False)

    # To the upstream.

    def _let_in(self, forward: Forward, now: int) -> None:
        self.forward = self._allowed = forward
        self.around.find.note_use(forward.access, now)
        origin = self._write_head(forward)
        connection = self.around.upstreams.take(origin)
        if connection is None:
            self._connect(origin)
        else:
            self._ask(connection, reused=True)

    def _write_head(self, forward: Forward) -> Origin:
        """Where it is to go."""
        origin, head = asking(self.request, forward, self.request_id)
        self.upload.begin(head)
        return origin

    def _connect(self, origin: Origin) -> None:
        def connected(to: UpstreamConnection | Stop) -> None:
            if isinstance(to, Stop):
                self.refuse(to)
            else:
                self._ask(to, reused=False)

        self._wait_for(self.around.upstreams.connect(origin), connected)

    def _ask(self, connection: UpstreamConnection, *, reused: bool) -> None:
        connection.ask(self)
        self.connection = connection
        if self._client_full:
            connection.pause()
        self.reused = reused
        self.asked_at = monotonic()
        self.full_since = None
        self.around.rounds.add(self)
        if not isinstance(self.upload, Whole):
            self.client.want_body()

    # What the upstream's end tells.

    def on_answer(self, answer: Answer) -> None:
        if stop := check_answer(answer.status):
            self.refuse(stop)
            return
        forward = self.forward
        assert forward is not None  # noqa: S101 - it was asked
        head = answer.down()
        own: Headers = (named(self.request_id),)
        if forward.answered is not None:
            headers, self._filter = forward.answered(answer.status, head.headers)
            head = head.saying(headers)
            if self._filter is not None:
                head = head.unsized()
        if forward.down:
            head, own = head.beside(forward.down), (*own, *forward.down)
        if head.streams:
            self._open_ended = True
            self._watched(forward)
        self.status = answer.status
        self.client.begin(head, own)

    def on_data(self, data: bytes) -> None:
        self._pass(self._filter.feed(data) if self._filter is not None else data)

    def on_read(self) -> None:
        self.client.flush()

    def on_whole(self) -> None:
        self.connection = None
        try:
            if self._filter is not None:
                self._pass(self._filter.end())
        except Exception as error:
            self._fail(error)
            return
        self.client.end()
        self._finish(whole=True)

    def on_broken(self, reason: str, silent: bool) -> None:
        self.connection = None
        if silent and self.reused and self._repeatable():
            assert self.forward is not None  # noqa: S101 - it was asked
            self._connect(self._write_head(self.forward))
        elif self.status:
            log.warning("request %s, deployment %r: broke off: %s", self.request_id, self.request.slug, reason)
            self._break_off(502)
        else:
            self.refuse(unreachable(502, "closed the connection without a proper answer", reason))

    def on_full(self) -> None:
        self.client.hold_body()
        self.full_since = monotonic()

    def on_drained(self) -> None:
        self.full_since = None
        self.client.want_body()

    def look(self, now: float) -> None:
        if self.forward is not None:
            self._watched(self.forward).look(now)
        elif self._unread is not None and now >= self.asked_at + self.around.upstreams.timeouts.first_byte:
            self.refuse(UNFINISHED)

    def _watched(self, forward: Forward) -> Watch:
        if self._watch is None:
            self._watch = Watch(self, forward)
        return self._watch

    def _repeatable(self) -> bool:
        """RFC 9110 §9.2.2: what is idempotent may be asked again, and here only where no body went with it."""
        return self.request.method != "POST" and not self.upload.length

    def _pass(self, data: bytes) -> None:
        if data:
            self.bytes_out += len(data)
            self.client.send(data)
            if self._open_ended and self._watch is not None:
                self._watch.passed(data, monotonic())

    # Ends.

    def refuse(self, refused: Challenge | Stop) -> None:
        """The gateway's own answer; where another has begun, it is too late to say why."""
        if self.over:
            return
        if isinstance(refused, Stop) and refused.reason:
            log.warning("request %s, deployment %r: %s", self.request_id, self.request.slug, refused.reason)
        if self.status:
            self._break_off(refused.status)
            return
        refused = addressed(refused, self.request, self.upload.read())
        answer = answer_to(refused, self.request.slug, self.request_id, self.around.troubleshooting_url)
        self.status = answer.status
        self.client.begin(Head(answer.status, answer.headers), ())
        self._pass(answer.body)
        self.client.end()
        self._finish(whole=True)

    def end_access(self, refused: Challenge | Stop) -> None:
        """What was let in is let in no more."""
        log.info("request %s, deployment %r: its access ended under way", self.request_id, self.request.slug)
        if self.status and self._open_ended:
            self._end_stream()
        else:
            self.refuse(refused)

    def wind_down(self) -> None:
        """The server ends: what never ends by itself does so now, and properly."""
        if self._open_ended and self._watch is not None and not self._watch.works:
            self._end_stream()

    def _end_stream(self) -> None:
        self.client.end()
        self._finish(whole=True)

    def comment(self) -> None:
        """A word to whoever waits for events, so that nothing between us takes the stream for dead."""
        if self._open_ended and not self._client_full:
            self.client.send(b":\n\n")
            self.client.flush()

    def _break_off(self, because: int) -> None:
        """`because` is the status that the log has: what the client was told looks like success."""
        self.status = because
        self.client.cut()
        self._finish(whole=False)

    def _finish(self, *, whole: bool) -> None:
        self.over = True
        self.around.rounds.remove(self)
        if self._watch is not None:
            self._watch.stop()
            self._watch = None  # they hold each other
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self.client = GONE  # which holds us: without cycles there is nothing for the garbage collector to do
        if self.connection is not None:
            self.connection.leave()
            self.connection = None
        if self.around.observers:
            seconds, length = monotonic() - self.begun_at, self.upload.length
            finished = Finished(
                self.request, self.request_id, self._allowed, self.status, whole, seconds, length, self.bytes_out
            )
            self.around.tell(finished)
