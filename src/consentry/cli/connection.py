"""One client's connection: uvicorn's, with bounds on what it may send and a quiet end (RFC 9112, RFC 9110 §7.8)."""

import asyncio
import socket
import struct
from asyncio.events import AbstractEventLoop, TimerHandle
from typing import Any, NamedTuple, cast
from urllib.parse import unquote

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser, parse_url
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from consentry.cli.gathering import Gathering
from consentry.cli.passage import Direct, Passage
from consentry.cli.whole import Whole
from consentry.gateway.heads import HEAD_LIMIT_BYTES, head_of, read_request
from consentry.gateway.model import Message

HEAD_SECONDS = 10.0
# Few clients send a second request before they have read the first answer, and none sends many.
MOST_WAITING = 16
# What is not over this long after its connection was cut is stuck; only then uvicorn cancels it, and says so.
STUCK_SECONDS = 10
_NO_LINGER = struct.pack("ii", 1, 0)


class HeadTooLargeError(Exception):
    """The request's line and headers are larger than any that we take."""


class _Asked(NamedTuple):
    """What was made of a head that the application is to see, for the next request on its connection."""

    head: bytes
    length: int
    scope: Message


class Connection(HttpToolsProtocol):
    """To the application, a connection that is cut is a client who left, and no fault.

    What the application wants to have past ASGI becomes a Passage instead of one of uvicorn's cycles (ADR 22).
    """

    head_seconds = HEAD_SECONDS
    transport: Gathering
    cycle: RequestResponseCycle | Passage | None  # type: ignore[assignment]  # the newest request; none at first

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._direct: Direct | None = self.app if hasattr(self.app, "direct") else None
        self._passing: Passage | None = None  # the one that is being answered
        self._asked: _Asked | None = None
        self._likely = True  # that the next request is plain, as the last one was
        self._in_read = False
        self._in_head = False
        self._in_message = False
        self._head_bytes = 0
        self._idle_bytes = 0  # received, and nothing came of them yet
        self._deadline: TimerHandle | None = None
        self._idle: TimerHandle | None = None
        self._idle_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(Gathering(transport, self.loop))
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        if self._idle is not None:
            self._idle.cancel()
        super().connection_lost(exc)
        passing, self._passing = self._passing, None
        if passing is not None:
            passing.disconnected = True
            passing.call.client_gone()

    def eof_received(self) -> None:
        # A client that ends its half of the connection in the middle of a body may still be told so.
        if self._in_message:
            self._refuse(400, "The request ended before it was whole.")

    def data_received(self, data: bytes) -> None:
        self._idle_since = None
        if self._likely and self._between() and self._pass_whole(data):
            return
        self._idle_bytes += len(data)
        self._in_read = True
        try:
            self._parse(memoryview(data))
        except HttpParserError as error:
            if isinstance(error.__context__, HeadTooLargeError):
                self._refuse_head()
            else:
                self._refuse(400, "Invalid HTTP request received.")
            return
        finally:
            self._in_read = False
        if self._passing is not None:
            self._passing.call.flush()
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
        self._in_head = False
        self._idle_bytes = 0
        self._expect_nothing()
        if len(self.pipeline) >= MOST_WAITING:
            raise HttpParserError("too many requests wait for their answers")
        # An upgrade that is offered is let lie, and the head is read once more without it.
        if self._direct is None or self.parser.should_upgrade() or not self._pass(self._direct):
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._idle_bytes = 0
        if isinstance(self.cycle, Passage):
            self.cycle.call.body(body)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_message = False
        self._idle_bytes = 0
        if isinstance(self.cycle, Passage):
            self.cycle.call.body_ended()
        else:
            super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._passing is not None:
            self._passing.call.client_full()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._passing is not None:
            self._passing.call.client_drained()

    # What a passage asks of its connection.

    def passed(self, passage: Passage) -> None:
        """Its answer is whole."""
        self._passing = None
        if not passage.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def hold_body(self, passage: Passage) -> None:
        if passage is self.cycle and self._in_message:
            self.flow.pause_reading()

    def want_body(self, passage: Passage) -> None:
        if passage is self.cycle:  # otherwise reading is paused for the sake of a later one
            self.flow.resume_reading()

    def _between(self) -> bool:
        """Whether what comes now begins a request, and every one before it has its answer."""
        before = self.cycle
        if before is not None and not (before.response_complete and before.keep_alive):
            return False
        return not (self._in_message or self._idle_bytes or self.transport.is_closing())

    def _pass_whole(self, data: bytes) -> bool:
        """Whether `data` was a whole and plain request, which goes past the parser."""
        head = head_of(data)
        passage = self._asked_by(head, data[len(head) :])
        if passage is None:
            return False
        self._expect_nothing()
        self.expect_100_continue = False
        self.cycle = self._passing = passage
        if self.flow.write_paused:
            passage.call.client_full()
        passage.call.begin()
        passage.call.flush()
        if passage.response_complete:
            self._expect_head()
        return True

    def _asked_by(self, head: bytes, body: bytes) -> Passage | None:
        """For the gateway, whose heads are remembered for all connections together, or for the application."""
        asked = self._asked
        if asked is None or asked.head != head:
            said = self._direct.heads.find(head, len(body)) if self._direct is not None else None
            if said is not None:
                gateway, request = said
                passage = Passage(self, request.method)
                passage.call = gateway.open(request, passage, body)
                return passage
            asked = self._ask(head)
        if asked is None or asked.length != len(body):
            self._likely = False
            return None
        self._asked = asked
        passage = Passage(self, asked.scope["method"], gather=True)
        passage.call = Whole(self.app, self.tasks, asked.scope, passage, body)
        return passage

    def _ask(self, head: bytes) -> _Asked | None:
        read = read_request(head)
        if read is None:
            return None
        scope: Message = {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "root_path": self.root_path,
            "method": read.method,
            "path": read.path,
            "raw_path": read.path.encode(),
            "query_string": b"",
            "headers": read.headers,
        }
        return _Asked(head, read.length, scope)

    def _pass(self, direct: Direct) -> bool:
        """Whether the request goes past ASGI; if so, it is on its way, or waits for its turn."""
        scope = cast("Message", self.scope)
        url = parse_url(self.url)
        path = url.path.decode("ascii")
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["path"] = unquote(path) if "%" in path else path
        scope["query_string"] = url.query or b""
        opener = direct.direct(scope)
        self._likely = opener is not None
        if opener is None:
            return False
        old = self.parser.get_http_version() == "1.0"
        keep_alive = not old and self.parser.should_keep_alive()
        waits = self._answering()
        self.cycle = passage = Passage(self, scope["method"])
        passage.tell(old=old, keep_alive=keep_alive, expected=self.expect_100_continue)
        passage.call = opener.open(opener.read(scope), passage)
        if waits:
            self.flow.pause_reading()
            self.pipeline.appendleft((passage, self.app))  # type: ignore[arg-type]
        else:
            self._start_asgi_task(passage, self.app)
        return True

    def _start_asgi_task(self, cycle: RequestResponseCycle | Passage, app: Any) -> None:
        if isinstance(cycle, Passage):
            self._passing = cycle
            if self.flow.write_paused:  # by an answer before: nothing tells of it again
                cycle.call.client_full()
            cycle.call.begin()
            if not self._in_read:  # it waited for its turn
                cycle.call.flush()
        else:
            super()._start_asgi_task(cycle, app)

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

    def reset(self) -> None:
        """At once, and so that the client sees it."""
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.transport.abort()

    def _should_upgrade(self) -> bool:
        # Asked only where the parser stops for an upgrade. Nothing is begun then: `_parse` sees to it.
        return True

    def _parse(self, rest: memoryview) -> None:
        while True:
            try:
                self.parser.feed_data(rest)
            except HttpParserUpgrade as offered:
                rest = rest[offered.args[0] :]
                self._resume()
            else:
                return

    def _resume(self) -> None:
        """RFC 9110 §7.8: an upgrade that is offered need not be taken, and what follows is an ordinary body.

        The parser takes it for the other protocol, so a new one reads the head again, without the offer.
        """
        if self.scope["method"] == "CONNECT":  # RFC 9110 §9.3.6: asks for a tunnel, and there is none here
            raise HttpParserError("CONNECT")
        offer = [self.scope["method"].encode(), b" ", self.url, b" HTTP/", self.scope["http_version"].encode(), b"\r\n"]
        for name, value in self.headers:
            if name != b"upgrade":
                offer += [name, b": ", value, b"\r\n"]
        self.parser = HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does, for pipelined requests
        self.parser.feed_data(b"".join([*offer, b"\r\n"]))

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
