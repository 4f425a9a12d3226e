"""One connection to an upstream: a request goes up, its answer is told piece by piece (RFC 9112)."""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from consentry.gateway.head import Answer
from consentry.gateway.heads import HEAD_LIMIT_BYTES, head_of, read_answer
from consentry.gateway.model import Header
from consentry.gateway.upstream.framing import Framing, framing_of

log = logging.getLogger(__name__)


class Asker(Protocol):
    """Whoever sent the request is told of the answer as it comes. Nothing of this waits."""

    def on_answer(self, answer: Answer) -> None:
        """The head. Interim answers (1xx) are not told of."""

    def on_data(self, data: bytes) -> None:
        """A piece of the body."""

    def on_read(self) -> None:
        """All that was read in one go has been told, and there is more to come."""

    def on_whole(self) -> None:
        """The answer is complete; the connection is the pool's again."""

    def on_broken(self, reason: str, silent: bool) -> None:
        """The answer will not become whole. `silent`: not one byte of it had come."""

    def on_full(self) -> None:
        """The upstream does not read as fast as the request is written."""

    def on_drained(self) -> None:
        """It has caught up."""


class UpstreamConnection(asyncio.Protocol):
    """`on_idle` is called when it may serve another request, `on_lost` when it is gone for good.

    `put` takes what is to be sent.
    """

    __slots__ = (
        "_asker",
        "_complete",
        "_framing",
        "_fruitless",
        "_head_bytes",
        "_headers",
        "_lasting",
        "_on_idle",
        "_on_lost",
        "_parser",
        "_paused",
        "_put",
        "_silent",
        "_surplus",
        "asked_whole",
        "idle_since",
        "transport",
    )

    def __init__(
        self,
        on_idle: Callable[["UpstreamConnection"], None],
        on_lost: Callable[["UpstreamConnection"], None],
        put: Callable[[asyncio.Transport, bytes], None],
    ) -> None:
        self._on_idle = on_idle
        self._on_lost = on_lost
        self._put = put
        self._parser = HttpResponseParser(self)
        self._asker: Asker | None = None
        self._headers: list[Header] = []
        self._head_bytes = 0
        self._fruitless = 0  # received, and nothing came of them yet
        self._framing: Framing | None = None
        self._complete = self._surplus = self._paused = self._lasting = False
        self._silent = True
        self.idle_since = 0.0
        self.asked_whole = False  # for whoever writes to say: half a request leaves no place for another

    # What the one who asks does.

    def ask(self, asker: Asker) -> None:
        """From here on the answer belongs to `asker`."""
        self._asker = asker
        self._framing = None
        self._complete = self._surplus = self.asked_whole = False
        self._silent = True

    def write(self, data: bytes) -> None:
        self._put(self.transport, data)

    def pause(self) -> None:
        """Reads no more of the answer until `resume`."""
        if not self._paused:
            self._paused = True
            self.transport.pause_reading()

    def resume(self) -> None:
        if self._paused:
            self._paused = False
            self.transport.resume_reading()

    def leave(self) -> None:
        """Whatever is under way is over, for the upstream to notice; nothing more is told."""
        self._asker = None
        self.transport.abort()

    @property
    def closing(self) -> bool:
        """Whether it can take no further request."""
        return self.transport.is_closing()

    # What the transport tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is of no class of asyncio's

    def data_received(self, data: bytes) -> None:
        asker = self._asker
        if asker is None:  # nothing was asked, so nothing that it says can be an answer
            self.transport.abort()
            return
        if self._silent:
            self._silent = False
            head = head_of(data)
            answer = read_answer(head)
            if answer is not None and len(head) + answer.length == len(data):
                self._tell_whole(asker, answer, data[len(head) :])
                return
        self._fruitless += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            self._surplus = True  # the head was told, with its status, and that is refused
        except HttpParserError as error:
            self._surplus = True
            if not self._complete:
                self._break(f"no proper answer: {error}", error.__context__)
                return
        if self._fruitless > HEAD_LIMIT_BYTES:  # a head, a chunk's extension or a trailer that does not end
            self._break(f"more than {HEAD_LIMIT_BYTES} bytes that are no part of a body")
        elif self._asker is asker:
            if self._complete:
                self._finish(asker)
            else:
                asker.on_read()

    def _tell_whole(self, asker: Asker, answer: Answer, body: bytes) -> None:
        """An answer that came in one piece, and past the parser."""
        self._framing, self._lasting = Framing.LENGTH, True
        try:
            asker.on_answer(answer)
            if body and self._asker is asker:
                asker.on_data(body)
        except Exception as error:
            self._break("it could not be passed on", error)
        if self._asker is asker:
            self._complete = True
            self._finish(asker)

    def connection_lost(self, exc: Exception | None) -> None:
        asker, self._asker = self._asker, None
        self._on_lost(self)
        if asker is None:
            return
        # §8: only a close that was meant as the end of a body is one; a reset never is.
        if self._framing is Framing.UNTIL_CLOSE and exc is None:
            asker.on_whole()
        else:
            asker.on_broken(f"closed: {exc or 'in the middle of an answer'}", self._silent)

    def pause_writing(self) -> None:
        if self._asker is not None:
            self._asker.on_full()

    def resume_writing(self) -> None:
        if self._asker is not None:
            self._asker.on_drained()

    # What the parser tells.

    def on_message_begin(self) -> None:
        if self._complete:
            self._surplus = True
        self._headers = []
        self._head_bytes = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._framing is None:  # afterwards it is a trailer, RFC 9110 §6.5.1: no header, and dropped
            self._head_bytes += len(name) + len(value) + 4
            if self._head_bytes <= HEAD_LIMIT_BYTES:
                self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if self._complete or (100 <= status < 200 and status != 101):
            return
        if self._head_bytes > HEAD_LIMIT_BYTES:
            self._break(f"a head of more than {HEAD_LIMIT_BYTES} bytes")
            return
        self._fruitless = 0
        framing = framing_of(status, self._headers)
        if framing is None:
            self._break("a transfer coding that nobody asked for")
            return
        self._framing = framing
        self._lasting = self._parser.should_keep_alive()  # behind the message the parser knows no more
        if self._asker is not None:
            self._asker.on_answer(Answer(status, tuple(self._headers)))

    def on_body(self, body: bytes) -> None:
        self._fruitless = 0
        if self._asker is not None and not self._complete:
            self._asker.on_data(body)

    def on_message_complete(self) -> None:
        if self._framing is not None:  # otherwise an interim answer is over
            self._complete = True
            self._fruitless = 0

    def _finish(self, asker: Asker) -> None:
        self._asker = None
        if self._lasting and self.asked_whole and not self._surplus and not self.transport.is_closing():
            self._framing = None
            self.resume()
            self._on_idle(self)
        else:
            self.transport.abort()
        asker.on_whole()

    def _break(self, reason: str, fault: BaseException | None = None) -> None:
        if fault is not None:
            log.error("an answer could not be passed on", exc_info=fault)
        asker, self._asker = self._asker, None
        self.transport.abort()
        if asker is not None:
            asker.on_broken(reason, silent=False)
