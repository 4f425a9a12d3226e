"""/api/v1/deployments: the MCP servers behind the gateway, by the same functions as the dashboard's."""

from consentry.deployments import authority, establishing, health, upstream_headers
from consentry.deployments.administer import Change, Wanted
from consentry.deployments.admission import domain_key
from consentry.deployments.health import Seen
from consentry.deployments.model import Deployment
from consentry.deployments.scope_map import WHOLE, ScopeMap
from consentry.formats import OPAQUE
from consentry.grants import narrowing, removal
from consentry.grants.use import UNUSED, Use
from consentry.spec import uris
from consentry.spec.errors import Refusal
from consentry.spec.metadata import PROTECTED_RESOURCE
from consentry.web.management import paging, problems, shapes
from consentry.web.management.calling import Answered, Call, deployment_of
from consentry.web.management.problems import Problem
from consentry.web.management.shapes import DeploymentChange, DeploymentList, DeploymentShown, NewDeployment
from consentry.web.site import Transaction

_PLACING = "Only an operator says what this server calls: ask whoever runs it to make or move the deployment."
_GUARDING = "Only an operator says whether an upstream may be at a private address: leave public_upstream out."
_NOBODY = "A server elsewhere has no upstream to send headers to: leave upstream_headers out."


async def list_(call: Call) -> Answered | Problem:
    """GET /api/v1/deployments."""
    owner_id = authority.owner_seen(call.person)

    async def work(tx: Transaction) -> Answered | Problem:
        found = [one for one in await tx.list_deployments() if authority.may_manage(call.person, one)]
        page = paging.cut(found, lambda one: (one.slug,), call.asked)
        if isinstance(page, Problem):
            return page
        seen, use = await tx.list_health(owner_id), await tx.count_use(owner_id, call.now)
        items = [await _shown(tx, call, one, seen.get(one.id), use.get(one.id, UNUSED)) for one in page[0]]
        return Answered(DeploymentList(items=items, next=page[1]))

    return await call.site.store.read(work)


async def show(call: Call) -> Answered | Problem:
    """GET /api/v1/deployments/{slug}."""

    async def work(tx: Transaction) -> Answered | Problem:
        one = await deployment_of(tx, call)
        return one if isinstance(one, Problem) else Answered(await _whole(tx, call, one))

    return await call.site.store.read(work)


async def create(call: Call) -> Answered | Problem:
    """POST /api/v1/deployments."""
    given, site = call.given(NewDeployment), call.site
    if not authority.may_place(call.person, site.deployment_owners):
        return Problem(problems.FORBIDDEN, _PLACING)
    wanted = _wanted(call, given)
    if isinstance(wanted, Problem):
        return wanted
    if wanted.guarded and (fault := await _naming_fault(call, wanted.upstream_url)):
        return fault

    async def work(tx: Transaction) -> Answered | Problem:
        made = await establishing.establish(tx, wanted, call.account.id, site.addresses, site.entropy, call.now)
        if isinstance(made, Refusal):
            kind = problems.UNFIT if made.reason == "deployment:unfit" else problems.CONFLICT
            return Problem(kind, made.description)
        return Answered(await _whole(tx, call, made), f"deployments/{made.slug}")

    return await site.store.write(work)


async def change(call: Call) -> Answered | Problem:
    """PATCH /api/v1/deployments/{slug}."""
    given = call.given(DeploymentChange)
    before = await call.site.store.read(lambda tx: deployment_of(tx, call))
    if isinstance(before, Problem):
        return before
    wanted = _change(call, before, given)
    if isinstance(wanted, Problem):
        return wanted
    if wanted.guarded and (fault := await _naming_fault(call, wanted.upstream_url)):
        return fault

    async def work(tx: Transaction) -> Answered | Problem:
        one = await deployment_of(tx, call)
        if isinstance(one, Problem):
            return one
        wanted = _change(call, one, given)  # of what it has become meanwhile
        if isinstance(wanted, Problem):
            return wanted
        if unfit := establishing.change_fault(one, wanted, call.site.addresses):
            return Problem(problems.UNFIT, unfit)
        await narrowing.change(tx, one, wanted, call.now)
        if given.paused is not None:
            await (establishing.pause if given.paused else establishing.resume)(tx, one, call.now)
        after = await deployment_of(tx, call)
        return after if isinstance(after, Problem) else Answered(await _whole(tx, call, after))

    return await call.site.store.write(work)


async def delete(call: Call) -> Answered | Problem:
    """DELETE /api/v1/deployments/{slug}."""

    async def work(tx: Transaction) -> Answered | Problem:
        one = await deployment_of(tx, call)
        if isinstance(one, Problem):
            return one
        await removal.remove_deployment(tx, one, call.now)
        return Answered()

    return await call.site.store.write(work)


async def test(call: Call) -> Answered | Problem:
    """POST /api/v1/deployments/{slug}/test: looks at its MCP server, and keeps what was found."""
    one = await call.site.store.read(lambda tx: deployment_of(tx, call))
    if isinstance(one, Problem):
        return one
    if one.upstream_url is None:
        return Problem(
            problems.UNFIT, f"{one.slug} has no upstream: its server at {one.resource} is not behind this one."
        )
    seen = await call.site.look(one)
    await call.site.store.write(lambda tx: tx.keep_health(one.id, seen))
    return Answered(_health(one, seen))


async def _whole(tx: Transaction, call: Call, one: Deployment) -> DeploymentShown:
    use = await tx.count_use(one.owner_id, call.now)
    return await _shown(tx, call, one, await tx.find_health(one.id), use.get(one.id, UNUSED))


async def _shown(tx: Transaction, call: Call, one: Deployment, seen: Seen | None, use: Use) -> DeploymentShown:
    owner = await tx.find_account(one.owner_id)
    addresses = call.site.addresses
    headers = upstream_headers.unseal(one.sealed_headers, one.upstream_url or "", call.site.terms.sealer)
    elsewhere = uris.insert_well_known(one.resource, PROTECTED_RESOURCE) if one.resource else None
    return DeploymentShown(
        id=one.id,
        slug=one.slug,
        name=one.name,
        mcp_url=one.resource_at(addresses),
        resource_metadata_url=elsewhere or addresses.resource_metadata_url(one.slug),
        upstream_url=one.upstream_url,
        resource=one.resource,
        owner=owner.email if owner else "",
        access=one.access,
        domain=one.email_domain,
        auth=list(one.auth.modes),
        token_format=one.format.kind,
        key_prefix=one.format.key_prefix,
        key_ttl=one.format.key_ttl,
        scopes={name: list(selectors) for name, selectors in one.scope_map.entries},
        hide_tools=one.hide_tools,
        upstream_headers=None if headers is None else [name for name, _ in headers],
        identity=one.identity,
        public_upstream=one.guarded,
        paused=one.paused_at is not None,
        created_at=one.created_at,
        health=_health(one, seen),
        use=shapes.Use(connections=use.connections, last_call_at=use.last_call_at),
    )


def _health(one: Deployment, seen: Seen | None) -> shapes.Health:
    state = health.state(one, seen)
    if seen is None:
        return shapes.Health(state=state)
    return shapes.Health(
        state=state,
        looked_at=seen.at,
        fault=seen.fault,
        server_name=seen.server_name,
        protocol_version=seen.protocol_version,
        tools=list(seen.tools) if seen.well else None,
    )


def _wanted(call: Call, given: NewDeployment) -> Wanted | Problem:
    headers = _sealed(call, given.upstream_headers, given.upstream_url or "", None)
    if isinstance(headers, Problem):
        return headers
    if headers and given.upstream_url is None:
        return Problem(problems.UNFIT, _NOBODY, "/upstream_headers")
    return Wanted(
        slug=given.slug,
        name=given.slug if given.name is None else given.name,
        upstream_url=given.upstream_url,
        resource=given.resource,
        access=given.access or "owner",
        format=establishing.reshaped(OPAQUE, given.token_format, given.key_prefix, given.key_ttl),
        email_domain=domain_key(given.domain) if given.domain is not None else None,
        scope_map=_scope_map(given.scopes) or WHOLE,
        hide_tools=bool(given.hide_tools),
        sealed_headers=headers or None,
        identity=bool(given.identity),
        guarded=given.upstream_url is not None and (authority.guarded(call.person) or bool(given.public_upstream)),
    )


def _change(call: Call, one: Deployment, given: DeploymentChange) -> Change | Problem:
    moved = given.upstream_url is not None and given.upstream_url != one.upstream_url
    if moved and not authority.may_place(call.person, call.site.deployment_owners):
        return Problem(problems.FORBIDDEN, _PLACING, "/upstream_url")
    guarded = given.public_upstream
    if authority.guarded(call.person):
        if guarded is not None and guarded != (moved or one.guarded):
            return Problem(problems.FORBIDDEN, _GUARDING, "/public_upstream")
        guarded = True if moved else None
    elif moved:
        guarded = bool(guarded)  # who named it last
    headers = _sealed(call, given.upstream_headers, given.upstream_url or one.upstream_url or "", one)
    if isinstance(headers, Problem):
        return headers
    return Change(
        name=given.name,
        upstream_url=given.upstream_url if moved else None,
        access=given.access,
        format=establishing.reshaped(one.format, given.token_format, given.key_prefix, given.key_ttl),
        email_domain=domain_key(given.domain) if given.domain is not None else None,
        scope_map=_scope_map(given.scopes),
        hide_tools=given.hide_tools,
        sealed_headers=headers,
        identity=given.identity,
        guarded=guarded,
    )


def _sealed(call: Call, given: dict[str, str] | None, url: str, one: Deployment | None) -> bytes | Problem | None:
    """None where none are given, and empty where none are left."""
    if given is None:
        return None
    fields = upstream_headers.parse(f"{name}: {value}" for name, value in given.items())
    if isinstance(fields, str):
        return Problem(problems.UNFIT, fields, "/upstream_headers")
    before_url, before = (one.upstream_url or "", one.sealed_headers) if one else ("", None)
    sealed = upstream_headers.renewed(fields, url, call.site.terms.sealer, before_url=before_url, before=before)
    return Problem(problems.UNFIT, sealed, "/upstream_headers") if isinstance(sealed, str) else sealed


async def _naming_fault(call: Call, url: str | None) -> Problem | None:
    """Whether the name leads to a public address."""
    fault = await call.site.naming_fault(url) if url is not None else None
    return Problem(problems.UNFIT, fault, "/upstream_url") if fault else None


def _scope_map(given: dict[str, list[str]] | None) -> ScopeMap | None:
    if given is None:
        return None
    return ScopeMap(tuple((name, tuple(dict.fromkeys(selectors))) for name, selectors in given.items()))
