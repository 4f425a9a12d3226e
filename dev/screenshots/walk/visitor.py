"""Whoever walks: opens pages, sends forms, and keeps what is shown under a name."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import shake_256
from itertools import count
from typing import NamedTuple

import httpx2
from tests.web.dashboard.conftest import browsing, filled
from tests.web.mailbox import Mailbox
from tests.web.pages.reading import Form, Reading
from tests.web.world import EMAIL, PASSWORD, World

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


class Kept(NamedTuple):
    """A page as it was served, and the path that served it, below the origin."""

    path: str
    html: str


class Drawn:
    """Bytes that look like chance and are the same in each walk, so that a picture changes only with its page."""

    def __init__(self) -> None:
        self._turns: Iterator[int] = count()

    def __call__(self, length: int) -> bytes:
        return shake_256(next(self._turns).to_bytes(8)).digest(length)


class LostError(Exception):
    """The walk did not meet what it looked for."""


@dataclass
class Walk:
    """An installation, its mail, and the pages kept of it by name. `instead` is what stands in a page for a port that
    differs from run to run."""

    here: World
    mailbox: Mailbox
    kept: dict[str, Kept] = field(default_factory=dict)
    instead: dict[str, str] = field(default_factory=dict)

    def keep(self, name: str, response: httpx2.Response, status: int = 200) -> httpx2.Response:
        if response.status_code != status or name in self.kept:
            raise LostError(f"{name}: {response.status_code} {response.text[:2000]}")
        html = response.text
        for drawn, fixed in self.instead.items():
            html = html.replace(drawn, fixed)
        self.kept[name] = Kept(response.request.url.path, html)
        return response

    def visitor(self) -> "Visitor":
        """Somebody whose browser has no cookie yet."""
        browser = browsing(self.here)
        browser.headers["User-Agent"] = FIREFOX
        return Visitor(self, browser)

    async def link(self, to: str) -> str:
        """The path of the link in the newest letter."""
        return await self.mailbox.link(self.here, to)


@dataclass
class Visitor:
    """One browser."""

    walk: Walk
    browser: httpx2.AsyncClient

    async def see(self, name: str, path: str, status: int = 200) -> httpx2.Response:
        """Opens a page and keeps it."""
        return self.walk.keep(name, await self.open(path), status)

    async def open(self, path: str) -> httpx2.Response:
        response = await self.browser.get(path)
        while response.status_code == 303:
            response = await self.browser.get(response.headers["location"])
        return response

    async def send(self, page: httpx2.Response, action: str, /, **typed: str) -> httpx2.Response:
        """Sends the form that leads there as it stands, with what is typed, and goes where it leads."""
        sent = await self.browser.post(action, data=filled(self.form(page, action)) | typed)
        return await self.open(sent.headers["location"]) if sent.status_code == 303 else sent

    def form(self, page: httpx2.Response, action: str) -> Form:
        forms = Reading(page.text).forms
        found = next((form for form in forms if (form.method, form.action) == ("post", action)), None)
        if found is None:
            raise LostError(f"{action} is not among {[form.action for form in forms]} of {page.url}")
        return found

    async def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> httpx2.Response:
        return await self.send(await self.open("/login"), "/login", email=email, password=password)
