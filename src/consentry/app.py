"""The composition root: an installation's parts, put together to one ASGI application."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from functools import partial
from ipaddress import ip_network

import anyio
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from consentry import probe, routing, self_check
from consentry.accounts.passwords import Passwords
from consentry.client_keys import ClientKeys
from consentry.deployments.model import Deployment
from consentry.dispatch import Dispatch
from consentry.fetch import Fetcher, Resolve, Resolver
from consentry.finder import StoreFinder
from consentry.gateway.app import Gateway
from consentry.gateway.asked import Reading
from consentry.gateway.forward_auth import ForwardAuth
from consentry.gateway.identity import Identity
from consentry.gateway.known_tools import KnownTool, KnownTools, Tools
from consentry.gateway.metered import Metered
from consentry.gateway.model import Observer, Policy, Target
from consentry.gateway.quota import Quota
from consentry.gateway.request_ids import RequestIds
from consentry.gateway.said import Heads
from consentry.gateway.sessions import SealedSessions
from consentry.gateway.tool_rules import ToolRules
from consentry.gateway.upstream import Upstreams
from consentry.gating import gate_of, leases_of
from consentry.installation import Installation
from consentry.issuers import Issuers
from consentry.journal import Journal
from consentry.keys import SigningKey, opens
from consentry.limiting import plans_of
from consentry.limits.leases import Leases
from consentry.looking import Looker, reaching
from consentry.mail import Transport
from consentry.mail.smtp import Smtp
from consentry.parts import SWEEP_BATCH, account_terms, documents, registration_policy, sweep
from consentry.postman import Postman
from consentry.reaching import Reaching
from consentry.self_check import Finding
from consentry.settings import Settings
from consentry.spec import mail_server
from consentry.spec.mail_server import MailServer
from consentry.spec.retrieval import Fetch
from consentry.store.redis import RedisAwayError
from consentry.store.shelf import RedisShelf
from consentry.store.sql import Transaction
from consentry.tool_lines import ANSWER_WITHIN_SECONDS, ToolLines, effect_of
from consentry.web import edge, routes
from consentry.web.edge import Edge
from consentry.web.hashing import Hashing
from consentry.web.site import Site

log = structlog.get_logger(__name__)

SWEEP_EVERY_SECONDS = 60
TEND_EVERY_SECONDS = 1
PASSWORDS_AT_ONCE = 2  # each takes 64 MiB for a tenth of a second


@dataclass(slots=True)
class Application:
    """Serves an installation. Opening and closing follow the ASGI lifespan."""

    installation: Installation
    fetch: Fetch | None = None
    resolve: Resolve = field(default_factory=Resolver)
    policies: tuple[Policy, ...] = ()
    observers: tuple[Observer, ...] = (Metered(),)
    mail: Transport | None = None
    passwords: Passwords = field(default_factory=Passwords)
    upstreams: Upstreams = field(init=False)
    postman: Postman | None = field(init=False)
    _reaching: Reaching = field(init=False)
    leases: Leases = field(init=False)
    journal: Journal = field(init=False)
    _serve: ASGIApp = field(init=False)
    _dispatch: Dispatch = field(init=False)
    heads: Heads = field(init=False)

    def __post_init__(self) -> None:
        addresses, new_request_id = self.installation.addresses, RequestIds(self.installation.entropy)
        self.postman = self._postman()
        self._reaching = reaching(self.installation, self.resolve)
        self.upstreams = Upstreams(resolve=self._reaching.addresses)
        store, clock = self.installation.store, self.installation.clock
        find = self._finder()
        identity = Identity(self.installation.signer, self.installation.entropy)
        self.leases, self.journal = leases_of(store, clock), Journal(store, clock)
        gateway = Gateway(
            find=find,
            upstreams=self.upstreams,
            clock=clock,
            new_request_id=new_request_id,
            policies=self._in_order(identity),
            observers=(*self.observers, self.journal),
            slug_of=lambda scope: scope["path_params"]["slug"],
            troubleshooting_url=self.installation.settings.troubleshooting_url,
        )
        site = self._site()
        elsewhere = replace(site, elsewhere=not addresses.one_host)
        issuer = Edge(routes.build(site).answer, site, new_request_id)
        mcp_host = (
            issuer if addresses.one_host else Edge(routes.build_mcp_host(elsewhere).answer, elsewhere, new_request_id)
        )
        nowhere = Edge(partial(_misdirected, site.troubleshooting_url), elsewhere, new_request_id)
        probes = frozenset({addresses.path("healthz"), addresses.path("readyz")})
        place = routing.of(addresses)
        self._dispatch = serve = Dispatch(place, gateway, issuer, mcp_host, nowhere, probes)
        self.heads = Heads(self.direct)
        proxies = self.installation.settings.trusted_proxies
        behind = ProxyHeadersMiddleware(serve, list(proxies)) if proxies else serve  # type: ignore[arg-type]
        networks = tuple(ip_network(proxy) for proxy in proxies)
        at, page = addresses.path("forward-auth/"), site.troubleshooting_url
        forward_auth = ForwardAuth(find, clock, new_request_id, at, identity, networks, page)

        async def serve_first(scope: Scope, receive: Receive, send: Send) -> None:
            # On every host, since a proxy asks for it by a machine's address; and before the middleware, which writes
            # a client's address over that of the proxy.
            if forward_auth.takes(scope["path"]) and place(scope)[0] != "gateway":
                await forward_auth(scope, receive, send)
            else:
                await behind(scope, receive, send)  # type: ignore[arg-type]

        self._serve = serve_first if self.installation.settings.forward_auth else behind  # type: ignore[assignment]

    def _in_order(self, identity: Identity) -> tuple[Policy, ...]:
        """What a call is is read first; the quota comes last, since it counts what the others let pass."""
        sessions = SealedSessions(self.installation.sealer)
        tools = ToolRules(KnownTools(partial(ask_tools, self._reaching), self.installation.clock))
        return (Reading(), sessions, tools, *self.policies, identity, Quota(self.leases))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)
        else:  # there are no WebSockets here
            await send({"type": "websocket.close", "code": 1000})

    def direct(self, scope: Scope) -> Gateway | None:
        """The gateway, for what it takes past ASGI."""
        return self._dispatch.direct(scope)

    async def examine(self) -> list[Finding]:
        """What is not as the installation says of itself; asked of the very application that serves."""

        async def work(tx: Transaction) -> tuple[list[Deployment], list[str], list[SigningKey]]:
            return await tx.list_deployments(), await tx.list_plans(), await tx.list_signing_keys()

        deployments, given, keys = await self.installation.store.read(work)
        slugs = [one.slug for one in deployments if one.auth.oauth and one.upstream_url is not None]
        proxies = self.installation.settings.trusted_proxies
        findings = self_check.plans(given, self.installation.settings.plans)
        findings += self_check.secret_key(opens(self.installation.sealer, key) for key in keys)
        mail = self.mail or smtp_of(self.installation)
        findings += self_check.mail(self.installation.settings.signup, sent=mail is not None)
        return findings + await self_check.examine(self, self.installation.addresses, slugs, proxies)

    def _site(self) -> Site:
        installation = self.installation
        fetch = self.fetch or Fetcher(not installation.addresses.secure)
        return Site(
            store=installation.store,
            addresses=installation.addresses,
            terms=installation.terms,
            accounts=account_terms(installation, mail=self.postman is not None),
            signer=installation.signer,
            registration=registration_policy(installation),
            clients=documents(installation, fetch),
            passwords=self.passwords,
            list_tools=ToolLines(self._reaching.look, installation.clock),
            look=Looker(self._reaching, installation.clock),
            naming_fault=self._reaching.fault,
            guards=self._reaching.guards,
            deployment_owners=installation.settings.deployment_owners,
            clock=installation.clock,
            entropy=installation.entropy,
            hashing=Hashing(PASSWORDS_AT_ONCE),
            support_url=installation.settings.support_url,
            troubleshooting_url=installation.settings.troubleshooting_url,
            metrics_token=installation.settings.metrics_token,
            plans=plans_of(installation.settings),
            find_keys=ClientKeys(fetch, installation.clock).find_keys,
            token_json_body=installation.settings.token_json_body,
            links=_links(installation.settings),
            gate=gate_of(installation.settings, installation.store, installation.redis),
            shelf=RedisShelf(installation.redis, installation.sealer) if installation.redis else None,
            call_postman=self.postman.call if self.postman else lambda: None,
        )

    def _finder(self) -> StoreFinder:
        here = self.installation
        keys = ClientKeys(self.fetch or Fetcher(not here.addresses.secure), here.clock)
        issuers = Issuers(keys.fetched, here.sealer, here.clock)
        return StoreFinder(here.store, here.addresses, here.signer, self._reaching, issuers, plans_of(here.settings))

    def _postman(self) -> Postman | None:
        installation = self.installation
        transport = self.mail or smtp_of(installation)
        if transport is None:
            return None
        return Postman(installation.store, account_terms(installation, mail=True), transport, installation.clock)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with self._open():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    @contextlib.asynccontextmanager
    async def _open(self) -> AsyncIterator[None]:
        async with self.upstreams, anyio.create_task_group() as tasks:
            await self._greet_redis()
            tasks.start_soon(self._sweep)
            if self.postman is not None:
                tasks.start_soon(self.postman.run)
            tasks.start_soon(self._tend_leases)
            yield
            tasks.cancel_scope.cancel()
        await self.settle()

    async def settle(self) -> None:
        """Writes down what only this process knows of calls."""
        await self.journal.aclose()
        await self.leases.aclose()

    async def _tend_leases(self) -> None:
        while True:
            await anyio.sleep(TEND_EVERY_SECONDS)
            await self.leases.tend()

    async def _greet_redis(self) -> None:
        """One that is not there when we start is more likely mistyped than away."""
        redis = self.installation.redis
        try:
            if redis is not None:
                await redis.ping()
        except RedisAwayError as error:
            log.warning("Redis is away: the database does its work; compare redis_url", reason=str(error))

    async def _sweep(self) -> None:
        """Removes what has expired, a batch at a time, so that no request waits for more than one."""
        while True:
            try:
                await self.installation.tend_keys()
                while await sweep(self.installation, SWEEP_BATCH):
                    await anyio.sleep(0.1)
            except Exception:
                log.exception("the sweep failed; it will be tried again", seconds=SWEEP_EVERY_SECONDS)
            await anyio.sleep(SWEEP_EVERY_SECONDS)


async def _misdirected(page: str | None, request: Request) -> Response:
    log.debug("a request named no host of ours", named=request.headers.getlist("host"))
    return edge.misdirected(request, page)


def smtp_of(installation: Installation) -> Smtp | None:
    """The mail server, where there is one."""
    settings = installation.settings
    server = mail_server.parse(settings.smtp_url) if settings.smtp_url is not None else None
    return Smtp(server, settings.sender, installation.clock) if isinstance(server, MailServer) else None


def _links(settings: Settings) -> tuple[tuple[str, str], ...]:
    """RFC 8414 §2's members that lead a reader on, where the operator gave them."""
    given = {"service_documentation": settings.service_documentation, "op_policy_uri": settings.op_policy_uri}
    return tuple((name, url) for name, url in given.items() if url is not None)


async def ask_tools(way: Reaching, target: Target) -> Tools | None:
    """What the tools behind a deployment do, as far as its server says."""
    match await way.visit(target.upstream_url, target.headers, target.guarded, ANSWER_WITHIN_SECONDS):
        case probe.Found(tools=tools):
            return {tool.name: KnownTool(effect_of(tool), tool.mirrored) for tool in tools}
        case probe.Unreachable(sentence):
            log.warning("tools cannot be asked what they do", deployment=target.slug, reason=sentence)
            return None
