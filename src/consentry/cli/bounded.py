"""uvicorn's protocol with bounds: how large a head is, and how long anything is waited for (RFC 9112, RFC 9110)."""

import asyncio
from asyncio.events import TimerHandle

from httptools import HttpParserError
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from consentry.cli.declining import Declining
from consentry.gateway.heads import HEAD_LIMIT_BYTES

HEAD_SECONDS = 10.0
# Few clients send a second request before they have read the first answer, and none sends many.
MOST_WAITING = 16
# What is not over this long after its connection was cut is stuck; only then uvicorn cancels it, and says so.
STUCK_SECONDS = 10


class HeadTooLargeError(Exception):
    """The request's line and headers are larger than any that we take."""


class HostError(Exception):
    """RFC 9112 §3.2: whoever stands between must not take a request for another host than we do."""


class Bounded(Declining):
    """A client that sends too much is told so where that can be told, and one that is too slow is left."""

    head_seconds = HEAD_SECONDS
    cycle: RequestResponseCycle | None  # type: ignore[assignment]  # the newest request; none at first
    _in_head = False
    _in_message = False
    _head_bytes = 0
    _idle_bytes = 0  # received, and nothing came of them yet
    _deadline: TimerHandle | None = None
    _idle: TimerHandle | None = None
    _idle_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        if self._idle is not None:
            self._idle.cancel()
        super().connection_lost(exc)

    def eof_received(self) -> None:
        # A client that ends its half of the connection in the middle of a body may still be told so.
        if self._in_message:
            self._refuse(400, "The request ended before it was whole.")

    def data_received(self, data: bytes) -> None:
        self._idle_since = None
        self._idle_bytes += len(data)
        try:
            self.parse(memoryview(data))
        except HttpParserError as error:
            if isinstance(error.__context__, HeadTooLargeError):
                self._refuse_head()
            elif isinstance(error.__context__, HostError):
                self._refuse(400, "A request of HTTP/1.1 names its host in the header Host, once.")
            else:
                self._refuse(400, "Invalid HTTP request received.")
            return
        if self._idle_bytes > HEAD_LIMIT_BYTES:  # a head, a chunk's extension or a trailer that does not end
            self._refuse_head()
        elif self._in_head or not self._answering():
            self._expect_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = self._in_message = True
        self._head_bytes = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        # RFC 9110 §6.5.1: a trailer is no header. As one, it could name another client address or credential.
        if not self._in_head:
            return
        self._count(len(name) + len(value) + 4)
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self.parser.get_http_version() == "1.1" and [name for name, _ in self.headers].count(b"host") != 1:
            raise HostError
        self._in_head = False
        self._idle_bytes = 0
        self._expect_nothing()
        if len(self.pipeline) >= MOST_WAITING:
            raise HttpParserError("too many requests wait for their answers")
        self.request_begun()

    def on_body(self, body: bytes) -> None:
        self._idle_bytes = 0
        self.request_goes_on(body)

    def on_message_complete(self) -> None:
        self._in_message = False
        self._idle_bytes = 0
        self.request_ended()

    # What becomes of a request that keeps within the bounds.

    def request_begun(self) -> None:
        super().on_headers_complete()

    def request_goes_on(self, body: bytes) -> None:
        super().on_body(body)

    def request_ended(self) -> None:
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """As uvicorn's, but for the timer of idle connections: one goes on from request to request, since making and
        cancelling one took longer than any rule of ours."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
            return
        self._idle_since = self.loop.time()
        if self._idle is None:
            self._idle = self.loop.call_later(self.timeout_keep_alive, self._look_idle)

    def _look_idle(self) -> None:
        self._idle = None
        if self._idle_since is None or self.transport.is_closing():
            return
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._idle = self.loop.call_later(left, self._look_idle)
        else:
            self.transport.close()

    def shutdown(self) -> None:
        super().shutdown()
        deadline = self.config.timeout_graceful_shutdown or STUCK_SECONDS
        self.loop.call_later(deadline - STUCK_SECONDS, self.cut)

    def cut(self) -> None:
        """At once, whatever is still to be sent: a client that reads nothing would hold us up."""
        self.transport.abort()

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > HEAD_LIMIT_BYTES:
            raise HeadTooLargeError

    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _expect_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.head_seconds, self._too_late)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        if self._answering():  # a second request came in part; while the first is answered we may not have read on
            self._expect_head()
        elif not self.transport.is_closing():
            self.transport.close()

    def _refuse_head(self) -> None:
        self._refuse(431, f"The request's line and headers are larger than {HEAD_LIMIT_BYTES} bytes.")

    def _refuse(self, status: int, sentence: str) -> None:
        """Ends the connection, with a sentence where that cannot run into another answer."""
        if self._unanswered() and not self.transport.is_closing():
            fields = [*self.server_state.default_headers, (b"content-type", b"text/plain; charset=utf-8")]
            fields += [(b"content-length", str(len(sentence)).encode()), (b"connection", b"close")]
            head = [STATUS_LINE[status], *(b"%s: %s\r\n" % field for field in fields), b"\r\n"]
            self.transport.write(b"".join([*head, sentence.encode()]))
        self._in_message = False
        self._expect_nothing()
        self.transport.close()

    def _unanswered(self) -> bool:
        if self.pipeline:
            return False
        if self._in_message and not self._in_head:  # the newest request is the one that is refused
            return self.cycle is not None and not self.cycle.response_started
        return not self._answering()
