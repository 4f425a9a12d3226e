"""Where requests are sent: a whole installation, somebody signed in, and good values of every kind to bend."""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import anyio

from consentry.grants.model import Grant
from consentry.store.sql import Transaction
from consentry.web import routes
from tests.security.asking import Ask
from tests.security.texts import MARK
from tests.web.world import CHALLENGE, EMAIL, PASSWORD, REDIRECT_URI, VERIFIER, World, form_fields

_PLACE = re.compile("⟦([a-z_]+)⟧")
ELSEWHERE = "https://elsewhere.example/mcp"
Supplies = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What came back, as the server in front of the application would get it."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value.decode("latin-1") for key, value in self.headers if key.decode("latin-1").lower() == name]

    def one(self, name: str) -> str:
        return (self.all(name) or [""])[0]

    @property
    def media_type(self) -> str:
        return self.one("content-type").partition(";")[0].strip().lower()


def paths_of(world: World) -> tuple[str, ...]:
    """Every path that there is a route for, whoever added it, and the gateway's."""
    site = world.app._site()
    built = [*routes.build(site).routes, *routes.build_mcp_host(site).routes]
    found = {route.path.replace("{file:path}", "{file}") or "/" for route in built}
    found |= {path.removesuffix("/{file}") for path in found}
    shortest = {path for path in found if path == "/" or not (path.endswith("/") and path[:-1] in found)}
    return tuple(sorted(shortest | {world.installation.addresses.mcp_path() or "/", "/{anything}"}))


def origins_of(world: World) -> frozenset[str]:
    """Those that are ours."""
    addresses = world.installation.addresses
    return frozenset({addresses.origin, addresses.mcp_root("reminders"), addresses.mcp_root("elsewhere")})


async def prepare(world: World) -> None:
    """A deployment whose server is elsewhere: whoever consents to it waits for no list of tools."""

    async def work(tx: Transaction) -> None:
        first = (await tx.list_deployments())[0]
        there = replace(first, id="d_3", slug="elsewhere", name=f"<{MARK}>", upstream_url=None, resource=ELSEWHERE)
        await tx.add_deployment(there)

    await world.installation.store.write(work)


async def supply(world: World) -> Supplies:
    """One good value of each kind, all of one client and one person."""
    registered = await world.register()
    secret_client = await world.register(token_endpoint_auth_method="client_secret_basic")
    client = (await world.register())["client_id"]
    scope = "openid mcp offline_access"
    asked = {"scope": scope, "resource": ELSEWHERE}
    access = (await world.exchange(client, await world.approve(client, scope=scope))).json()["access_token"]
    code = await world.approve(client, **asked)
    issued = (await world.exchange(client, await world.approve(client, **asked))).json()
    pushed = await world.client.post(f"{world.prefix}/par", data=world.request(client, resource=ELSEWHERE))
    return {
        "client": client,
        "other_client": registered["client_id"],
        "registration_token": registered["registration_access_token"],
        "secret_client": secret_client["client_id"],
        "secret": secret_client["client_secret"],
        "basic": b64encode(f"{secret_client['client_id']}:{secret_client['client_secret']}".encode()).decode(),
        "code": code,
        "refresh": issued["refresh_token"],
        "access": access,
        "id_token": issued["id_token"],
        "verifier": VERIFIER,
        "challenge": CHALLENGE,
        "redirect": REDIRECT_URI,
        "resource": ELSEWHERE,
        "other_resource": world.resource,
        "request_uri": pushed.json()["request_uri"],
        "grant": (await world.installation.store.read(_grants))[-1].id,
        "email": EMAIL,
        "password": PASSWORD,
        "issuer": world.installation.addresses.issuer,
        "mcp_host": urlsplit(world.installation.addresses.mcp_root("reminders")).netloc,
        "host": urlsplit(world.installation.addresses.issuer).netloc,
        **await supply_session(world, client),
    }


async def supply_session(world: World, client: str) -> Supplies:
    """Only what changes when a session ends or another begins."""
    page = await world.ask(client, resource=ELSEWHERE)
    if page.status_code == 303:
        await world.sign_in()
        page = await world.ask(client, resource=ELSEWHERE)
    consent = form_fields(page.text, f"{world.prefix}/consent")
    login = await world.browser.get(f"{world.prefix}/login")
    return {
        "csrf": consent["csrf"],
        "query": consent["request"],
        "login_csrf": form_fields(login.text, f"{world.prefix}/login")["csrf"],
        "session": f"{next(iter(world.browser.cookies.jar)).value}",
    }


async def _grants(tx: Transaction) -> list[Grant]:
    return [grant for grant in await tx.list_grants() if grant.ended_at is None]


def filled(text: str, supplies: Supplies) -> str:
    return _PLACE.sub(lambda found: supplies.get(found[1], found[1]), text)


def _encoded(given: Any, supplies: Supplies) -> bytes:
    if isinstance(given, bytes):
        return _PLACE.sub(lambda found: supplies.get(found[1], found[1]), given.decode("latin-1")).encode("latin-1")
    if isinstance(given, str):
        return filled(given, supplies).encode("latin-1", "replace")
    pairs = [(filled(name, supplies), filled(value, supplies)) for name, value in given]
    return urlencode(pairs, errors="surrogatepass").encode()


async def send(world: World, ask: Ask, supplies: Supplies) -> Answer:
    """As uvicorn hands it over: the path unescaped, the query as it came, headers in small letters."""
    body = _json_filled(ask.body, supplies) if isinstance(ask.body, bytes) else _encoded(ask.body, supplies)
    path = "/" + filled(ask.path, supplies).lstrip("/") if not ask.path.startswith("//") else filled(ask.path, supplies)
    headers = [(name.encode(), filled(value, supplies).encode("latin-1")) for name, value in ask.headers]
    if body:
        headers.append((b"content-length", str(len(body)).encode()))
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": ask.method,
        "scheme": "http",
        "path": path,
        "raw_path": quote(path).encode(),
        "query_string": _encoded(ask.query, supplies),
        "root_path": "",
        "headers": headers,
        "client": ("192.0.2.7", 4711),
        "server": ("127.0.0.1", 8000),
    }
    incoming: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]
    outgoing: list[Any] = []

    async def receive() -> dict[str, Any]:
        if not incoming:
            await anyio.sleep_forever()  # the client stays for its answer
        return incoming.pop(0)

    async def give(message: Any) -> None:
        outgoing.append(message)

    await world.app(scope, receive, give)
    start, *rest = outgoing
    assert start["type"] == "http.response.start"
    assert rest, "an answer has an end"
    assert all(message["type"] == "http.response.body" for message in rest)
    assert [bool(message.get("more_body")) for message in rest].index(False) == len(rest) - 1, (
        "the last message is the end"
    )
    return Answer(start["status"], tuple(start["headers"]), b"".join(message.get("body", b"") for message in rest))


def _json_filled(body: bytes, supplies: Supplies) -> bytes:
    """`⟦name⟧` as JSON escapes it, or as it is."""
    escaped = re.compile(rb"\\u27e6([a-z_]+)\\u27e7")
    return escaped.sub(lambda found: supplies.get(found[1].decode(), "").encode(), body)
