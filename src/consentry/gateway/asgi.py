"""A call whose client speaks ASGI: whatever runs in process, and servers that cannot hand a connection over."""

import asyncio
from collections import deque
from collections.abc import Callable

from consentry.gateway.call import Call
from consentry.gateway.head import Head
from consentry.gateway.model import Client, Headers, Message, Receive, Send

MOST_WAITING_BYTES = 64 * 1024


class _End:
    """The client's end: what the call does becomes messages, which `serve` sends."""

    def __init__(self) -> None:
        self.messages: deque[Message] = deque()
        self.waiting_bytes = 0
        self.news = asyncio.Event()
        self.wanted = asyncio.Event()
        self.wanted.set()

    def begin(self, head: Head, own: Headers) -> None:
        headers = [*head.headers, *own]
        self.messages.append({"type": "http.response.start", "status": head.status, "headers": headers})

    def send(self, data: bytes) -> None:
        self.waiting_bytes += len(data)
        self.messages.append({"type": "http.response.body", "body": data, "more_body": True})
        self.news.set()

    def end(self) -> None:
        self.messages.append({"type": "http.response.body", "body": b""})
        self.news.set()

    def cut(self) -> None:
        self.news.set()

    def flush(self) -> None:
        self.news.set()

    def hold_body(self) -> None:
        self.wanted.clear()

    def want_body(self) -> None:
        self.wanted.set()


async def serve(open_call: Callable[[Client], Call], receive: Receive, send: Send) -> None:
    """Runs a call to its end. Returning without the last message makes the server drop the connection."""
    end = _End()
    call = open_call(end)
    call.begin()
    listening = asyncio.create_task(_listen(call, end, receive))
    try:
        while not call.over or end.messages:
            if not end.messages:
                await end.news.wait()
            end.news.clear()
            while end.messages:
                if end.waiting_bytes > MOST_WAITING_BYTES:
                    call.client_full()
                message = end.messages.popleft()
                await send(message)
                end.waiting_bytes -= len(message.get("body", b""))
            call.client_drained()
    finally:
        listening.cancel()
        call.client_gone()


async def _listen(call: Call, end: _End, receive: Receive) -> None:
    """The request's body, and the client's leaving: ASGI tells of both in the same way."""
    more = True
    while more:
        await end.wanted.wait()
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        call.body(message.get("body", b""))
        more = message.get("more_body", False)
        if not more:
            call.body_ended()
        call.flush()
    else:
        if (await receive())["type"] != "http.disconnect":
            return  # nothing else may follow a body: this client tells nothing of its leaving
    call.client_gone()
    end.news.set()
