"""One client's connection: what the application wants to have past ASGI is passed to it so (RFC 9112; ADR 22)."""

import asyncio
import socket
import struct
from asyncio.events import AbstractEventLoop
from typing import Any, NamedTuple, cast
from urllib.parse import unquote

from httptools import parse_url
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from consentry.cli.bounded import Bounded
from consentry.cli.gathering import Gathering
from consentry.cli.passage import Direct, Passage
from consentry.cli.whole import Whole
from consentry.gateway.heads import head_of, read_request
from consentry.gateway.model import Message

_NO_LINGER = struct.pack("ii", 1, 0)


class _Asked(NamedTuple):
    """What was made of a head that the application is to see, for the next request on its connection."""

    head: bytes
    length: int
    scope: Message


class Connection(Bounded):
    """Makes of some requests a Passage instead of one of uvicorn's cycles; one that comes whole skips the parser too.

    To the application, a connection that is cut is a client who left, and no fault.
    """

    transport: Gathering
    cycle: RequestResponseCycle | Passage | None  # type: ignore[assignment]

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

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(Gathering(transport, self.loop))

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        passing, self._passing = self._passing, None
        if passing is not None:
            passing.disconnected = True
            passing.call.client_gone()

    def data_received(self, data: bytes) -> None:
        self._idle_since = None
        if self._likely and self._between() and self._pass_whole(data):
            return
        super().data_received(data)

    def parse(self, rest: memoryview) -> None:
        self._in_read = True
        try:
            super().parse(rest)
        finally:
            self._in_read = False
        if self._passing is not None:
            self._passing.call.flush()

    def request_begun(self) -> None:
        # Of an upgrade that is offered the head is read once more, without it.
        if self._direct is None or self.parser.should_upgrade() or not self._pass(self._direct):
            super().request_begun()

    def request_goes_on(self, body: bytes) -> None:
        if isinstance(self.cycle, Passage):
            self.cycle.call.body(body)
        else:
            super().request_goes_on(body)

    def request_ended(self) -> None:
        if isinstance(self.cycle, Passage):
            self.cycle.call.body_ended()
        else:
            super().request_ended()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._passing is not None:
            self._passing.call.client_full()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._passing is not None:
            self._passing.call.client_drained()

    def shutdown(self) -> None:
        super().shutdown()
        if self._passing is not None:
            self._passing.call.wind_down()

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

    def reset(self) -> None:
        """At once, and so that the client sees it."""
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.transport.abort()
