"""The `fastmcp` client with its own OAuth: it asks GET /authorize itself, then opens the browser on it."""

import http.client
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from fastmcp import Client
from fastmcp.client.auth import OAuth
from key_value.aio.stores.filetree import (
    FileTreeStore,
    FileTreeV1CollectionSanitizationStrategy,
    FileTreeV1KeySanitizationStrategy,
)

from tests.journeys.clients.connection import Progress, Shown
from tests.journeys.clients.person import Person
from tests.journeys.clients.steps import Arguments, Held, main

CALLBACK_TIMEOUT_SECONDS = 30


class FastmcpSession:
    def __init__(self, client: Client) -> None:
        self._client = client

    def about(self) -> Shown:
        server = self._client.server_info
        return {"protocol": self._client.protocol_version, "server": server.name if server else None}

    async def tools(self) -> list[str]:
        return [tool.name for tool in await self._client.list_tools()]

    async def call(self, name: str, arguments: dict[str, object], progress: Progress | None) -> Shown:
        result = await self._client.call_tool(name, arguments, progress_handler=progress, raise_on_error=False)
        texts = [block.text for block in result.content if block.type == "text"]
        return {"is_error": result.is_error, "text": texts, "structured": result.structured_content}


class PersonalBrowser(webbrowser.BaseBrowser):
    """What fastmcp's `webbrowser.open` comes to; it brings the callback to fastmcp's own listener."""

    def __init__(self, person: Person) -> None:
        super().__init__("person")
        self._person = person

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        callback = self._person.authorize(url)
        # The listener starts only after this returns.
        threading.Thread(target=deliver, args=(callback,), daemon=True).start()
        return True


def deliver(callback: str) -> None:
    parts = urlsplit(callback)
    pause = threading.Event()
    for _ in range(CALLBACK_TIMEOUT_SECONDS * 20):
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
        try:
            connection.request("GET", f"{parts.path}?{parts.query}")
            connection.getresponse().read()
        except ConnectionRefusedError:
            pause.wait(0.05)
        else:
            return
        finally:
            connection.close()


def file_tree(directory: Path) -> FileTreeStore:
    directory.mkdir(parents=True, exist_ok=True)
    return FileTreeStore(
        data_directory=directory,
        # Its keys are URLs, which the store takes for paths unless told.
        key_sanitization_strategy=FileTreeV1KeySanitizationStrategy(directory),
        collection_sanitization_strategy=FileTreeV1CollectionSanitizationStrategy(directory),
    )


class Fastmcp:
    def __init__(self, arguments: Arguments, person: Person) -> None:
        webbrowser.register("person", None, PersonalBrowser(person), preferred=True)
        self._arguments = arguments
        self._oauth = OAuth(
            mcp_url=arguments.mcp_url,
            token_storage=file_tree(arguments.storage),
            callback_port=arguments.redirect_port,
            callback_timeout=CALLBACK_TIMEOUT_SECONDS,
        )

    @asynccontextmanager
    async def session(self) -> AsyncIterator[FastmcpSession]:
        async with Client(self._arguments.mcp_url, auth=self._oauth, mode=self._arguments.mode) as client:
            yield FastmcpSession(client)

    async def held(self) -> Held:
        storage = self._oauth.token_storage_adapter
        tokens, client = await storage.get_tokens(), await storage.get_client_info()
        return Held(
            client_id=client.client_id if client else None,
            access_token=tokens.access_token if tokens else None,
            refresh_token=tokens.refresh_token if tokens else None,
            expires_at=await storage.get_token_expiry(),
        )


if __name__ == "__main__":
    main(Fastmcp)
