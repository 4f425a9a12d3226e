"""The Python SDK `mcp` 1.x as a client, with its own OAuth: MCP 2025-11-25, sessions and a GET stream."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mcp import ClientSession
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.types import InitializeResult

from tests.journeys.clients.connection import Progress, Shown
from tests.journeys.clients.person import Person
from tests.journeys.clients.steps import Arguments, Held, main
from tests.journeys.clients.token_file import TokenFile, client_metadata, read_callback


class Mcp1Session:
    def __init__(self, session: ClientSession, opened: InitializeResult) -> None:
        self._session = session
        self._opened = opened

    def about(self) -> Shown:
        return {"protocol": self._opened.protocolVersion, "server": self._opened.serverInfo.name}

    async def tools(self) -> list[str]:
        return [tool.name for tool in (await self._session.list_tools()).tools]

    async def call(self, name: str, arguments: dict[str, object], progress: Progress | None) -> Shown:
        result = await self._session.call_tool(name, arguments, progress_callback=progress)
        texts = [block.text for block in result.content if block.type == "text"]
        return {"is_error": result.isError, "text": texts, "structured": result.structuredContent}


class Mcp1:
    def __init__(self, arguments: Arguments, person: Person) -> None:
        self._arguments = arguments
        self._person = person
        self._storage = TokenFile(arguments.storage)
        self._callback = ""
        self._oauth = OAuthClientProvider(
            server_url=arguments.mcp_url,
            client_metadata=client_metadata("Journey (mcp 1)", arguments.redirect_port),
            storage=self._storage,
            redirect_handler=self._redirect,
            callback_handler=self._answer,
        )

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Mcp1Session]:
        async with (
            create_mcp_http_client(auth=self._oauth) as http,
            streamable_http_client(self._arguments.mcp_url, http_client=http) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            yield Mcp1Session(session, await session.initialize())

    async def held(self) -> Held:
        return await self._storage.held(self._oauth.context.token_expiry_time)

    async def _redirect(self, authorization_url: str) -> None:
        self._callback = await asyncio.to_thread(self._person.authorize, authorization_url)

    async def _answer(self) -> tuple[str, str | None]:
        answer = read_callback(self._callback)
        return answer["code"], answer.get("state")


if __name__ == "__main__":
    main(Mcp1)
