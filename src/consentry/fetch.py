"""A stranger's URL, safely: resolve, check, pin the address, bound the time and size. CIMD §6, RFC 9700 §4.

Whoever may name a URL to us must not learn or change through us what they could not reach themselves. So: https; no
address of special use behind the name, not even one beside others; the connection goes to the very address that was
checked, while the certificate stays the name's; no redirects, no proxy, no cookies, no compressed answers.
"""

import contextlib
import socket
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import SplitResult

import anyio
import httpx2
from anyio import CapacityLimiter, to_thread

from consentry.spec import uris
from consentry.spec.retrieval import Bounds, Fetched, Unfetched
from consentry.spec.special_use import is_loopback, is_special_use

MOST_AT_ONCE = 64
MOST_AT_ONCE_PER_HOST = 4
MOST_ADDRESSES_TRIED = 3
CONNECT_SECONDS = 3.0
USER_AGENT = "Consentry"
_CACHING = ("cache-control", "expires", "date", "age")

Resolve = Callable[[str, int], Awaitable[tuple[str, ...]]]
Transport = Callable[[ssl.SSLContext], httpx2.AsyncBaseTransport]


def _transport(context: ssl.SSLContext) -> httpx2.AsyncBaseTransport:
    return httpx2.AsyncHTTPTransport(verify=context, trust_env=False)


@dataclass(slots=True)
class Resolver:
    """Threads of its own: names whose servers answer slowly must not hold up those that the gateway asks for."""

    _threads: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(16))

    async def __call__(self, host: str, port: int) -> tuple[str, ...]:
        found = await to_thread.run_sync(
            lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM),
            limiter=self._threads,
            abandon_on_cancel=True,
        )
        return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(slots=True)
class Fetcher:
    """Fetches for a whole process. `loopback`: this installation is on loopback itself, so it may look around there.

    `resolve` and `transport` are the two ways to the outside; a transport serves one fetch and is closed after it.
    """

    loopback: bool = False
    resolve: Resolve = field(default_factory=Resolver)
    transport: Transport = _transport
    context: ssl.SSLContext | None = None
    _under_way: Counter[str] = field(default_factory=Counter)

    async def __call__(self, url: str, bounds: Bounds) -> Fetched | Unfetched:
        parts = uris.split(url)
        if parts is None or not parts.hostname:
            return Unfetched("It is no absolute URL.", "url")
        if fault := self._fault(parts):
            return fault
        if self._under_way.total() >= MOST_AT_ONCE or self._under_way[parts.hostname] >= MOST_AT_ONCE_PER_HOST:
            return Unfetched("Too much is being fetched just now: try again in a few seconds.", "busy")
        self._under_way[parts.hostname] += 1
        try:
            with anyio.fail_after(bounds.seconds):
                return await self._fetch(url, parts, bounds)
        except TimeoutError:
            return Unfetched(f"{parts.hostname} did not answer within {bounds.seconds:g} seconds.", "timeout")
        except (httpx2.HTTPError, httpx2.InvalidURL, ssl.SSLError) as error:
            return Unfetched(_sentence(parts.hostname, error), "connection")
        finally:
            self._under_way[parts.hostname] -= 1
            self._under_way += Counter()  # drops what is at zero

    def _fault(self, parts: SplitResult) -> Unfetched | None:
        if parts.username is not None or parts.password is not None:
            return Unfetched("The URL holds a user name or password.", "url")
        if parts.scheme != "https" and not (self.loopback and uris.is_loopback(parts)):
            return Unfetched("Only https URLs are fetched.", "scheme")
        return None

    async def _fetch(self, url: str, parts: SplitResult, bounds: Bounds) -> Fetched | Unfetched:
        host = parts.hostname or ""
        port = parts.port or uris.DEFAULT_PORTS[parts.scheme]
        try:
            addresses = await self.resolve(host, port)
        except (OSError, UnicodeError):
            return Unfetched(f"The host name {host} cannot be found.", "resolve")
        # One that must not be reached spoils the others: who mixes them has something in mind.
        if not addresses or not all(self._permitted(address, host) for address in addresses):
            return Unfetched(f"{host} leads to an address that is not public.", "special_use")
        if self.context is None:
            self.context = httpx2.create_ssl_context(trust_env=False)
        async with self.transport(self.context) as transport:
            *others, last = addresses[:MOST_ADDRESSES_TRIED]
            for address in others:
                with contextlib.suppress(httpx2.ConnectError, httpx2.ConnectTimeout):
                    return await _get(transport, url, parts, address, bounds)
            return await _get(transport, url, parts, last, bounds)

    def _permitted(self, address: str, host: str) -> bool:
        # Only where the URL says so itself: a name of somebody else's that leads to loopback is an attack.
        if self.loopback and host in uris.LOOPBACK_HOSTS:
            return is_loopback(address)
        return not is_special_use(address)


async def _get(
    transport: httpx2.AsyncBaseTransport, url: str, parts: SplitResult, address: str, bounds: Bounds
) -> Fetched | Unfetched:
    response = await transport.handle_async_request(_request(parts, address, bounds))
    try:
        if response.status_code != 200:
            sentence = _status_sentence(parts.hostname or "", response.status_code)
            return Unfetched(sentence, "status", response.status_code)
        if response.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
            return Unfetched("The answer is compressed, though that was not asked for.", "encoding")
        body = await _body(response, bounds.most_bytes)
    finally:
        await response.aclose()
    if body is None:
        return Unfetched(f"The answer is larger than {bounds.most_bytes} bytes.", "size")
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    kept = {name: response.headers[name] for name in _CACHING if name in response.headers}
    return Fetched(url, media_type, body, kept)


def _request(parts: SplitResult, address: str, bounds: Bounds) -> httpx2.Request:
    """To the address that was checked, in the name that was asked for: Host, SNI and the certificate are the name's."""
    literal = f"[{address}]" if ":" in address else address
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    pinned = httpx2.URL(scheme=parts.scheme, host=literal, port=parts.port, raw_path=target.encode())
    return httpx2.Request(
        "GET",
        pinned,
        headers={
            "Host": parts.netloc,
            "User-Agent": USER_AGENT,
            "Accept": bounds.accept,
            "Accept-Encoding": "identity",
            "Connection": "close",
        },
        extensions={
            "sni_hostname": parts.hostname,
            "timeout": {
                "connect": CONNECT_SECONDS,
                "read": bounds.seconds,
                "write": bounds.seconds,
                "pool": bounds.seconds,
            },
        },
    )


async def _body(response: httpx2.Response, most: int) -> bytes | None:
    """Read no further than the bound: what is announced larger is not read at all."""
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:12]) > most:
        return None
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)


def _status_sentence(host: str, status: int) -> str:
    if 300 <= status < 400:
        return f"{host} redirects (HTTP {status}), and redirects are not followed."
    return f"{host} answers HTTP {status}."


def _sentence(host: str, error: Exception) -> str:
    said = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in said or "certificate" in said.lower():
        return f"{host} shows a certificate that cannot be verified."
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        return f"{host} cannot be reached."
    return f"{host} broke off its answer."
