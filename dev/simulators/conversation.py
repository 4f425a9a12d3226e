"""MCP over Streamable HTTP, in both eras: with a session up to 2025-11-25, without one in 2026-07-28."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx2
from dev.simulators.client import Opening
from dev.simulators.wire import GotStuckError, Wire

ACCEPT = "application/json, text/event-stream"
MODERN, LEGACY = "2026-07-28", "2025-11-25"
META = "io.modelcontextprotocol"


@dataclass(slots=True)
class Conversation:
    """One conversation; with several addresses, each request comes from the next."""

    wire: Wire
    url: str
    access_token: str | None = None
    session: str | None = None
    _ids: Iterator[int] = field(default_factory=lambda: count(1))
    _turn: Iterator[int] = field(default_factory=count)

    async def knock(self, opening: Opening) -> httpx2.Response:
        """The first request, which has no token."""
        if opening == "get":
            return await self._send("GET", None, "without a token")
        return await self.ask("initialize" if opening == "initialize" else "server/discover")

    async def talk(self) -> str:
        """From the first word to a tool's result; what was called."""
        modern = self.wire.client.era == MODERN
        if modern:
            await self.result("server/discover")
        else:
            await self._begin()
        tools = (await self.result("tools/list")).get("tools", [])
        called = _callable(tools)
        if called is None:
            return f"{len(tools)} tools, none that only reads"
        name, arguments = called
        result = await self.result("tools/call", {"name": name, "arguments": arguments})
        if result.get("isError"):
            raise GotStuckError(f"the tool {name} failed: {result.get('content')}")
        if not modern and self.session is not None:
            await self._send("DELETE", None, "the session")
        return f"{len(tools)} tools, {name} called"

    async def result(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        response = await self.ask(method, params)
        message = _message(response)
        if "result" not in message:
            raise GotStuckError(f"{method} failed with {message.get('error')}")
        found: dict[str, Any] = message["result"]
        return found

    async def ask(self, method: str, params: Mapping[str, Any] | None = None) -> httpx2.Response:
        """One request of JSON-RPC, however it is answered."""
        modern = self.wire.client.era == MODERN
        told = dict(params or {})
        if method == "initialize":
            told = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": self._info()}
        elif modern:
            told["_meta"] = {
                f"{META}/protocolVersion": MODERN,
                f"{META}/clientInfo": self._info(),
                f"{META}/clientCapabilities": {},
            }
        message = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": told}
        headers = {}
        if modern or self.wire.client.method_header:
            headers["mcp-method"] = method
        if modern and "name" in told:
            headers["mcp-name"] = str(told["name"])
        if modern or method != "initialize":
            headers["mcp-protocol-version"] = MODERN if modern else LEGACY
        return await self._send("POST", message, method, headers)

    async def _begin(self) -> None:
        response = await self.ask("initialize")
        message = _message(response)
        if "result" not in message:
            raise GotStuckError(f"initialize failed with {message.get('error')}")
        self.session = response.headers.get("mcp-session-id")
        ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        accepted = await self._send("POST", ready, "notifications/initialized", {"mcp-protocol-version": LEGACY})
        if accepted.status_code != 202:
            raise GotStuckError(f"notifications/initialized is answered with {accepted.status_code}, not with 202")
        if self.wire.stage.streams and self.session is not None:
            await self._listen()

    async def _listen(self) -> None:
        """The stream for what the server says of itself; opened, seen to be one, and left."""
        headers = self._headers({"mcp-protocol-version": LEGACY})
        request = await self.wire.request("GET", self.url, {**headers, "accept": "text/event-stream"})
        response = await self.wire.stage.way().send(request, stream=True)
        self.wire.note(f"GET {self.url}  the stream", str(response.status_code))
        await response.aclose()
        if response.status_code not in {200, 405}:
            raise GotStuckError(f"the stream is answered with {response.status_code}")

    async def _send(
        self, method: str, message: Mapping[str, Any] | None, did: str, headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        content = json.dumps(message).encode() if message is not None else None
        sent = self._headers(headers or {})
        if content is not None:
            sent["content-type"] = "application/json"
        address = next(self._turn) % self.wire.client.refreshing.addresses
        did = f"{did} from address {address + 1}" if address else did
        return await self.wire.send(method, self.url, did, sent, content, address=address)

    def _headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        sent = {"accept": ACCEPT, **headers}
        if self.access_token is not None:
            sent["authorization"] = f"Bearer {self.access_token}"
        if self.session is not None:
            sent["mcp-session-id"] = self.session
        return sent

    def _info(self) -> dict[str, str]:
        return {"name": self.wire.client.name, "version": "0"}


def _message(response: httpx2.Response) -> dict[str, Any]:
    """The answer, plain or as the last event of a stream."""
    if response.status_code != 200:
        raise GotStuckError(f"an MCP request is answered with {response.status_code}: {response.text[:200]}")
    if response.headers.get("content-type", "").startswith("text/event-stream"):
        data = [line.removeprefix("data:").strip() for line in response.text.splitlines() if line.startswith("data:")]
        messages = [json.loads(text) for text in data if text]
        found = next((one for one in messages if "result" in one or "error" in one), None)
        if found is None:
            raise GotStuckError("the stream ended without an answer")
    else:
        found = response.json()
    answer: dict[str, Any] = found
    return answer


def _callable(tools: list[dict[str, Any]]) -> tuple[str, dict[str, str]] | None:
    """A tool that changes nothing, with words for what it wants."""
    for tool in tools:
        schema = tool.get("inputSchema", {})
        required = schema.get("required", [])
        plain = all(schema.get("properties", {}).get(name, {}).get("type") == "string" for name in required)
        if plain and tool.get("annotations", {}).get("readOnlyHint"):
            return str(tool["name"]), dict.fromkeys(required, "some words")
    return None
