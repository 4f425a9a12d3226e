"""A request that goes past ASGI: the client's end of a gateway's call, and to uvicorn a cycle like its own."""

from typing import TYPE_CHECKING, Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from consentry.gateway.head import Head
from consentry.gateway.model import Client, Headers, Message, Request
from consentry.gateway.said import Heads

if TYPE_CHECKING:
    from consentry.cli.connection import Connection

_NO_BODY = frozenset({204, 304})
LINE = b"%b: %b\r\n".__mod__


class Call(Protocol):
    """What the gateway makes of a request."""

    def begin(self) -> None: ...

    def body(self, data: bytes) -> None: ...

    def body_ended(self) -> None: ...

    def flush(self) -> None: ...

    def client_full(self) -> None: ...

    def client_drained(self) -> None: ...

    def client_gone(self) -> None: ...

    def wind_down(self) -> None:
        """The server ends."""


class Opener(Protocol):
    """A gateway."""

    def read(self, scope: Message) -> Request: ...

    def open(self, request: Request, client: Client, body: bytes | None = None) -> Call: ...


class Direct(Protocol):
    """An application that takes some requests past ASGI: for those it names the gateway.

    `heads` are those of requests that came whole, with what was made of them before.
    """

    heads: Heads

    def direct(self, scope: Message) -> Opener | None: ...


class Passage:
    """Begins when the requests before it have their answers. What uvicorn reads of it has uvicorn's names."""

    call: Call
    disconnected = False
    keep_alive = True
    response_started = response_complete = False
    _chunked = _expected = _old = _silent = _until_close = False

    def __init__(self, connection: "Connection", method: str, *, gather: bool = False) -> None:
        self._connection = connection
        # Answers that are ready at one moment go out one after the other: who is woken by the first reads them all.
        self._write = connection.transport.write if gather else connection.transport.write_now
        self._method = method
        self._out: list[bytes] = []

    def tell(self, *, old: bool, keep_alive: bool, expected: bool) -> None:
        """What is not as with most requests. `old`: HTTP/1.0; `expected`: the body waits for a word of ours."""
        self._old = old
        self.keep_alive = keep_alive
        self._expected = expected

    @property
    def message_event(self) -> "Passage":
        """uvicorn sets it when the client is gone, which the connection tells us by itself."""
        return self

    def set(self) -> None: ...

    # The client's end of the call.

    def begin(self, head: Head, own: Headers) -> None:
        self.response_started = True
        if self._expected:  # RFC 9110 §10.1.1: whether the body that was held back comes now, nobody knows
            self._expected = self.keep_alive = False
        status = head.status
        usual = self._connection.server_state.default_headers
        lines = [STATUS_LINE[status], *map(LINE, usual), head.lines, *map(LINE, own)]
        self._silent = status in _NO_BODY or self._method == "HEAD"
        if not (head.sized or self._silent):
            if self._old:  # RFC 9112 §6.1: it knows no chunks
                self._until_close = True
                self.keep_alive = False
            else:
                self._chunked = True
                lines.append(b"transfer-encoding: chunked\r\n")
        lines.append(b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n")
        self._out += lines

    def send(self, data: bytes) -> None:
        if not self._silent:
            self._out.append(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)

    def end(self) -> None:
        if self._chunked:
            self._out.append(b"0\r\n\r\n")
        self.response_complete = True
        self.flush()
        self._connection.passed(self)

    def cut(self) -> None:
        self.flush()
        self.response_complete = True
        if self._until_close:
            self._connection.reset()  # an end would look as if it were the body's
        else:
            self._connection.transport.close()

    def flush(self) -> None:
        out = self._out
        if out:
            self._write(out[0] if len(out) == 1 else b"".join(out))
            out.clear()

    def hold_body(self) -> None:
        self._connection.hold_body(self)

    def want_body(self) -> None:
        if self._expected:
            self._expected = False
            self._connection.transport.write_now(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._connection.want_body(self)
