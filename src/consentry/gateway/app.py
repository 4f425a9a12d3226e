"""The gateway as an ASGI application: find, decide, rewrite, pump (MCP 2026-07-28 Streamable HTTP)."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import anyio

from consentry.gateway.answers import answer_challenge, answer_stop
from consentry.gateway.bearer import parse_bearer
from consentry.gateway.decide import decide
from consentry.gateway.headers import to_client, to_upstream
from consentry.gateway.model import Clock, Finder, Forward, Message, Receive, Request, Send, Stop
from consentry.gateway.route import find_slug, join_query
from consentry.gateway.upload import ClientGoneError, TooLargeError, Upload
from consentry.gateway.upstream import Opened, UpstreamBrokeError, Upstreams
from consentry.spec.challenge import Challenge
from consentry.spec.jsonrpc import INTERNAL_ERROR
from consentry.tokens import Secret

BODY_LIMIT_BYTES = 16 * 1024 * 1024
_FAILED = Stop(500, "Something broke in the gateway. Try again, and quote the request id.", code=INTERNAL_ERROR)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Gateway:
    """Serves `{prefix}{slug}` for every method. `clock` gives epoch seconds, `body_limit` is in bytes."""

    find: Finder
    upstreams: Upstreams
    clock: Clock
    new_request_id: Callable[[], str]
    prefix: str = "/mcp/"
    body_limit: int = BODY_LIMIT_BYTES

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        request = _read(scope, self.prefix)
        exchange = _Exchange(request, self.new_request_id(), receive, send)
        try:
            await self._serve(exchange)
        except Exception:
            log.exception("the gateway failed: request %s, deployment %r", exchange.request_id, request.slug)
            if exchange.started:
                raise  # the server closes the connection, so that half an answer is not taken for a whole one
            await exchange.stop(_FAILED)

    async def _serve(self, exchange: "_Exchange") -> None:
        request = exchange.request
        now = self.clock()
        target = await self.find.find_target(request.slug) if request.slug else None
        match request.credential:
            case Secret() as token if target:
                access = await self.find.find_access(token.digest())
            case _:
                access = None
        match decide(request, target, access, now, self.body_limit):
            case Stop() as stop:
                await exchange.stop(stop)
            case Challenge() as challenge:
                await answer_challenge(exchange.send, challenge, request.slug, exchange.request_id)
            case Forward() as forward:
                await self.find.note_use(forward.access, now)
                await self._forward(exchange, forward)

    async def _forward(self, exchange: "_Exchange", forward: Forward) -> None:
        upload = Upload(exchange.receive, self.body_limit)
        async with anyio.create_task_group() as tasks:

            async def leave_with_client() -> None:
                await upload.client_gone()
                # Closing the stream is how a client cancels a call, so it must reach the upstream.
                tasks.cancel_scope.cancel()

            tasks.start_soon(leave_with_client)
            await self._call(exchange, forward, upload)
            tasks.cancel_scope.cancel()

    async def _call(self, exchange: "_Exchange", forward: Forward, upload: Upload) -> None:
        request = exchange.request
        url = join_query(forward.target.upstream_url, request.query)
        headers = to_upstream(request.headers, exchange.request_id)
        try:
            opened = await self.upstreams.open(request.method, url, headers, upload.chunks())
        except TooLargeError as error:
            opened = error.stop
        except ClientGoneError:
            return
        match opened:
            case Stop() as stop:
                await exchange.stop(stop)
            case Opened():
                await exchange.pump(opened)


@dataclass(slots=True)
class _Exchange:
    """One request and the way to answer it."""

    request: Request
    request_id: str
    receive: Receive
    to_server: Send
    started: bool = False

    async def send(self, message: Message) -> None:
        await self.to_server(message)
        self.started = True

    async def stop(self, stop: Stop) -> None:
        if stop.reason:
            log.warning("request %s, deployment %r: %s", self.request_id, self.request.slug, stop.reason)
        await answer_stop(self.send, stop, self.request.slug, self.request_id)

    async def pump(self, opened: Opened) -> None:
        headers = list(to_client(opened.headers, self.request_id))
        try:
            await self.send({"type": "http.response.start", "status": opened.status, "headers": headers})
            async for chunk in opened.body:
                await self.send({"type": "http.response.body", "body": chunk, "more_body": True})
            await self.send({"type": "http.response.body", "body": b""})
        except UpstreamBrokeError as error:
            # Returning without the last message makes the server drop the connection: an answer that
            # broke off upstream breaks off here too, and is never ended as if it were whole.
            log.warning("request %s, deployment %r: broke off: %s", self.request_id, self.request.slug, error)
        finally:
            await opened.close()


def _read(scope: Message, prefix: str) -> Request:
    headers = tuple(scope["headers"])
    authorization = [value.decode("latin-1") for name, value in headers if name == b"authorization"]
    query: bytes = scope["query_string"]
    slug = find_slug(scope["path"], prefix)
    return Request(scope["method"], slug, query, headers, parse_bearer(authorization, query))
