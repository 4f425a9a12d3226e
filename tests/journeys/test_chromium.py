"""A person at a real browser: from the client's link to Approve, and to the page where it can be ended again."""

import asyncio
import os
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright

from consentry.clients.model import DEVICE_CODE
from tests.gateway.serving import BOUND_SECONDS
from tests.journeys.installed import EMAIL, PASSWORD, Installed, installed
from tests.web.pages.gallery import CHROMIUM_FLAGS

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


class Agent:
    """An application on this computer that waits for its answer on a loopback port."""

    def __init__(self, here: Installed, redirect_uri: str, answered: "asyncio.Future[str]") -> None:
        self.here = here
        self.redirect_uri = redirect_uri
        self._answered = answered
        self.verifier = urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()
        self.client_id = ""

    async def link(self) -> str:
        """Registers, and gives the address to open."""
        metadata = {"redirect_uris": [self.redirect_uri], "client_name": "Agent", "token_endpoint_auth_method": "none"}
        async with httpx2.AsyncClient(timeout=BOUND_SECONDS) as http:
            self.client_id = (await http.post(f"{self.here.url}/register", json=metadata)).json()["client_id"]
        return self.request()

    def request(self) -> str:
        """The address to open, once it has a client ID."""
        challenge = urlsafe_b64encode(sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "state": "a state",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "resource": self.here.reminders,
        }
        return f"{self.here.url}/authorize?{urlencode(asked)}"

    async def answer(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(await asyncio.wait_for(self._answered, BOUND_SECONDS)).query)

    async def tokens(self, code: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "code": code,
            "code_verifier": self.verifier,
        }
        async with httpx2.AsyncClient(timeout=BOUND_SECONDS) as http:
            found: dict[str, Any] = (await http.post(f"{self.here.url}/token", data=form)).json()
        return found

    async def call(self, access_token: str) -> int:
        message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json, text/event-stream"}
        async with httpx2.AsyncClient(timeout=BOUND_SECONDS) as http:
            return (await http.post(self.here.reminders, json=message, headers=headers)).status_code


@asynccontextmanager
async def waiting(here: Installed) -> AsyncIterator[Agent]:
    answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target = (await reader.readline()).split()[1].decode()
        if target.startswith("/callback") and not answered.done():
            answered.set_result(target)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<h1>Go back</h1>")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(receive, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield Agent(here, f"http://127.0.0.1:{port}/callback", answered)


@pytest.fixture
async def here(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Installed]:
    async with installed(tmp_path) as running:
        yield running


@asynccontextmanager
async def browsing(executable: str, *, javascript: bool, bypass_csp: bool = False) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        context = await browser.new_context(java_script_enabled=javascript, bypass_csp=bypass_csp)
        yield await context.new_page()
        await browser.close()


async def sign_in(page: Page) -> None:
    """By keyboard alone: the email field has the focus."""
    await page.locator("input[name=email]:focus").wait_for()
    await page.keyboard.type(EMAIL)
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")


@pytest.mark.proves("C12", "C14")
@pytest.mark.parametrize("javascript", [True, False])
async def test_a_person_signs_in_approves_and_ends_it_again(
    here: Installed, chromium_executable: str, javascript: bool
) -> None:
    async with waiting(here) as agent, browsing(chromium_executable, javascript=javascript) as page:
        await page.goto(await agent.link())
        await sign_in(page)
        await page.get_by_role("heading", name="Allow Agent to use Reminders?").wait_for()
        shown = await page.inner_text("main")
        for fact in (EMAIL, here.reminders, urlsplit(agent.redirect_uri).netloc, "tools today"):
            assert fact in shown
        await page.get_by_role("button", name="Approve").click()
        await page.get_by_role("heading", name="Go back").wait_for()
        told = await agent.answer()
        assert (told["state"], told["iss"]) == (["a state"], [here.url])
        tokens = await agent.tokens(told["code"][0])
        assert await agent.call(tokens["access_token"]) != 401
        await page.goto(f"{here.url}/account")
        await page.get_by_role("button", name="Disconnect").click()
        await page.get_by_role("status").wait_for()
        assert await agent.call(tokens["access_token"]) == 401


@pytest.mark.proves("C12")
async def test_deny_goes_back_to_the_client_too(here: Installed, chromium_executable: str) -> None:
    async with waiting(here) as agent, browsing(chromium_executable, javascript=False) as page:
        await page.goto(await agent.link())
        await sign_in(page)
        await page.get_by_role("button", name="Deny").click()
        await page.get_by_role("heading", name="Go back").wait_for()
        assert (await agent.answer())["error"] == ["access_denied"]


@pytest.mark.proves("D20")
async def test_a_device_is_let_in_by_keyboard_alone(here: Installed, chromium_executable: str) -> None:
    async with (
        httpx2.AsyncClient(timeout=BOUND_SECONDS) as http,
        browsing(chromium_executable, javascript=False) as page,
    ):
        metadata = {
            "redirect_uris": ["http://127.0.0.1/callback"],
            "client_name": "MCP CLI",
            "grant_types": ["authorization_code", "refresh_token", DEVICE_CODE],
            "token_endpoint_auth_method": "none",
        }
        client_id = (await http.post(f"{here.url}/register", json=metadata)).json()["client_id"]
        form = {"client_id": client_id, "resource": here.reminders}
        asked = (await http.post(f"{here.url}/device_authorization", data=form)).json()
        poll = {"grant_type": DEVICE_CODE, "client_id": client_id, "device_code": asked["device_code"]}
        await page.goto(asked["verification_uri"])
        await sign_in(page)
        await page.locator("input[name=user_code]:focus").wait_for()
        await page.keyboard.type(asked["user_code"].replace("-", " ").lower())
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Allow MCP CLI to use Reminders?").wait_for()
        shown = await page.inner_text("main")
        for fact in (EMAIL, here.reminders, asked["user_code"], "127.0.0.1", "from the network that you are on"):
            assert fact in shown
        assert (await http.post(f"{here.url}/token", data=poll)).json()["error"] == "authorization_pending"
        await page.get_by_role("button", name="Approve").focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Your device is connected").wait_for()
        tokens = (await http.post(f"{here.url}/token", data=poll)).json()
        headers = {"Authorization": f"Bearer {tokens['access_token']}", "Accept": "application/json, text/event-stream"}
        message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        assert (await http.post(here.reminders, json=message, headers=headers)).status_code != 401


async def test_a_wrong_password_is_said_beside_the_form_and_the_way_goes_on(
    here: Installed, chromium_executable: str
) -> None:
    async with waiting(here) as agent, browsing(chromium_executable, javascript=False) as page:
        await page.goto(await agent.link())
        await page.fill("input[name=email]", EMAIL)
        await page.fill("input[name=password]", "not the right one")
        await page.keyboard.press("Enter")
        await page.get_by_role("alert").wait_for()
        await page.fill("input[name=password]", PASSWORD)
        await page.keyboard.press("Enter")
        assert (await page.get_by_role("button", name="Approve").inner_text()).strip() == "Approve"


async def test_axe_finds_nothing_on_the_pages_as_they_are_served(here: Installed, chromium_executable: str) -> None:
    async with waiting(here) as agent, browsing(chromium_executable, javascript=True, bypass_csp=True) as page:
        await page.goto(await agent.link())
        assert (await Axe().run(page)).violations_count == 0
        await sign_in(page)
        await page.get_by_role("button", name="Approve").wait_for()
        assert (await Axe().run(page)).violations_count == 0
        await page.goto(f"{here.url}/account")
        assert (await Axe().run(page)).violations_count == 0
