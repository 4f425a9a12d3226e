"""The steps of a device without a browser, and of the person who answers for it: RFC 8628."""

from dataclasses import dataclass
from typing import Any

import httpx2

from consentry.clients.model import DEVICE_CODE
from tests.web.world import World, form_fields

GRANT_TYPES = ["authorization_code", "refresh_token", DEVICE_CODE]


@dataclass(frozen=True)
class Device:
    """A device that has asked, and shows its code."""

    here: World
    client_id: str
    asked: dict[str, Any]

    @property
    def user_code(self) -> str:
        shown: str = self.asked["user_code"]
        return shown

    async def poll(self, **changes: str) -> httpx2.Response:
        form = {"grant_type": DEVICE_CODE, "client_id": self.client_id, "device_code": self.asked["device_code"]}
        return await self.here.token(**(form | changes))

    async def error(self, **changes: str) -> str:
        """What a poll is told that gets nothing."""
        response = await self.poll(**changes)
        assert response.status_code == 400, response.text
        told: str = response.json()["error"]
        return told


async def ask(here: World, client_id: str, **changes: str) -> httpx2.Response:
    form = {"client_id": client_id, "scope": "mcp", "resource": here.resource}
    return await here.client.post(f"{here.prefix}/device_authorization", data=form | changes)


async def screenless(here: World) -> Device:
    """A device that registers as what it is: nobody is ever led back to it."""
    wanted = {"grant_types": [DEVICE_CODE, "refresh_token"], "redirect_uris": [], "response_types": []}
    client_id = (await here.register(**wanted, client_name="Television"))["client_id"]
    return Device(here, client_id, (await ask(here, client_id)).json())


async def device(here: World, **changes: str) -> Device:
    """A device of a new client."""
    client_id = (await here.register(grant_types=GRANT_TYPES, client_name="MCP CLI"))["client_id"]
    response = await ask(here, client_id, **changes)
    assert response.status_code == 200, response.text
    return Device(here, client_id, response.json())


async def enter(here: World, typed: str, **changes: str) -> httpx2.Response:
    """A person who is signed in types a code."""
    page = await here.browser.get(f"{here.prefix}/device")
    assert page.status_code == 200, page.headers
    fields = form_fields(page.text, f"{here.prefix}/device") | {"user_code": typed} | changes
    return await here.browser.post(f"{here.prefix}/device", data=fields)


async def answer(here: World, page: httpx2.Response, decision: str = "approve", **changes: str) -> httpx2.Response:
    """And answers the question that it leads to."""
    fields = form_fields(page.text, f"{here.prefix}/device/answer") | {"decision": decision} | changes
    return await here.browser.post(f"{here.prefix}/device/answer", data=fields)
