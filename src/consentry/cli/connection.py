"""One client's connection: uvicorn's, with bounds on what it may send and a quiet end (RFC 9112, RFC 9110 §7.8)."""

import asyncio
from asyncio.events import AbstractEventLoop, TimerHandle
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from consentry.cli.gathering import Gathering

HEAD_LIMIT_BYTES = 64 * 1024
HEAD_SECONDS = 10.0
# Few clients send a second request before they have read the first answer, and none sends many.
MOST_WAITING = 16
# What is not over this long after its connection was cut is stuck; only then uvicorn cancels it, and says so.
STUCK_SECONDS = 10


class HeadTooLargeError(Exception):
    """The request's line and headers are larger than any that we take."""


class Connection(HttpToolsProtocol):
    """To the application, a connection that is cut is a client who left, and no fault."""

    head_seconds = HEAD_SECONDS
    cycle: RequestResponseCycle | None  # type: ignore[assignment]  # the newest request; none at first

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._in_head = False
        self._in_message = False
        self._head_bytes = 0
        self._idle_bytes = 0  # received, and nothing came of them yet
        self._deadline: TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(Gathering(transport, self.loop))
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        super().connection_lost(exc)

    def eof_received(self) -> None:
        # A client that ends its half of the connection in the middle of a body may still be told so.
        if self._in_message:
            self._refuse(400, "The request ended before it was whole.")

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        self._idle_bytes += len(data)
        try:
            self._parse(memoryview(data))
        except HttpParserError as error:
            if isinstance(error.__context__, HeadTooLargeError):
                self._refuse_head()
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
        if self._in_head:
            self._count(len(name) + len(value) + 4)
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._idle_bytes = 0
        self._expect_nothing()
        if len(self.pipeline) >= MOST_WAITING:
            raise HttpParserError("too many requests wait for their answers")
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._idle_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_message = False
        self._idle_bytes = 0
        super().on_message_complete()

    def shutdown(self) -> None:
        super().shutdown()
        deadline = self.config.timeout_graceful_shutdown or STUCK_SECONDS
        self.loop.call_later(deadline - STUCK_SECONDS, self.cut)

    def cut(self) -> None:
        """At once, whatever is still to be sent: a client that reads nothing would hold us up."""
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
