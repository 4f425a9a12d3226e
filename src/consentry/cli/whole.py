"""A request that came whole, for the ASGI application: what uvicorn's cycle is to it, without the parser (ADR 22)."""

import asyncio
import re
from typing import Any

import structlog

from consentry.gateway.head import Head
from consentry.gateway.model import GONE, Client, Message

log = structlog.get_logger(__name__)

_UNFIT = re.compile(rb"[\0\r\n]")  # RFC 9110 §5.5: in a header's value it would begin another


class Whole:
    """One request, and the application's answer on its way to the client. `scope` is copied, since each request that
    is said in the same words has it; `tasks` are those that the server waits for at its end."""

    __slots__ = ("_app", "_body", "_client", "_drained", "_gone", "_left", "_over", "_scope", "_tasks")

    def __init__(self, app: Any, tasks: set[asyncio.Task[None]], scope: Message, client: Client, body: bytes) -> None:
        self._app = app
        self._tasks = tasks
        self._scope = {**scope, "state": {"body": body}}  # so that nobody has to wait for it
        self._client = client
        self._body: bytes | None = body
        self._left: int | None = None  # how much of an answer with a stated length is still to come
        self._over = False
        self._drained: asyncio.Event | None = None
        self._gone: asyncio.Event | None = None

    def begin(self) -> None:
        task = asyncio.get_running_loop().create_task(self._run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def body(self, data: bytes) -> None: ...

    def body_ended(self) -> None: ...

    def flush(self) -> None: ...

    def client_full(self) -> None:
        self._drained = self._drained or asyncio.Event()

    def client_drained(self) -> None:
        drained, self._drained = self._drained, None
        if drained is not None:
            drained.set()

    def client_gone(self) -> None:
        self._leave()
        self.client_drained()

    def wind_down(self) -> None: ...

    async def _run(self) -> None:
        try:
            await self._app(self._scope, self._receive, self._send)
        except Exception:
            log.exception("the request failed", path=self._scope["path"])
        finally:
            if not self._over:  # half an answer must not be taken for a whole one
                self._client.cut()

    async def _receive(self) -> Message:
        body, self._body = self._body, None
        if body is not None:
            return {"type": "http.request", "body": body, "more_body": False}
        if not self._over:
            self._gone = self._gone or asyncio.Event()
            await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if self._drained is not None:
            await self._drained.wait()
        if self._over:
            return
        if message["type"] == "http.response.start":
            headers = tuple(message["headers"])
            if _UNFIT.search(b"".join([value for _, value in headers])):
                raise ValueError("a header of the answer holds the end of a line")
            stated = dict(headers).get(b"content-length")
            self._left = None if stated is None else int(stated)
            self._client.begin(Head(message["status"], headers), ())
            if self._left is None:
                self._client.flush()  # a stream may have nothing to say for a long time yet
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        if self._left is not None:
            self._left -= len(body)
            if self._left < 0 or not (more or self._left == 0):
                raise ValueError("the answer is not as long as it says")
        if body:
            self._client.send(body)
        if more:
            self._client.flush()
        else:
            self._leave().end()

    def _leave(self) -> Client:
        """The client, which is let go: nothing is left for the garbage collector to find."""
        client, self._client = self._client, GONE
        self._over = True
        if self._gone is not None:
            self._gone.set()
        return client
