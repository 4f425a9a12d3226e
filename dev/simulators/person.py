"""A person at a browser without JavaScript: signs in, presses Approve, and ends connections on the account page."""

from urllib.parse import urlencode, urljoin

import httpx2
from dev.simulators.wire import GotStuckError, shown
from tests.journeys.clients.browser import Navigation, consent_form, headers_of, sign_in_form
from tests.journeys.clients.cookies import CookieJar
from tests.journeys.clients.page import Button, Form, Page, read_page

PAGES_LIMIT = 8
REDIRECTS_LIMIT = 10


class Person:
    """One browser with its own cookies; `way` is its connection."""

    def __init__(self, way: httpx2.AsyncClient, email: str, password: str) -> None:
        self._way = way
        self._email = email
        self._password = password
        self._cookies = CookieJar()

    async def approve(self, url: str, redirect_uri: str) -> tuple[str, list[str]]:
        """Where the browser is sent with the answer, and the titles of the pages on the way there."""
        at = await self._go(Navigation("GET", url), redirect_uri)
        titles: list[str] = []
        for _ in range(PAGES_LIMIT):
            if isinstance(at, str):
                return at, titles
            titles.append(at.title)
            if (form := sign_in_form(at)) is not None and len(titles) == 1:
                at = await self._sign_in(at, form, redirect_uri)
            elif (form := consent_form(at)) is not None and (button := form.button("Approve")) is not None:
                at = await self._press(at, form, button, redirect_uri=redirect_uri)
            else:
                raise GotStuckError(f"the person sees neither a sign-in form nor Approve (HTTP {at.status}): {at.text}")
        raise GotStuckError(f"the person is still not back after {PAGES_LIMIT} pages")

    async def stopped(self, url: str, redirect_uri: str) -> str:
        """What the page says on which an authorization request ends."""
        at = await self._go(Navigation("GET", url), redirect_uri)
        if isinstance(at, str):
            raise GotStuckError("a client that is not registered is redirected to all the same")
        if at.status != 400:
            raise GotStuckError(f"a client that is not registered gets a page with {at.status}, not 400")
        return at.text

    async def connected(self, account_url: str) -> frozenset[str]:
        """The connections that the account page shows."""
        page = await self._account(account_url)
        return frozenset(value for form in page.forms for name, value in form.fields if name == "grant_id")

    async def disconnect(self, account_url: str, grant_ids: frozenset[str]) -> None:
        """Presses Disconnect beside each."""
        page = await self._account(account_url)
        for form in page.forms:
            if any(name == "grant_id" and value in grant_ids for name, value in form.fields):
                await self._press(page, form, form.buttons[0])

    async def _account(self, account_url: str) -> Page:
        at = await self._go(Navigation("GET", account_url), "")
        if isinstance(at, Page) and (form := sign_in_form(at)) is not None:
            at = await self._sign_in(at, form, "")
        if not isinstance(at, Page) or at.status != 200 or sign_in_form(at) is not None:
            raise GotStuckError("the account page cannot be seen: are email and password right?")
        return at

    async def _sign_in(self, page: Page, form: Form, redirect_uri: str) -> Page | str:
        typed = {"email": self._email, "password": self._password}
        return await self._press(page, form, form.buttons[0], typed, redirect_uri=redirect_uri)

    async def _press(
        self, page: Page, form: Form, button: Button, typed: dict[str, str] | None = None, *, redirect_uri: str = ""
    ) -> Page | str:
        fields = [(name, (typed or {}).get(name, value)) for name, value in form.fields]
        if button.name:
            fields.append((button.name, button.value))
        action = urljoin(page.url, button.action or form.action or page.url)
        return await self._go(Navigation("POST", action, fields, page), redirect_uri)

    async def _go(self, step: Navigation, redirect_uri: str) -> Page | str:
        """The page where it ends; a text is the address of the client that it was sent to, which is not opened."""
        for _ in range(REDIRECTS_LIMIT):
            if redirect_uri and shown(step.url) == redirect_uri:
                return step.url
            response = await self._open(step)
            location = response.headers.get("location")
            if location is None or response.status_code not in {301, 302, 303}:
                headers = list(response.headers.multi_items())
                return read_page(step.url, response.status_code, headers, response.text)
            step = Navigation("GET", urljoin(step.url, location), (), step.initiator)
        raise GotStuckError(f"more than {REDIRECTS_LIMIT} redirects, the last one to {shown(step.url)}")

    async def _open(self, step: Navigation) -> httpx2.Response:
        if not step.url.startswith(("https://", "http://")):
            raise GotStuckError(f"the browser is sent to {shown(step.url)}, which is not the client's redirect_uri")
        headers = {name: value for name, value in headers_of(step).items() if name != "Connection"}
        if cookies := self._cookies.header(step.url):
            headers["Cookie"] = cookies
        body = urlencode(step.fields).encode() if step.method == "POST" else None
        request = httpx2.Request(step.method, step.url, headers=headers, content=body)
        response = await self._way.send(request, follow_redirects=False)
        self._cookies.keep(step.url, response.headers.get_list("set-cookie"))
        return response
