"""Forward authentication: the gateway's decision for those who keep their own proxy (ADR 28)."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import perf_counter
from urllib.parse import quote

from consentry import metrics
from consentry.gateway.answers import AWAY, FAILED, Answer, answer_to
from consentry.gateway.bearer import NoBearer
from consentry.gateway.decide import decide
from consentry.gateway.headers import ours
from consentry.gateway.model import (
    Access,
    Clock,
    Elsewhere,
    Finder,
    Forward,
    Headers,
    Message,
    Policy,
    Receive,
    Request,
    Send,
    Stop,
)
from consentry.gateway.subrequest import STATED, read
from consentry.spec import scopes
from consentry.spec.challenge import Challenge
from consentry.spec.errors import AwayError
from consentry.spec.networks import Network, address_of

# How long a proxy may remember that a request may pass. What is refused is never remembered.
CACHE_SECONDS = 1
_REMEMBERED: Headers = (
    (b"cache-control", b"max-age=%d, must-revalidate" % CACHE_SECONDS),
    # All that the answer depends on. nginx caches nothing where this is longer than 128 characters.
    (b"vary", b"Authorization, Origin, " + b", ".join(STATED)),
)
_VISIBLE = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")
# A proxy takes any 2xx for a yes, and the gateway's own answer to a preflight is one.
_PREFLIGHT = Stop(403, "A preflight carries no token, so it cannot be let in: let your proxy answer OPTIONS itself.")
_RULED = Stop(
    403,
    "This deployment's scopes open some tools and not others, and a proxy that asks shows no call: let its calls come "
    "through the gateway, or give it scopes that open every tool.",
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ForwardAuth:
    """An ASGI application that answers `{before}{slug}`, whatever follows: 200, or what the gateway would answer.

    `identity` adds the signed word on who calls, for deployments that want one. `trusted` are the proxies whose account
    of the original request is believed.
    """

    find: Finder
    clock: Clock
    new_request_id: Callable[[], str]
    before: str
    identity: Policy
    trusted: tuple[Network, ...] = ()
    troubleshooting_url: str | None = None

    def takes(self, path: str) -> bool:
        return path.startswith(self.before)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        slug = scope["path"].removeprefix(self.before).partition("/")[0] or None
        request_id = self.new_request_id()
        status, began = 500, perf_counter()

        async def send_on(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            request = read(scope, slug, self._believes(scope))
            await _answer(await self._judge(request, request_id), slug, request_id, send_on, self.troubleshooting_url)
        finally:
            metrics.request_answered(f"{self.before}{{slug}}", status, perf_counter() - began)

    async def _judge(self, request: Request, request_id: str) -> Forward | Challenge | Stop:
        try:
            return await self._decide(request)
        except AwayError as error:
            log.warning("request %s, deployment %r: %s", request_id, request.slug, error)
            return AWAY
        except Exception:
            log.exception("forward authentication failed: request %s, deployment %r", request_id, request.slug)
            return FAILED

    async def _decide(self, request: Request) -> Forward | Challenge | Stop:
        now = self.clock()
        found = await self.find.find_target(request.slug) if request.slug else None
        target = found.target if isinstance(found, Elsewhere) else found
        access = None
        if target is not None and not isinstance(request.credential, NoBearer):
            access = await self.find.find_access(request.credential, target)
        outcome = decide(request, target, access, now, body_limit=0)
        match outcome:
            case Forward(target=ruled) if ruled.scopes.ruled or ruled.hide_tools:
                return _RULED
            case Forward():
                self.find.note_use(outcome.access, now)
                judged = self.identity.judge(request, outcome, now)
                return await judged if isinstance(judged, Awaitable) else judged
            case Stop(status=status) if status < 300:
                return _PREFLIGHT
        return outcome

    def _believes(self, scope: Message) -> bool:
        """By the address of the connection itself, of which no header tells."""
        address = address_of(scope["client"][0]) if scope.get("client") else None
        return address is not None and any(address in network for network in self.trusted)


async def _answer(
    outcome: Forward | Challenge | Stop, slug: str | None, request_id: str, send: Send, page: str | None
) -> None:
    match outcome:
        case Forward():
            headers = (
                *identity(outcome.access),
                *outcome.up,
                *_REMEMBERED,
                *ours(request_id),
                (b"content-length", b"0"),
            )
            answer = Answer(200, headers, b"")
        case refused:
            answer = answer_to(refused, slug, request_id, page)
    await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
    await send({"type": "http.response.body", "body": answer.body})


def identity(access: Access) -> Headers:
    """Who calls, for the server behind the proxy. All of them every time, so that none of a client's own is left."""
    told = (
        (b"x-consentry-account", access.account_id),
        (b"x-consentry-client", access.client_id),
        (b"x-consentry-scopes", scopes.render(access.scope)),
    )
    return tuple((name, quote(value, safe=_VISIBLE).encode()) for name, value in told)
