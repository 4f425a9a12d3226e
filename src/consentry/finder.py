"""The gateway's look-ups, answered by the store: the one place where both are known."""

import asyncio
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import structlog

from consentry.addresses import Addresses
from consentry.deployments.model import Deployment
from consentry.formats import Bearer, Jwt, identify
from consentry.gateway.model import Access, Elsewhere, Found, Target
from consentry.grants.model import HeldAccessToken
from consentry.issuers import Issuers
from consentry.keys import Signer
from consentry.limits.quota import UNLIMITED, Plan
from consentry.reaching import UNOPENED, Reaching
from consentry.spec import uris
from consentry.spec.metadata import PROTECTED_RESOURCE
from consentry.store import Store, Transaction, quiet
from consentry.store.memory import Memory
from consentry.tokens import Digest, Secret

log = structlog.get_logger(__name__)

NOTE_EVERY_SECONDS = 60
MOST_NOTED = 10_000


@dataclass(slots=True)
class StoreFinder:
    """Finds targets and accesses. What it remembers only spares look-ups and writes."""

    store: Store
    addresses: Addresses
    signer: Signer
    reaching: Reaching
    issuers: Issuers
    plans: Mapping[str | None, Plan] = field(default_factory=lambda: {None: UNLIMITED})
    _targets: Memory[str, Target | Elsewhere] = field(init=False)
    _accesses: Memory[Digest, Access] = field(init=False)
    _noted: dict[str, int] = field(default_factory=dict)
    _noting: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._targets = Memory(self.store)
        self._accesses = Memory(self.store)

    def version(self) -> Hashable:
        return self.store.version()

    def recall(self, slug: str, bearer: Bearer | None) -> Found | None:
        """Nothing is remembered longer than the store's version stays the same, and no absence at all."""
        target = self._targets.recall(slug)
        if target is None or bearer is None or _public(target):
            return None if target is None else (target, None)
        access = self._accesses.recall(_key(bearer))
        return None if access is None else (target, access)

    async def find_target(self, slug: str) -> Target | Elsewhere | None:
        async def work(tx: Transaction) -> tuple[Deployment, str | None] | None:
            deployment = await tx.find_deployment_by_slug(slug)
            return (deployment, await tx.find_plan(deployment.owner_id)) if deployment else None

        version = self._targets.version()
        found = await self.store.read(work)
        if found is None:
            return None
        target = self._target(*found)
        self._targets.keep(slug, target, version)
        return target

    def _target(self, found: Deployment, plan: str | None) -> Target | Elsewhere:
        headers = self.reaching.headers(found)
        if headers is None:
            log.error("the headers of an upstream cannot be opened", deployment=found.slug)
        target = Target(
            deployment_id=found.id,
            slug=found.slug,
            upstream_url=found.upstream_url or "",
            resource=found.resource_at(self.addresses),
            resource_metadata=self._metadata_url(found),
            admission=found.admission,
            paused=found.paused_at is not None,
            scopes=found.scope_map,
            hide_tools=found.hide_tools,
            headers=headers or (),
            fault=UNOPENED if headers is None else "",
            guarded=self.reaching.guards(found),
            identity=found.identity_audience or "",
            owner_id=found.owner_id,
            plan=self.plans.get(plan, self.plans[None]),
            auth=found.auth,
        )
        return target if found.upstream_url is not None else Elsewhere(target.resource, target)

    def _metadata_url(self, deployment: Deployment) -> str:
        """RFC 9728 §3.1; that of a server elsewhere lies there."""
        if deployment.resource is not None:
            return uris.insert_well_known(deployment.resource, PROTECTED_RESOURCE)
        return self.addresses.resource_metadata_url(deployment.slug)

    async def find_access(self, bearer: Bearer, target: Target) -> Access | None:
        """Permissions are the grant's, narrowed by the token's: an edited or ended grant takes effect at once."""
        if _public(target):
            return None
        presented = await identify(bearer, self.signer)
        if presented is None:
            return await self._foreign(bearer, target) if isinstance(bearer, Jwt) else None
        digest = presented.digest

        async def work(tx: Transaction) -> HeldAccessToken | None:
            return await tx.find_access_token(digest)

        version = self._accesses.version()
        held = await self.store.read(work)
        if held is None:
            return None
        grant, token = held.grant, held.token
        if presented.audience not in {None, grant.permissions.resource}:
            return None
        access = Access(
            deployment_id=grant.permissions.deployment_id,
            grant_id=grant.id,
            account_id=grant.sub,
            client_id=grant.client_id,
            scope=token.scope & grant.permissions.scope,
            expires_at=min(token.expires_at, grant.expires_at),
            ended=grant.ended_at is not None,
            person=held.person if grant.subject is None else None,
        )
        self._accesses.keep(_key(bearer), access, version)
        return access

    async def _foreign(self, bearer: Jwt, target: Target) -> Access | None:
        """A trusted issuer's token: what it says is all there is, and it is remembered by those who verify it. Who says
        nothing of scopes may use all of the deployment, as before there were any (ADR 24)."""
        issuer = target.auth.issuer
        if issuer is None:
            return None
        audience = issuer.audience or target.resource
        said = await self.issuers.verify(target.deployment_id, issuer, audience, bearer.reveal())
        if said is None:
            return None
        return Access(
            deployment_id=target.deployment_id,
            grant_id="",
            account_id=f"{issuer.name}|{said.subject}",
            client_id=f"{issuer.name}|{said.client_id or '(unnamed)'}",
            scope=target.scopes.names if said.scope is None else said.scope & target.scopes.names,
            expires_at=said.expires_at,
            ended=False,
            foreign=True,
        )

    def note_use(self, access: Access, now: int) -> None:
        """At most one write a minute and grant, and the call does not wait for it: it must not fail by it either."""
        used = f"{access.deployment_id} {access.account_id}" if access.foreign else access.grant_id
        if not used or now < self._noted.get(used, 0) + NOTE_EVERY_SECONDS:
            return
        if len(self._noted) >= MOST_NOTED:
            self._noted.clear()
        self._noted[used] = now
        noting = asyncio.create_task(self._note(access, now))
        self._noting.add(noting)
        noting.add_done_callback(self._noting.discard)

    async def _note(self, access: Access, now: int) -> None:
        async def work(tx: Transaction) -> None:
            if access.foreign:
                await tx.note_issuer_use(access.deployment_id, access.account_id, now)
            else:
                await tx.note_use(access.grant_id, now)

        try:
            await self.store.write(work, quiet=quiet)
        except Exception:
            log.exception("the last use of a grant was not noted", grant=access.grant_id)


def _public(target: Target | Elsewhere) -> bool:
    return (target.target if isinstance(target, Elsewhere) else target).auth.public


def _key(bearer: Bearer) -> Digest:
    return bearer.digest() if isinstance(bearer, Secret) else Digest(sha256(bearer.reveal().encode()).digest())
