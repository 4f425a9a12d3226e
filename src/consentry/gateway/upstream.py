"""The client's half of the gateway: one request to an upstream, and its answer as a stream (RFC 9110 §7)."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import anyio
import httpx2

from consentry.gateway.decide import check_answer
from consentry.gateway.model import Header, Headers, Stop
from consentry.spec.jsonrpc import INTERNAL_ERROR

KEEPALIVE_SECONDS = 3.0  # less than the 5 s of common servers, so that a connection is not reused as it closes
_LIMITS = httpx2.Limits(max_connections=None, max_keepalive_connections=256, keepalive_expiry=KEEPALIVE_SECONDS)
# A stream of events may be silent for hours; this is how a vanished upstream is noticed all the same.
_SOCKET_OPTIONS = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """In seconds. `write` is how long an upstream may leave the request's body unread."""

    connect: float = 5.0
    write: float = 60.0
    first_byte: float = 300.0


class UpstreamBrokeError(Exception):
    """The upstream ended its answer before it was whole."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An answer whose head has come. `body` raises UpstreamBrokeError; `close` must always be called."""

    status: int
    headers: tuple[Header, ...]
    body: AsyncIterator[bytes]
    close: Callable[[], Awaitable[None]]


class Upstreams:
    """Connections to upstreams: a bare transport, without cookies, redirects or the environment's proxies."""

    def __init__(self, timeouts: Timeouts | None = None) -> None:
        self._timeouts = timeouts or Timeouts()
        self._transport = httpx2.AsyncHTTPTransport(trust_env=False, limits=_LIMITS, socket_options=_SOCKET_OPTIONS)

    async def open(self, method: str, url: str, headers: Headers, body: AsyncIterator[bytes]) -> Opened | Stop:
        """The answer's head, or what to tell the client instead. What `body` raises comes through."""
        request = self._request(method, url, headers, body)
        try:
            with anyio.fail_after(self._timeouts.first_byte):
                response = await self._transport.handle_async_request(request)
        except httpx2.ConnectTimeout as error:
            return _unreachable(504, f"did not take the connection within {self._timeouts.connect:g} s", error)
        except (TimeoutError, httpx2.TimeoutException) as error:
            return _unreachable(504, f"did not begin to answer within {self._timeouts.first_byte:g} s", error)
        except httpx2.ConnectError as error:
            return _unreachable(502, "could not be reached", error)
        except httpx2.TransportError as error:
            return _unreachable(502, "closed the connection without a proper answer", error)
        if stop := check_answer(response.status_code):
            await _close(response)
            return stop
        return Opened(response.status_code, tuple(response.headers.raw), _chunks(response), lambda: _close(response))

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _request(self, method: str, url: str, headers: Headers, body: AsyncIterator[bytes]) -> httpx2.Request:
        address = httpx2.URL(url)
        # `read` has no limit: it would end a silent stream of events; the first byte has its own, above.
        timeout = {
            "connect": self._timeouts.connect,
            "write": self._timeouts.write,
            "read": None,
            "pool": None,
        }
        return httpx2.Request(
            method,
            address,
            headers=[(b"host", address.netloc), *headers],
            stream=_Body(body),  # unlike `content`, it adds no header of its own
            extensions={"timeout": timeout},
        )


class _Body(httpx2.AsyncByteStream):
    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks


async def _chunks(response: httpx2.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in response.aiter_raw():
            yield chunk
    except httpx2.TransportError as error:
        raise UpstreamBrokeError(str(error) or type(error).__name__) from error


async def _close(response: httpx2.Response) -> None:
    # Shielded: a cancelled exchange is just the one whose connection must not stay open.
    with anyio.CancelScope(shield=True):
        await response.aclose()


def _unreachable(status: int, happened: str, error: Exception) -> Stop:
    message = (
        f"The MCP server behind this deployment {happened}. "
        "Try again; if it stays so, its owner must see to it that it runs."
    )
    return Stop(status, message, code=INTERNAL_ERROR, reason=f"{type(error).__name__}: {error}")
