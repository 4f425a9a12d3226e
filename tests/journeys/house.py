"""One installation, one browser and one mailbox, for many journeys: each of a person of their own."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from itertools import count
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from consentry.accounts.model import Account
from consentry.store.sql import Transaction
from tests.gateway.serving import BOUND_SECONDS
from tests.journeys.installed import PASSWORD, Installed, installed
from tests.web.pages.gallery import CHROMIUM_FLAGS
from tests.web.world import PASSWORD_HASH

LINK = re.compile(r"http://\S+token=\S+")


@dataclass
class Post:
    """A mail server that keeps what comes, by address."""

    letters: dict[str, "asyncio.Queue[str]"] = field(default_factory=dict)

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        message = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        body = message.get_body(("plain",))
        self._of(envelope.rcpt_tos[0]).put_nowait(f"{message['subject']}\n{body.get_content() if body else ''}")
        return "250 OK"

    async def link(self, address: str) -> str:
        """That in the next letter to an address which has one."""
        while True:
            letter = await asyncio.wait_for(self._of(address).get(), BOUND_SECONDS)
            if found := LINK.search(letter):
                return found.group()

    def _of(self, address: str) -> "asyncio.Queue[str]":
        return self.letters.setdefault(address, asyncio.Queue())


@dataclass
class Person:
    """Somebody with an account, at a browser of their own, in which no script runs unless they want it."""

    house: "House"
    email: str
    context: BrowserContext
    page: Page

    async def open(self, path: str) -> None:
        await self.page.goto(f"{self.house.here.url}{path}")

    async def sign_in(self, password: str = PASSWORD) -> None:
        await self.open("/login")
        await self.page.get_by_label("Email").fill(self.email)
        await self.page.get_by_label("Password").fill(password)
        await self.press("Sign in")

    async def fill(self, **typed: str) -> None:
        """Fields, by their names."""
        for name, value in typed.items():
            await self.page.locator(f"main [name='{name}']").fill(value)

    async def press(self, button: str) -> None:
        await self.page.get_by_role("button", name=button, exact=True).click()

    async def follow(self, link: str) -> None:
        await self.page.get_by_role("link", name=link, exact=True).click()

    async def reads(self, text: str) -> None:
        await self.page.get_by_text(text).first.wait_for()

    async def is_told(self, text: str) -> None:
        """Of what is wrong: at once, to a reader of the screen, too."""
        await self.page.get_by_role("alert").filter(has_text=text).wait_for()

    async def stands_at(self, path: str) -> None:
        await self.page.wait_for_url(f"{self.house.here.url}{path}")


@dataclass
class House:
    here: Installed
    browser: Browser
    post: Post
    _numbers: "count[int]" = field(default_factory=lambda: count(100))

    async def somebody(self, *, operator: bool = False, javascript: bool = False, signed_in: bool = True) -> Person:
        """A new account, and whoever has it."""
        number, now = next(self._numbers), self.here.clock() - 1000
        email = f"person{number}@example.com"
        made = Account(f"account_{number}", email, "", PASSWORD_HASH, operator, now, verified_at=now)

        async def work(tx: Transaction) -> None:
            await tx.add_account(made)

        await self.here.installation.store.write(work)
        person = await self.at_a_browser(email, javascript=javascript)
        if signed_in:
            await person.sign_in()
        return person

    async def at_a_browser(self, email: str, *, javascript: bool = False) -> Person:
        """Another browser, of somebody who may have an account."""
        context = await self.browser.new_context(java_script_enabled=javascript)
        context.set_default_timeout(1000 * BOUND_SECONDS)
        return Person(self, email, context, await context.new_page())


@asynccontextmanager
async def housed(folder: Path, executable: str) -> AsyncIterator[House]:
    post = Post()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(post), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with (
        server,
        installed(folder, smtp_url=f"smtp://127.0.0.1:{port}", signup="open", rate_limits=False) as here,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield House(here, browser, post)
        await browser.close()
