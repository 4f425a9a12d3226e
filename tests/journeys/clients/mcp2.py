"""The Python SDK `mcp` 2.x as a client, with its own OAuth: MCP 2026-07-28, or 2025-11-25 where legacy."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import AuthorizationCodeResult

from tests.journeys.clients.connection import Progress, Shown
from tests.journeys.clients.person import Person
from tests.journeys.clients.steps import Arguments, Held, main
from tests.journeys.clients.token_file import TokenFile, client_metadata, read_callback


class Mcp2Session:
    def __init__(self, client: Client) -> None:
        self._client = client

    def about(self) -> Shown:
        server = self._client.server_info
        return {"protocol": self._client.protocol_version, "server": server.name if server else None}

    async def tools(self) -> list[str]:
        return [tool.name for tool in (await self._client.list_tools()).tools]

    async def call(self, name: str, arguments: dict[str, object], progress: Progress | None) -> Shown:
        result = await self._client.call_tool(name, arguments, progress_callback=progress)
        texts = [block.text for block in result.content if block.type == "text"]
        return {"is_error": bool(result.is_error), "text": texts, "structured": result.structured_content}


class Mcp2:
    def __init__(self, arguments: Arguments, person: Person) -> None:
        self._arguments = arguments
        self._person = person
        self._storage = TokenFile(arguments.storage)
        self._callback = ""
        self._oauth = OAuthClientProvider(
            server_url=arguments.mcp_url,
            client_metadata=client_metadata("Journey (mcp 2)", arguments.redirect_port),
            storage=self._storage,
            redirect_handler=self._redirect,
            callback_handler=self._answer,
        )

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Mcp2Session]:
        async with create_mcp_http_client(auth=self._oauth) as http:
            transport = streamable_http_client(self._arguments.mcp_url, http_client=http)
            # Without its cache, so that `list` and `refresh` reach the server every time.
            async with Client(transport, mode=self._arguments.mode, cache=None) as client:
                yield Mcp2Session(client)

    async def held(self) -> Held:
        return await self._storage.held(self._oauth.context.token_expiry_time)

    async def _redirect(self, authorization_url: str) -> None:
        self._callback = await asyncio.to_thread(self._person.authorize, authorization_url)

    async def _answer(self) -> AuthorizationCodeResult:
        answer = read_callback(self._callback)
        return AuthorizationCodeResult(code=answer["code"], state=answer.get("state"), iss=answer.get("iss"))


if __name__ == "__main__":
    main(Mcp2)
