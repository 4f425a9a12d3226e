"""The gateway as an ASGI application: find, decide, rewrite, pump (MCP 2026-07-28 Streamable HTTP)."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter

import anyio

from consentry import metrics
from consentry.gateway.bearer import NoBearer, parse_bearer
from consentry.gateway.decide import decide
from consentry.gateway.exchange import Exchange
from consentry.gateway.headers import to_upstream
from consentry.gateway.model import (
    Access,
    Clock,
    Finder,
    Forward,
    Message,
    Receive,
    Request,
    Send,
    Stop,
    Target,
)
from consentry.gateway.route import find_slug, join_query
from consentry.gateway.upload import ClientGoneError, TooLargeError, Upload
from consentry.gateway.upstream import Opened, Upstreams
from consentry.spec.challenge import Challenge
from consentry.spec.errors import AWAY_SECONDS, AwayError
from consentry.spec.jsonrpc import INTERNAL_ERROR

BODY_LIMIT_BYTES = 16 * 1024 * 1024
RECHECK_SECONDS = 5.0
_FAILED = Stop(500, "Something broke in the gateway. Try again, and quote the request id.", code=INTERNAL_ERROR)

SlugOf = Callable[[Message], str | None]
_AWAY = Stop(
    503,
    f"The gateway cannot look your access up just now: try again in {AWAY_SECONDS} seconds.",
    (("Retry-After", str(AWAY_SECONDS)),),
    INTERNAL_ERROR,
)

log = logging.getLogger(__name__)


def by_path(scope: Message) -> str | None:
    """The slug in a path of the usual shape."""
    return find_slug(scope["path"], "/mcp/")


@dataclass(frozen=True, slots=True)
class Gateway:
    """Serves MCP URLs for every method. `clock` gives epoch seconds, `body_limit` is in bytes.

    A call that lasts is looked at again every `recheck_seconds`, a stream (GET) also when its token expires.
    """

    find: Finder
    upstreams: Upstreams
    clock: Clock
    new_request_id: Callable[[], str]
    slug_of: SlugOf = by_path
    body_limit: int = BODY_LIMIT_BYTES
    recheck_seconds: float = RECHECK_SECONDS

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        request = _read(scope, self.slug_of(scope))
        exchange = Exchange(request, self.new_request_id(), receive, send)
        began = perf_counter()
        try:
            await self._serve(exchange)
        except AwayError as error:
            if exchange.started:
                raise
            await exchange.stop(replace(_AWAY, reason=str(error)))
        except Exception:
            log.exception("the gateway failed: request %s, deployment %r", exchange.request_id, request.slug)
            if exchange.started:
                raise  # the server closes the connection, so that half an answer is not taken for a whole one
            await exchange.stop(_FAILED)
        finally:
            metrics.call_answered(exchange.status, perf_counter() - began)

    async def _serve(self, exchange: Exchange) -> None:
        request = exchange.request
        now = self.clock()
        target = await self.find.find_target(request.slug) if request.slug else None
        access = await self._find(request) if isinstance(target, Target) else None
        match decide(request, target, access, now, self.body_limit):
            case Forward() as forward:
                await self.find.note_use(forward.access, now)
                await self._forward(exchange, forward)
            case refused:
                await exchange.refuse(refused)

    async def _forward(self, exchange: Exchange, forward: Forward) -> None:
        upload = Upload(exchange.receive, self.body_limit)
        refused: Challenge | Stop | None = None
        async with anyio.create_task_group() as tasks:

            async def leave() -> None:
                nonlocal refused
                refused = await self._gone_or_refused(exchange.request, forward, upload)
                # Closing the stream is how a client cancels a call, so it must reach the upstream.
                tasks.cancel_scope.cancel()

            tasks.start_soon(leave)
            await self._call(exchange, forward, upload)
            tasks.cancel_scope.cancel()
        if refused:
            await exchange.end(refused)

    async def _gone_or_refused(self, request: Request, forward: Forward, upload: Upload) -> Challenge | Stop | None:
        """Returns when the client has gone, or with what it is told once it may go on no longer."""
        access = forward.access
        while True:
            with anyio.move_on_after(min(self.recheck_seconds, max(access.expires_at - self.clock(), 1))):
                await upload.client_gone()
                return None
            now = self.clock()
            found = await self._find_again(request, access)
            if found and request.method == "POST":
                # A call that began with a good token may take longer than the token lives: cutting a tool off in its
                # work would do more harm. It ends with its grant all the same.
                found = replace(found, expires_at=max(found.expires_at, now + 1))
            match decide(request, forward.target, found, now, self.body_limit):
                case Forward() as still:
                    access = still.access
                case refused:
                    return refused

    async def _find(self, request: Request) -> Access | None:
        match request.credential:
            case NoBearer():
                return None
            case bearer:
                return await self.find.find_access(bearer)

    async def _find_again(self, request: Request, known: Access) -> Access | None:
        try:
            return await self._find(request)
        except Exception as error:
            # A store that is away for a moment would cut every stream. What is known expires all the same.
            log.warning("deployment %r: its access could not be looked up again: %r", request.slug, error)
            return known

    async def _call(self, exchange: Exchange, forward: Forward, upload: Upload) -> None:
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


def _read(scope: Message, slug: str | None) -> Request:
    headers = tuple(scope["headers"])
    authorization = [value.decode("latin-1") for name, value in headers if name == b"authorization"]
    query: bytes = scope["query_string"]
    return Request(scope["method"], slug, query, headers, parse_bearer(authorization, query))
