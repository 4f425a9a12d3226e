"""A browser without JavaScript that signs in and presses Approve, as a person would: RFC 6749 §4.1."""

import http.client
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit

from tests.journeys.clients.cookies import CookieJar, origin_of
from tests.journeys.clients.page import Button, Form, Page, read_page

PAGES_LIMIT = 8
REDIRECTS_LIMIT = 10
TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Left:
    """The browser was sent to the client: `url` is the callback, which was not fetched."""

    url: str


@dataclass(frozen=True)
class Navigation:
    """One request for a document; `initiator` is the page that led to it, None where it was typed."""

    method: str
    url: str
    fields: Sequence[tuple[str, str]] = ()
    initiator: Page | None = None


class NoWayOnError(Exception):
    """The page offers no way on; the message holds its text."""

    def __init__(self, why: str, page: Page) -> None:
        super().__init__(f"{why} At {page.url} (HTTP {page.status}) the page reads: {page.text or '(nothing)'}")
        self.page = page


class Browser:
    """One person's browser: its cookies live as long as it does."""

    def __init__(self) -> None:
        self._cookies = CookieJar()

    def approve(
        self,
        authorize_url: str,
        email: str,
        password: str,
        decision: str = "Approve",
        *,
        redirect_uri: str | None = None,
    ) -> str:
        """Sign in where asked, press `decision`, and return the callback URL without fetching it."""
        callback = redirect_uri or parse_qs(urlsplit(authorize_url).query).get("redirect_uri", [""])[0]
        at = self.open(authorize_url, callback=callback)
        signed_in = False
        for _ in range(PAGES_LIMIT):
            if isinstance(at, Left):
                return at.url
            if (form := sign_in_form(at)) is not None:
                if signed_in:
                    raise NoWayOnError("The sign-in was refused.", at)
                signed_in = True
                at = self.submit(at, form, typed={"email": email, "password": password}, callback=callback)
            elif (form := consent_form(at)) is not None and (button := form.button(decision)) is not None:
                at = self.submit(at, form, button, callback=callback)
            else:
                raise NoWayOnError(f"Neither a sign-in form nor a button reading {decision!r}.", at)
        if isinstance(at, Left):
            return at.url
        raise NoWayOnError(f"Still not back at the client after {PAGES_LIMIT} pages.", at)

    def open(self, url: str, *, callback: str = "") -> Page | Left:
        """Open an address as if typed; `Left` once the way leads to `callback` or to another origin."""
        return self._follow(Navigation("GET", url), callback)

    def submit(
        self,
        page: Page,
        form: Form,
        button: Button | None = None,
        *,
        typed: Mapping[str, str] | None = None,
        callback: str = "",
    ) -> Page | Left:
        """Send `form` by `button` (its first one where none is given), with `typed` over its fields."""
        pressed = button or (form.buttons[0] if form.buttons else Button(""))
        written = typed or {}
        fields = [(name, written.get(name, value)) for name, value in form.fields]
        if pressed.name:
            fields.append((pressed.name, pressed.value))
        action = urljoin(page.url, pressed.action or form.action or page.url)
        if form.method == "POST":
            return self._follow(Navigation("POST", action, fields, page), callback)
        return self._follow(Navigation("GET", f"{action.partition('?')[0]}?{urlencode(fields)}", (), page), callback)

    def _follow(self, step: Navigation, callback: str) -> Page | Left:
        home = origin_of(step.initiator.url if step.initiator else step.url)
        for _ in range(REDIRECTS_LIMIT):
            if origin_of(step.url) != home or step.url.partition("?")[0] == callback.partition("?")[0]:
                return Left(step.url)
            status, headers, body = self._fetch(step)
            location = next((value for name, value in headers if name.lower() == "location"), None)
            if location is not None and status in {301, 302, 303}:
                step = Navigation("GET", urljoin(step.url, location), (), step.initiator)
            elif location is not None and status in {307, 308}:
                step = replace(step, url=urljoin(step.url, location))
            else:
                page = read_page(step.url, status, headers, body)
                if page.refresh is None or page.forms:
                    return page
                step = Navigation("GET", urljoin(page.url, page.refresh), (), page)
        raise RuntimeError(f"More than {REDIRECTS_LIMIT} redirects, the last one to {step.url}")

    def _fetch(self, step: Navigation) -> tuple[int, list[tuple[str, str]], str]:
        parts = urlsplit(step.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"Not an address that a browser can open: {step.url}")
        target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe="%/:=&?~+!$,;'@()*")
        headers = headers_of(step)
        if cookies := self._cookies.header(step.url):
            headers["Cookie"] = cookies
        body = urlencode(step.fields) if step.method == "POST" else None
        secure = parts.scheme == "https"
        connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        # RFC 6761 §6.3: browsers know by themselves that every name below localhost is this machine.
        address = "127.0.0.1" if parts.hostname.endswith(".localhost") else parts.hostname
        headers["Host"] = parts.netloc
        connection = connect(address, parts.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(step.method, target, body, headers)
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
        finally:
            connection.close()
        received = response.getheaders()
        self._cookies.keep(step.url, [value for name, value in received if name.lower() == "set-cookie"])
        return response.status, received, text


def headers_of(step: Navigation) -> dict[str, str]:
    """What a browser sends along (Fetch §2.2.5, Fetch Metadata §2); never a Referer."""
    headers = {
        "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
        "Accept-Language": "en",
        "Connection": "close",
        "Sec-Fetch-Dest": "document",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Site": site_of(step),
        "Sec-Fetch-User": "?1",
        "Upgrade-Insecure-Requests": "1",
        "User-Agent": "Mozilla/5.0 (journey)",
    }
    if step.method == "POST" and step.initiator is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        # "append a request Origin header": under no-referrer a form posts `Origin: null`, even home.
        hidden = step.initiator.referrer_policy == "no-referrer"
        headers["Origin"] = "null" if hidden else origin_of(step.initiator.url)
    return headers


def site_of(step: Navigation) -> str:
    if step.initiator is None:
        return "none"
    here, there = urlsplit(step.initiator.url), urlsplit(step.url)
    if origin_of(step.initiator.url) == origin_of(step.url):
        return "same-origin"
    return "same-site" if (here.scheme, here.hostname) == (there.scheme, there.hostname) else "cross-site"


def sign_in_form(page: Page) -> Form | None:
    return next((form for form in page.forms if form.has("email", "password")), None)


def consent_form(page: Page) -> Form | None:
    return next((form for form in page.forms if form.button("Approve") and form.button("Deny")), None)


def main(arguments: Sequence[str]) -> int:
    if len(arguments) not in {3, 4}:
        sys.stderr.write("usage: python -m tests.journeys.clients.browser URL EMAIL PASSWORD [Approve|Deny]\n")
        return 2
    try:
        callback = Browser().approve(*arguments)
    except NoWayOnError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{callback}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
