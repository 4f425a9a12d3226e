"""An installation, and the web of strangers around it: a client that is known by its document alone."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from consentry.audit import Event
from tests.strangers import HOST, Web, strangers
from tests.web.world import REDIRECT_URI, World, world

PATH = "/oauth/client.json"
URL = f"https://{HOST}{PATH}"


@dataclass
class Documented:
    """`web` is scripted by the tests; `here` is who asks it."""

    here: World
    web: Web

    def publish(self, *headers: str, **changes: Any) -> None:
        """Puts the document at its address; None leaves a member out."""
        document = {
            "client_id": URL,
            "client_name": "Agent",
            "redirect_uris": [REDIRECT_URI],
            "token_endpoint_auth_method": "none",
        }
        changed = {name: value for name, value in (document | changes).items() if value is not None}
        self.web.say(PATH, json.dumps(changed), *headers)

    def break_down(self, status: str = "403 Forbidden") -> None:
        self.web.say(PATH, "<html>", "Content-Type: text/html", status=status)

    async def ask(self, client_id: str = URL, **changes: str | None) -> httpx2.Response:
        return await self.here.ask(client_id, **changes)

    async def stopped(self, client_id: str = URL, **changes: str | None) -> str:
        """The page that the person gets instead of being sent anywhere."""
        response = await self.ask(client_id, **changes)
        assert (response.status_code, "location" in response.headers) == (400, False), response.text
        return response.text

    async def events(self, name: str) -> list[Event]:
        told = await self.here.installation.store.read(lambda tx: tx.list_events())
        return [event for event in told if event.name == f"client:document:{name}"]

    @property
    def fetches(self) -> int:
        return self.web.paths().count(PATH)


@asynccontextmanager
async def documented(folder: Path, **settings: Any) -> AsyncIterator[Documented]:
    async with strangers() as web, world(folder, web.fetcher(), **settings) as here:
        built = Documented(here, web)
        built.publish()
        yield built
