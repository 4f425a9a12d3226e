"""A request that goes past ASGI: the client's end of a gateway's call, and to uvicorn a cycle like its own."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from consentry.gateway.model import Client, Headers, Message, Request

if TYPE_CHECKING:
    from consentry.cli.connection import Connection

_NO_BODY = frozenset({204, 304})


class Call(Protocol):
    """What the gateway makes of a request."""

    def begin(self) -> None: ...

    def begin_whole(self, body: bytes) -> None: ...

    def body(self, data: bytes) -> None: ...

    def body_ended(self) -> None: ...

    def flush(self) -> None: ...

    def client_full(self) -> None: ...

    def client_drained(self) -> None: ...

    def client_gone(self) -> None: ...


class Opener(Protocol):
    """A gateway."""

    def read(self, scope: Message) -> Request: ...

    def open(self, request: Request, client: Client) -> Call: ...


Open = Callable[[Client], Call]


class Direct(Protocol):
    """An application that takes some requests past ASGI: for those it names the gateway."""

    def direct(self, scope: Message) -> Opener | None: ...


class Passage:
    """Begins when the requests before it have their answers. What uvicorn reads of it has uvicorn's names."""

    __slots__ = (
        "_chunked",
        "_connection",
        "_expected",
        "_method",
        "_old",
        "_out",
        "_silent",
        "_until_close",
        "_write",
        "call",
        "disconnected",
        "keep_alive",
        "response_complete",
        "response_started",
    )

    def __init__(
        self,
        connection: "Connection",
        method: str,
        open_call: Open,
        *,
        old: bool = False,
        keep_alive: bool = True,
        gather: bool = False,
    ) -> None:
        self._connection = connection
        # Answers that are ready at one moment go out one after the other: who is woken by the first reads them all.
        self._write = connection.transport.write if gather else connection.transport.write_now
        self._expected = connection.expect_100_continue
        self._method = method
        self._old = old
        self._out: list[bytes] = []
        self._chunked = self._silent = self._until_close = False
        self.keep_alive = keep_alive
        self.response_started = self.response_complete = self.disconnected = False
        self.call = open_call(self)

    @property
    def message_event(self) -> "Passage":
        """uvicorn sets it when the client is gone, which the connection tells us by itself."""
        return self

    def set(self) -> None: ...

    # The client's end of the call.

    def begin(self, status: int, headers: Headers) -> None:
        self.response_started = True
        if self._expected:  # RFC 9110 §10.1.1: whether the body that was held back comes now, nobody knows
            self._expected = self.keep_alive = False
        usual = map(b": ".join, self._connection.server_state.default_headers)
        head = [STATUS_LINE[status][:-2], *usual, *map(b": ".join, headers)]
        self._silent = self._method == "HEAD" or status in _NO_BODY
        if not self._silent and b"content-length" not in dict(headers):
            if self._old:  # RFC 9112 §6.1: it knows no chunks
                self._until_close = True
                self.keep_alive = False
            else:
                self._chunked = True
                head.append(b"transfer-encoding: chunked")
        head.append(b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n")
        self._out.append(b"\r\n".join(head))

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
