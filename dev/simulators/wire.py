"""The client's side of HTTP: its headers as its library sends them, its steps written down, CORS where it is a page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from dev.simulators.client import Client
from dev.simulators.stage import Stage

Headers = Mapping[str, str]
FORM = "application/x-www-form-urlencoded"
# Fetch §2.2.2: what a page may send without asking first.
_SAFELISTED = frozenset({"accept", "accept-language", "content-language"})
_READABLE = frozenset({"cache-control", "content-language", "content-length", "content-type", "expires"})


class GotStuckError(Exception):
    """The client does not get on: what came back is not what it needs."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the client did, in which act, and what came of it."""

    act: str
    did: str
    came: str


@dataclass(slots=True)
class Wire:
    """`tell` hears each step when it is done. `act` is what the steps are part of."""

    client: Client
    stage: Stage
    tell: Callable[[Step], None]
    act: str = ""
    steps: list[Step] = field(default_factory=list)

    def note(self, did: str, came: str) -> None:
        step = Step(self.act, did, came)
        self.steps.append(step)
        self.tell(step)

    async def get(self, url: str, did: str = "", headers: Headers | None = None) -> httpx2.Response:
        return await self.send("GET", url, did, headers or {})

    async def post_form(
        self, url: str, form: Mapping[str, str], did: str, headers: Headers | None = None, *, address: int = 0
    ) -> httpx2.Response:
        sent = {"content-type": FORM, **(headers or {})}
        return await self.send("POST", url, did, sent, urlencode(form).encode(), address=address)

    async def send(
        self, method: str, url: str, did: str, headers: Headers, content: bytes | None = None, *, address: int = 0
    ) -> httpx2.Response:
        request = await self.request(method, url, headers, content)
        response = await self.stage.way(address).send(request, follow_redirects=False)
        self.note(f"{method} {shown(url)}{f'  {did}' if did else ''}", summary(response))
        return self.readable(response)

    async def request(self, method: str, url: str, headers: Headers, content: bytes | None = None) -> httpx2.Request:
        """As this client would send it; a page's browser has asked before whether it may."""
        sent = {name.lower(): value for name, value in headers.items()}
        manner = self.client.manner
        if manner.origin is not None and origin_of(url) != manner.origin:
            await self._preflight(method, url, sent)
            sent["origin"] = manner.origin
        if manner.user_agent is not None:
            sent.setdefault("user-agent", manner.user_agent)
        # Built by hand: the library would add Accept and User-Agent, which some clients do not send.
        return httpx2.Request(method, url, headers=sent, content=content)

    def readable(self, response: httpx2.Response) -> httpx2.Response:
        """What a page gets to see of an answer from another origin: Fetch §4.9, §3.2.4."""
        origin = self.client.manner.origin
        if origin is None or origin_of(str(response.request.url)) == origin:
            return response
        if response.headers.get("access-control-allow-origin") not in {"*", origin}:
            raise GotStuckError(f"a page at {origin} may not read the answer: no Access-Control-Allow-Origin")
        exposed = _names(response.headers.get("access-control-expose-headers", "")) | _READABLE
        for name in list(response.headers):
            if name not in exposed:
                del response.headers[name]
        return response

    async def _preflight(self, method: str, url: str, headers: Headers) -> None:
        unsafe = sorted(
            name
            for name, value in headers.items()
            if name not in _SAFELISTED and (name, value) != ("content-type", FORM)
        )
        if not unsafe and method in {"GET", "POST"}:
            return
        asked = {
            "origin": self.client.manner.origin or "",
            "access-control-request-method": method,
            "access-control-request-headers": ",".join(unsafe),
        }
        response = await self.stage.way().send(httpx2.Request("OPTIONS", url, headers=asked))
        self.note(f"OPTIONS {shown(url)}  for {', '.join(unsafe) or method}", summary(response))
        if response.status_code not in range(200, 300):
            raise GotStuckError(f"the browser's preflight was answered with {response.status_code}")
        if response.headers.get("access-control-allow-origin") not in {"*", asked["origin"]}:
            raise GotStuckError("the preflight lets this page's origin in nowhere")
        if method not in {"GET", "POST"} and method.lower() not in _names(
            response.headers.get("access-control-allow-methods", "")
        ):
            raise GotStuckError(f"the preflight does not allow {method}")
        missing = set(unsafe) - _names(response.headers.get("access-control-allow-headers", ""))
        if missing:
            raise GotStuckError(f"the preflight does not allow {', '.join(sorted(missing))}")


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def shown(url: str) -> str:
    """Without its query, which may hold a code."""
    return url.partition("?")[0]


def summary(response: httpx2.Response) -> str:
    """What came back, in short, and nothing that opens anything."""
    said = [str(response.status_code)]
    if challenge := response.headers.get("www-authenticate"):
        said.append(challenge)
    if location := response.headers.get("location"):
        said.append(f"to {shown(location)}")
    try:
        body: Any = response.json() if "json" in response.headers.get("content-type", "") else None
    except (ValueError, httpx2.ResponseNotRead):
        body = None
    if isinstance(body, dict):
        told = {name: body[name] for name in ("error", "error_description", "client_id", "issuer", "resource")
                if isinstance(body.get(name), str)}  # fmt: skip
        said.extend(f"{name}: {value}" for name, value in told.items())
    return "  ".join(said)


def read_json(response: httpx2.Response, *statuses: int) -> dict[str, Any]:
    """A JSON object without null members, which some clients' parsers refuse."""
    if response.status_code not in (statuses or (200,)):
        raise GotStuckError(f"the answer is {summary(response)}")
    if response.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise GotStuckError(f"the answer is served as {response.headers.get('content-type')}, not as JSON")
    try:
        document = response.json()
    except ValueError as error:
        raise GotStuckError("the answer is not JSON") from error
    if not isinstance(document, dict):
        raise GotStuckError("the answer is no JSON object")
    empty = [name for name, value in document.items() if value is None]
    if empty:
        raise GotStuckError(f"the answer has null members: {', '.join(empty)}")
    return document


def _names(listed: str) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in listed.split(",") if name.strip())
