"""An installation with an owner, another account and an operator, each with a browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from consentry.accounts.model import Account
from consentry.mail import Transport
from consentry.store.sql import Transaction
from tests.web.pages.reading import Form, Reading
from tests.web.world import EMAIL, OTHER_EMAIL, PASSWORD_HASH, World, no_way_out, world

OPERATOR_EMAIL = "olga@example.com"


@dataclass
class Person:
    """Somebody's browser. The owner owns both deployments; another may use the second."""

    here: World
    browser: httpx2.AsyncClient

    async def open(self, path: str, status: int = 200) -> Reading:
        """A page, read."""
        response = await self.browser.get(f"{self.here.prefix}{path}")
        assert response.status_code == status, response.text
        return Reading(response.text)

    async def press(self, page: Reading, action: str, /, **typed: str) -> httpx2.Response:
        """Sends the form that leads there, with what it holds and what is typed."""
        form = next(form for form in page.forms if form.action == f"{self.here.prefix}{action}")
        return await self.browser.post(form.action, data=filled(form) | typed)

    async def pressed(self, path: str, action: str, /, **typed: str) -> Reading:
        """The page that pressing a button leads to, which is one of the dashboard."""
        response = await self.press(await self.open(path), action, **typed)
        assert response.status_code == 303, response.text
        assert response.headers["location"].startswith(f"{self.here.prefix}/")
        return await self.open(response.headers["location"].removeprefix(self.here.prefix))


def filled(form: Form) -> dict[str, str]:
    """Fields and selects as they stand when nobody touches them, the buttons left out."""
    return {
        name: one.get("value", "")
        for name, one in form.inputs.items()
        if one.get("type") not in {"radio", "checkbox"} or "checked" in one
    }


@dataclass
class Place:
    """An installation and who comes to it."""

    here: World
    nobody: Person
    another: Person
    owner: Person
    operator: Person


@pytest.fixture
async def place(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Place]:
    async with placed(tmp_path) as made:
        yield made


@asynccontextmanager
async def placed(folder: Path, *, mail: Transport | None = None, **settings: Any) -> AsyncIterator[Place]:
    """Settings as in the configuration file; `mail` is the way to people."""
    async with world(folder, no_way_out, mail, **settings) as here:
        now = here.clock() - 1000

        async def work(tx: Transaction) -> None:
            await tx.add_account(Account("account_3", OPERATOR_EMAIL, "", PASSWORD_HASH, True, now, verified_at=now))

        await here.installation.store.write(work)
        people = [Person(here, here.browser)]
        async with (
            browsing(here) as another,
            browsing(here) as owner,
            browsing(here) as operator,
        ):
            for browser, email in ((another, OTHER_EMAIL), (owner, EMAIL), (operator, OPERATOR_EMAIL)):
                here.browser = browser
                assert (await here.sign_in(email)).status_code == 303
                people.append(Person(here, browser))
            here.browser = people[0].browser
            yield Place(here, *people)


def browsing(here: World) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(here.app, client=("192.0.2.7", 4711))
    browser = httpx2.AsyncClient(transport=transport, base_url=here.installation.addresses.origin)
    browser.headers["Accept"] = "text/html"
    return browser
