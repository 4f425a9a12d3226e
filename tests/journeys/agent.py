"""An application with the official SDK, which was given a client ID by hand: RFC 8252, MCP 2026-07-28."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from pydantic import AnyUrl

OpenBrowser = Callable[[str], Awaitable[None]]
PATH = "/oauth/callback"


class Memory:
    """The SDK's TokenStorage, with the client ID that somebody pasted."""

    def __init__(self, client: OAuthClientInformationFull) -> None:
        self._client = client
        self._tokens: OAuthToken | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self._tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self._tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self._client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self._client = client_info


@dataclass
class Agent:
    """Connects when it is used; `asked` counts how often it opened the browser."""

    mcp_url: str
    redirect_uri: str
    answers: "asyncio.Queue[str]"
    asked: int = 0

    @asynccontextmanager
    async def connected(self, client_id: str, open_browser: OpenBrowser) -> AsyncIterator[Client]:
        metadata = OAuthClientMetadata(
            client_name="MCP Inspector",
            redirect_uris=[AnyUrl(self.redirect_uri)],
            grant_types=["authorization_code", "refresh_token"],
            response_types=["code"],
            token_endpoint_auth_method="none",
        )
        pasted = OAuthClientInformationFull(client_id=client_id, **metadata.model_dump(exclude_none=True))

        async def redirect(url: str) -> None:
            self.asked += 1
            await open_browser(url)

        oauth = OAuthClientProvider(self.mcp_url, metadata, Memory(pasted), redirect, self._answered)
        async with (
            create_mcp_http_client(auth=oauth) as http,
            Client(streamable_http_client(self.mcp_url, http_client=http), cache=None) as client,
        ):
            yield client

    async def _answered(self) -> AuthorizationCodeResult:
        answer = parse_qs(urlsplit(await self.answers.get()).query)
        if "error" in answer:
            raise PermissionError(answer["error"][0])
        return AuthorizationCodeResult(code=answer["code"][0], state=answer["state"][0], iss=answer["iss"][0])


@asynccontextmanager
async def waiting(mcp_url: str) -> AsyncIterator[Agent]:
    """One that listens for its answers on a loopback port, as MCP Inspector does."""
    answers: asyncio.Queue[str] = asyncio.Queue()

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target = (await reader.readline()).split()[1].decode()
        if target.startswith(PATH):
            answers.put_nowait(target)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<h1>Go back</h1>")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(receive, "127.0.0.1", 0)
    async with server:
        yield Agent(mcp_url, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{PATH}", answers)
