"""MCP servers as the gateway meets them, reduced to what a test watches."""

import json

import anyio

from consentry.gateway.model import Message, Receive, Send


async def read_body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


async def echo(scope: Message, receive: Receive, send: Send) -> None:
    """Answers with what it was sent, and with every header that must not come back."""
    body = await read_body(receive)
    seen = {
        "method": scope["method"],
        "path": scope["path"],
        "query": scope["query_string"].decode(),
        "headers": [[name.decode(), value.decode("latin-1")] for name, value in scope["headers"]],
        "size": len(body),
        "body": body[:1000].decode("latin-1"),
    }
    text = json.dumps(seen).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(text)).encode()),
        (b"set-cookie", b"sid=1"),
        (b"server", b"internal/1.0"),
        (b"access-control-allow-origin", b"https://internal.example"),
        (b"access-control-allow-credentials", b"true"),
        (b"clear-site-data", b'"cookies"'),
        (b"mcp-session-id", b"s-1"),
        (b"cache-control", b"private, max-age=7"),
        (b"x-request-id", b"theirs"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text})


class EventStream:
    """Sends one event, holds the second until told, and knows when its client has gone."""

    def __init__(self, first: bytes = b"data: first\n\n") -> None:
        self.first = first
        self.go_on = anyio.Event()
        self.left = anyio.Event()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        await read_body(receive)
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache, no-transform")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.first, "more_body": True})
        async with anyio.create_task_group() as tasks:

            async def watch() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass
                self.left.set()
                tasks.cancel_scope.cancel()

            tasks.start_soon(watch)
            await self.go_on.wait()
            await send({"type": "http.response.body", "body": b"data: second\n\n"})
            tasks.cancel_scope.cancel()


class Silence:
    """Takes a request, never answers, and knows when it came, whether it was whole and when its client went."""

    def __init__(self) -> None:
        self.reached = anyio.Event()
        self.left = anyio.Event()
        self.whole = False

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        self.reached.set()
        while (message := await receive())["type"] != "http.disconnect":
            self.whole = self.whole or not message.get("more_body", False)
        self.left.set()
