"""Connections to upstreams, kept for the next request: RFC 9112 §9.3, §9.5."""

import asyncio
import socket
import ssl
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from time import monotonic
from types import TracebackType
from typing import Self

from consentry.gateway.model import Stop
from consentry.gateway.upstream.connection import UpstreamConnection
from consentry.gateway.upstream.destination import Origin
from consentry.gateway.upstream.outbox import Outbox
from consentry.spec.jsonrpc import INTERNAL_ERROR

KEEPALIVE_SECONDS = 3.0  # less than the 5 s of common servers, so that a connection is not reused as it closes
MOST_IDLE = 256  # of an origin. Those in use are as many as there are calls
# A stream of events may be silent for hours; this is how a vanished upstream is noticed all the same.
_SILENT_SECONDS, _PROBE_SECONDS, _PROBES = 60, 15, 4

# Where a host is, or why it may not be called: the addresses that a connection is made to, and to no others.
Resolve = Callable[[str, int], Awaitable[Sequence[str] | Stop]]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """In seconds. `write` is how long an upstream may leave the request's body unread."""

    connect: float = 5.0
    write: float = 60.0
    first_byte: float = 300.0


class Upstreams:
    """One pool an origin. `resolve` says where the host of a guarded one may be called; for others the system does."""

    def __init__(self, timeouts: Timeouts | None = None, resolve: Resolve | None = None) -> None:
        self.timeouts = timeouts or Timeouts()
        self._resolve = resolve
        # The newest last: it is taken first, so that those that a burst left behind grow old.
        self._idle: dict[Origin, dict[UpstreamConnection, None]] = defaultdict(dict)
        self._open: dict[UpstreamConnection, Origin] = {}
        self._sweep: asyncio.TimerHandle | None = None
        self._outbox = Outbox()

    def take(self, origin: Origin) -> UpstreamConnection | None:
        """One that is idle, if there is one."""
        idle = self._idle.get(origin)
        while idle:
            connection, _ = idle.popitem()
            if not connection.closing and connection.idle_since + KEEPALIVE_SECONDS > monotonic():
                return connection
            connection.leave()
        return None

    async def connect(self, origin: Origin) -> UpstreamConnection | Stop:
        """A new one, or what to tell the client instead."""
        try:
            async with asyncio.timeout(self.timeouts.connect):
                return await self._connect(origin)
        except TimeoutError as error:
            return unreachable(504, f"did not take the connection within {self.timeouts.connect:g} s", repr(error))
        except ssl.SSLError as error:
            return unreachable(502, "could not be reached: TLS with it cannot be trusted", repr(error))
        except (OSError, UnicodeError) as error:
            return unreachable(502, "could not be reached", repr(error))

    async def aclose(self) -> None:
        """Closes every connection."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        for connection in list(self._open):
            connection.leave()
        self._idle.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _connect(self, origin: Origin) -> UpstreamConnection | Stop:
        hosts: Sequence[str] = (origin.host,)
        if origin.guarded:
            if self._resolve is None:
                raise OSError("nobody looks at the addresses of guarded upstreams")
            resolved = await self._resolve(origin.host, origin.port)
            if isinstance(resolved, Stop):
                return resolved
            hosts = resolved
        failed: OSError | None = None
        for host in hosts:
            try:
                return await self._connect_to(host, origin)
            except OSError as error:
                failed = error
        raise failed or OSError("the name has no address")

    async def _connect_to(self, host: str, origin: Origin) -> UpstreamConnection:
        transport, connection = await asyncio.get_running_loop().create_connection(
            lambda: UpstreamConnection(self._keep, self._lost, self._outbox.put),
            host,
            origin.port,
            ssl=self._tls if origin.tls else None,
            server_hostname=origin.host if origin.tls else None,
        )
        _watch(transport.get_extra_info("socket"))
        self._open[connection] = origin
        return connection

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    def _keep(self, connection: UpstreamConnection) -> None:
        idle = self._idle[self._open[connection]]
        if len(idle) >= MOST_IDLE:
            connection.leave()
            return
        connection.idle_since = monotonic()
        idle[connection] = None
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(KEEPALIVE_SECONDS, self._drop_old)

    def _lost(self, connection: UpstreamConnection) -> None:
        origin = self._open.pop(connection, None)
        if origin is not None and (idle := self._idle.get(origin)) is not None:
            idle.pop(connection, None)
            if not idle:
                del self._idle[origin]

    def _drop_old(self) -> None:
        """One timer for all: nobody waits for a connection to close, so it may be a little late."""
        self._sweep = None
        past = monotonic() - KEEPALIVE_SECONDS
        for idle in list(self._idle.values()):
            for connection in [each for each in idle if each.idle_since <= past]:
                del idle[connection]
                connection.leave()
        if any(self._idle.values()):
            self._sweep = asyncio.get_running_loop().call_later(KEEPALIVE_SECONDS / 2, self._drop_old)


def unreachable(status: int, happened: str, reason: str) -> Stop:
    """What the client is told of an upstream that fails; `reason` is for the log alone."""
    message = (
        f"The MCP server behind this deployment {happened}. "
        "Try again; if it stays so, its owner must see to it that it runs."
    )
    return Stop(status, message, code=INTERNAL_ERROR, reason=reason)


def _watch(opened: socket.socket) -> None:
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, seconds in (
        ("TCP_KEEPIDLE", _SILENT_SECONDS),
        ("TCP_KEEPINTVL", _PROBE_SECONDS),
        ("TCP_KEEPCNT", _PROBES),
    ):
        if hasattr(socket, name):  # not everywhere
            opened.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), seconds)
