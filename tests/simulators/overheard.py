"""What stands between client and server: it writes down what was sent, and may change what comes back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Headers = dict[str, str]


@dataclass(frozen=True)
class Sent:
    """One request."""

    address: str
    method: str
    path: str
    query: dict[str, list[str]]
    headers: Headers
    body: bytes

    @property
    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode(), keep_blank_values=True)


@dataclass
class Answered:
    """One answer, to be changed."""

    status: int
    headers: Headers
    body: bytes


Change = Callable[[Sent, Answered], None]


@dataclass
class Between:
    """Put before an application by `staged(before=…)`."""

    change: Change | None = None
    sent: list[Sent] = field(default_factory=list)

    def __call__(self, app: ASGIApp) -> ASGIApp:
        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            request = await _read(scope, receive)
            self.sent.append(request)
            heard: list[Message] = []
            given = False

            async def once() -> Message:
                nonlocal given
                if given:
                    return await receive()
                given = True
                return {"type": "http.request", "body": request.body, "more_body": False}

            async def keep(message: Message) -> None:
                heard.append(message)

            await app(scope, once, keep)
            for message in self._changed(request, heard):
                await send(message)

        return serve

    def by_client(self, *paths: str) -> list[Sent]:
        """Requests to these paths that no browser sent."""
        return [one for one in self.sent if one.path in paths and "sec-fetch-mode" not in one.headers]

    def _changed(self, request: Sent, heard: list[Message]) -> list[Message]:
        start = heard[0]
        body = b"".join(message.get("body", b"") for message in heard[1:])
        headers = [(name.decode(), value.decode()) for name, value in start["headers"]]
        answer = Answered(start["status"], dict(headers), body)
        if self.change is None:
            return heard
        self.change(request, answer)
        cookies = [(b"set-cookie", value.encode()) for name, value in headers if name == "set-cookie"]
        plain = [(name.encode(), value.encode()) for name, value in answer.headers.items()
                 if name not in {"set-cookie", "content-length"}]  # fmt: skip
        told: dict[str, Any] = {"status": answer.status, "headers": [*plain, *cookies]}
        return [{**start, **told}, {"type": "http.response.body", "body": answer.body}]


async def _read(scope: Scope, receive: Receive) -> Sent:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return Sent(
        scope["client"][0],
        scope["method"],
        scope["path"],
        parse_qs(scope["query_string"].decode(), keep_blank_values=True),
        {name.decode(): value.decode() for name, value in scope["headers"]},
        body,
    )
