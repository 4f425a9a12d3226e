"""Connects to an upstream as an MCP client of both eras would, and says what is there or what is wrong."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import cast

import anyio
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import x_mcp_header_map
from mcp.types import CONNECTION_CLOSED, Implementation, Tool

ANSWER_WITHIN_SECONDS = 10
MOST_PAGES = 50
MOST_BYTES = 8 * 1024 * 1024  # of all answers together: a server behind one deployment must not take the memory of all

PROBE = Implementation(name="consentry-probe", version="1.0.0")


@dataclass(frozen=True)
class ToolSummary:
    """What a tool says of itself. Without hints it counts, as MCP says, as one that may destroy."""

    name: str
    title: str | None
    description: str | None
    read_only: bool
    destructive: bool
    mirrored: Mapping[str, object] | None = None  # its arguments' schema, where some of them go into headers


@dataclass(frozen=True)
class Found:
    """An MCP server that answers."""

    server_name: str
    protocol_version: str
    tools: tuple[ToolSummary, ...]


@dataclass(frozen=True)
class Unreachable:
    """What is wrong, and what to do about it, in one or two sentences.

    `said` is what a server that ended on the way said of it.
    """

    sentence: str
    said: str = ""


class RefusedError(httpx2.ConnectError):
    """Raised by a transport that may not call that host; the sentence says why."""


class UnfitError(httpx2.ReadError):
    """An answer that is not read to its end; the sentence says why, behind the URL."""


@dataclass
class Heard:
    """What came back over HTTP, for an explanation when MCP itself got nowhere."""

    responses: list[httpx2.Response] = field(default_factory=list)
    found: Found | None = None
    most_bytes: int = MOST_BYTES  # that may come still
    unfit: UnfitError | None = None

    async def response(self, response: httpx2.Response) -> None:
        """Called by the HTTP client for each response. That to leaving explains nothing of what went before."""
        if response.request.method != "DELETE":
            self.responses.append(response)

    def refuse(self, sentence: str) -> UnfitError:
        """To be raised; whatever MCP's client makes of it, this is what is told."""
        self.unfit = UnfitError(sentence)
        return self.unfit


@dataclass
class _Bounded(httpx2.AsyncBaseTransport):
    """Lets so much through and no more, and nothing that unpacks to a thousand times its size."""

    inner: httpx2.AsyncBaseTransport
    heard: Heard

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.headers["Accept-Encoding"] = "identity"
        response = await self.inner.handle_async_request(request)
        if response.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
            await response.aclose()
            raise self.heard.refuse("compresses its answers, though that was not asked for. Send them as they are.")
        response.stream = _Counted(cast("httpx2.AsyncByteStream", response.stream), self.heard)
        return response

    async def aclose(self) -> None:
        await self.inner.aclose()


@dataclass
class _Counted(httpx2.AsyncByteStream):
    stream: httpx2.AsyncByteStream
    heard: Heard

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self.stream:
            self.heard.most_bytes -= len(piece)
            if self.heard.most_bytes < 0:
                raise self.heard.refuse(f"answers with more than {MOST_BYTES} bytes. Does it list that many tools?")
            yield piece

    async def aclose(self) -> None:
        await self.stream.aclose()


async def check(
    url: str,
    headers: Mapping[str, str] | None = None,
    *,
    seconds: float = ANSWER_WITHIN_SECONDS,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> Found | Unreachable:
    """Connects, lists the tools and leaves, within so many seconds; `headers` go with each request, by `transport`."""
    heard = Heard()
    try:
        with anyio.fail_after(seconds):
            async with _client(url, headers or {}, heard, transport) as client:
                heard.found = await _look(client)
    except TimeoutError:
        if heard.unfit is not None:
            return heard.found or Unreachable(f"{url} {heard.unfit}")
        late = f"{url} did not answer within {seconds:g} seconds. Is the server busy, or something else there?"
        return heard.found or Unreachable(late)
    except Exception as error:  # whatever a stranger's server provokes becomes a sentence
        innermost = heard.unfit or _innermost(error)
        return heard.found or Unreachable(explain(url, innermost, heard.responses), _said_of_its_end(innermost))
    return heard.found


@asynccontextmanager
async def _client(
    url: str, headers: Mapping[str, str], heard: Heard, transport: httpx2.AsyncBaseTransport | None
) -> AsyncIterator[Client]:
    # No proxy from the environment: the gateway uses none either, and must reach the same server.
    http = httpx2.AsyncClient(
        headers=dict(headers),
        transport=_Bounded(transport or httpx2.AsyncHTTPTransport(verify=trust(), trust_env=False), heard),
        trust_env=False,
        timeout=None,
        event_hooks={"response": [heard.response]},
    )
    async with http, Client(streamable_http_client(url, http_client=http), client_info=PROBE) as client:
        yield client


@cache
def trust() -> ssl.SSLContext:
    """Read once: it takes a tenth of a second, in which nobody else would be served."""
    return httpx2.create_ssl_context(trust_env=False)


async def _look(client: Client) -> Found:
    tools: list[ToolSummary] = []
    cursor: str | None = None
    if client.server_capabilities.tools is not None:
        for _ in range(MOST_PAGES):
            page = await client.list_tools(cursor=cursor)
            tools.extend(summary(tool) for tool in page.tools)
            cursor = page.next_cursor
            if cursor is None:
                break
    name = client.server_info.name if client.server_info is not None else "unnamed"
    return Found(name, client.protocol_version, tuple(tools))


def summary(tool: Tool) -> ToolSummary:
    """A listed tool in short."""
    hints = tool.annotations
    read_only = hints is not None and hints.read_only_hint is True
    destructive = not read_only and (hints is None or hints.destructive_hint is not False)
    title = tool.title or (hints.title if hints is not None else None)
    mirrored = tool.input_schema if x_mcp_header_map(tool.input_schema) else None
    return ToolSummary(tool.name, title, tool.description, read_only, destructive, mirrored)


def explain(url: str, error: BaseException, responses: list[httpx2.Response]) -> str:
    """A sentence for a failed attempt, from what was raised and what had come back until then."""
    if isinstance(error, httpx2.InvalidURL | httpx2.UnsupportedProtocol):
        return f"{url} is not an http or https address. Give the whole URL, as in http://127.0.0.1:8001/mcp."
    if isinstance(error, RefusedError):
        return str(error)
    if isinstance(error, UnfitError):
        return f"{url} {error}"
    if isinstance(error, httpx2.ConnectError):
        return _unconnected(url, str(error))
    if responses and (sentence := _not_mcp(url, responses[-1])) is not None:
        return sentence
    if isinstance(error, MCPError):
        return f"{url} answers, but not as an MCP client needs: {error.error.message}. Its own log may say why."
    return f"{url} broke off ({type(error).__name__}). Its own log may say why."


def _said_of_its_end(error: BaseException) -> str:
    if isinstance(error, MCPError) and error.error.code == CONNECTION_CLOSED:
        return error.error.message
    return ""


def _unconnected(url: str, reason: str) -> str:
    parts = httpx2.URL(url)
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        return f"{url} shows a certificate that cannot be verified. Mend the certificate, or its chain."
    if "SSL" in reason:
        return f"{url} does not answer in TLS. Is it http rather than https?"
    if "[Errno -" in reason:  # getaddrinfo
        return f"The host name {parts.host} cannot be found. Is it spelt right?"
    return f"Nothing answers at {url}. Is the server running, and on that host and port?"


def _not_mcp(url: str, response: httpx2.Response) -> str | None:
    status = response.status_code
    kind = response.headers.get("content-type", "").partition(";")[0].strip() or "nothing"
    sentence: str | None = None
    match status:
        case 401 | 403:
            sentence = f"{url} wants credentials of its own (HTTP {status}). Give the header it wants."
        case 404:
            sentence = f"{url} answers HTTP 404. No MCP server is at that path; most have theirs at /mcp."
        case 405 | 501:
            sentence = (
                f"{url} takes no POST (HTTP {status}), so it is not a Streamable HTTP endpoint. "
                "A server of the older HTTP+SSE kind may have one at another path, often /mcp."
            )
        case _ if 300 <= status < 400:
            location = response.headers.get("location", "elsewhere")
            sentence = f"{url} redirects to {location}. Use the final address."
        case _ if status >= 500:
            sentence = f"{url} failed with HTTP {status}. Its own log should say why."
        case _ if kind not in {"application/json", "text/event-stream"}:
            sentence = f"{url} answers, but not as an MCP server (HTTP {status}, {kind}). Is the path right?"
    return sentence


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
