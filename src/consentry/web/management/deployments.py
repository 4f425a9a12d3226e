"""/api/v1/deployments: the MCP servers behind the gateway, by the same functions as the dashboard's."""

from consentry.accounts.model import Account, email_key
from consentry.deployments import administer, asking, authority, establishing, health, trusting, upstream_headers
from consentry.deployments.administer import Change, Wanted
from consentry.deployments.asking import Said, Unfit
from consentry.deployments.health import Seen
from consentry.deployments.model import Deployment
from consentry.deployments.scope_map import ScopeMap
from consentry.grants import narrowing, removal
from consentry.grants.use import UNUSED, Use
from consentry.spec import uris
from consentry.spec.errors import Refusal
from consentry.spec.metadata import PROTECTED_RESOURCE
from consentry.web.management import deploying, paging, problems
from consentry.web.management.calling import Answered, Call, deployment_of
from consentry.web.management.deploying import (
    AuthGiven,
    AuthShown,
    DeploymentChange,
    DeploymentList,
    DeploymentShown,
    NewDeployment,
    OlderWay,
)
from consentry.web.management.problems import Problem
from consentry.web.site import Transaction

_PLACING = "Only an operator says what this server calls: ask whoever runs it to make or move the deployment."
_GUARDING = "Only an operator says whether an upstream may be at a private address: leave public_upstream out."


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
    wanted = await _placed(call, given)
    if isinstance(wanted, Problem):
        return wanted

    async def work(tx: Transaction) -> Answered | Problem:
        owner = await _owner(tx, call, given.owner)
        if isinstance(owner, Problem):
            return owner
        owner_id = owner.id if owner else call.account.id
        made = await establishing.establish(tx, wanted, owner_id, site.addresses, site.entropy, call.now)
        if isinstance(made, Refusal):
            kind = problems.UNFIT if made.reason == "deployment:unfit" else problems.CONFLICT
            return Problem(kind, made.description)
        return Answered(await _whole(tx, call, made), f"deployments/{made.slug}")

    return await call.write(work)


async def attempt(call: Call) -> Answered | Problem:
    """POST /api/v1/trials: looks at the MCP server of a deployment that might be made. Nothing is kept."""
    site = call.site
    wanted = await _placed(call, call.given(NewDeployment))
    if isinstance(wanted, Problem):
        return wanted
    if unfit := establishing.fault(wanted, site.addresses):
        return Problem(problems.UNFIT, unfit)
    if isinstance(gone := await call.write(_nothing), Problem):
        return gone
    one = administer.make(wanted, call.account.id, site.entropy, call.now)
    return Answered(_health(one, await site.look(one) if one.upstream_url is not None else None))


async def change(call: Call) -> Answered | Problem:
    """PATCH /api/v1/deployments/{slug}."""
    given = call.given(DeploymentChange)
    before = await call.site.store.read(lambda tx: deployment_of(tx, call))
    if isinstance(before, Problem):
        return before
    wanted = _change(call, before, given, None)
    if isinstance(wanted, Problem):
        return wanted
    if wanted.guarded and (fault := await _naming_fault(call, wanted.upstream_url)):
        return fault

    async def work(tx: Transaction) -> Answered | Problem:
        one = await deployment_of(tx, call)
        if isinstance(one, Problem):
            return one
        owner = await _owner(tx, call, given.owner)
        if isinstance(owner, Problem):
            return owner
        wanted = _change(call, one, given, owner.id if owner else None)  # of what it has become meanwhile
        if isinstance(wanted, Problem):
            return wanted
        if unfit := establishing.change_fault(one, wanted, call.site.addresses):
            return Problem(problems.UNFIT, unfit)
        await narrowing.change(tx, one, wanted, call.now)
        if given.paused is not None:
            await (establishing.pause if given.paused else establishing.resume)(tx, one, call.now)
        after = await deployment_of(tx, call)
        return after if isinstance(after, Problem) else Answered(await _whole(tx, call, after))

    return await call.write(work)


async def delete(call: Call) -> Answered | Problem:
    """DELETE /api/v1/deployments/{slug}."""

    async def work(tx: Transaction) -> Answered | Problem:
        one = await deployment_of(tx, call)
        if isinstance(one, Problem):
            return one
        await removal.remove_deployment(tx, one, call.now)
        return Answered()

    return await call.write(work)


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
        auth=await _auth(tx, one),
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
        use=deploying.Use(connections=use.connections, last_call_at=use.last_call_at),
    )


async def _auth(tx: Transaction, one: Deployment) -> AuthShown:
    auth, issuer = one.auth, one.auth.issuer
    callers, last = await tx.count_issuer_uses(one.id) if auth.jwt else (0, None)
    return AuthShown(
        modes=list(auth.modes),
        issuer=issuer.name if issuer else None,
        audience=issuer.audience if issuer else None,
        jwks_uri=issuer.jwks_uri if issuer else None,
        secret=issuer is not None and issuer.sealed_secret is not None,
        deprecated_at=auth.deprecated_at,
        sunset_at=auth.sunset_at,
        older_way=OlderWay(callers=callers, last_used_at=last) if auth.jwt else None,
    )


def _health(one: Deployment, seen: Seen | None) -> deploying.Health:
    state = health.state(one, seen)
    if seen is None:
        return deploying.Health(state=state)
    return deploying.Health(
        state=state,
        looked_at=seen.at,
        fault=seen.fault,
        server_name=seen.server_name,
        protocol_version=seen.protocol_version,
        tools=list(seen.tools) if seen.well else None,
    )


async def _nothing(_tx: Transaction) -> Answered:
    return Answered()


async def _placed(call: Call, given: NewDeployment) -> Wanted | Problem:
    """What somebody wants to be made who may say what this server calls."""
    if not authority.may_place(call.person, call.site.deployment_owners):
        return Problem(problems.FORBIDDEN, _PLACING)
    wanted = _wanted(call, given)
    if isinstance(wanted, Problem):
        return wanted
    fault = await _naming_fault(call, wanted.upstream_url) if wanted.guarded else None
    return fault or wanted


def _said(given: NewDeployment | DeploymentChange) -> Said | Problem:
    headers = None
    if given.upstream_headers is not None:
        headers = upstream_headers.parse(f"{name}: {value}" for name, value in given.upstream_headers.items())
    if isinstance(headers, str):
        return Problem(problems.UNFIT, headers, "/upstream_headers")
    proof = given.auth or AuthGiven()
    modes = trusting.modes(",".join(proof.modes)) if proof.modes is not None else None
    return Said(
        name=given.name,
        upstream_url=given.upstream_url,
        resource=given.resource if isinstance(given, NewDeployment) else None,
        access=given.access,
        domain=given.domain,
        token_format=given.token_format,
        key_prefix=given.key_prefix,
        key_ttl=given.key_ttl,
        scope_map=_scope_map(given.scopes),
        hide_tools=given.hide_tools,
        headers=headers,
        identity=given.identity,
        auth=trusting.Wanted(modes, proof.issuer, proof.audience, proof.jwks_uri, proof.secret, proof.sunset_at),
    )


def _wanted(call: Call, given: NewDeployment) -> Wanted | Problem:
    said = _said(given)
    if isinstance(said, Problem):
        return said
    guarded = authority.guarded(call.person) or bool(given.public_upstream)
    made = asking.wanted(said, given.slug, call.site.terms.sealer, call.now, guarded=guarded)
    return _unfit(made) if isinstance(made, Unfit) else made


def _change(call: Call, one: Deployment, given: DeploymentChange, owner_id: str | None) -> Change | Problem:
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
    said = _said(given)
    if isinstance(said, Problem):
        return said
    made = asking.change(one, said, call.site.terms.sealer, call.now, guarded=guarded, owner_id=owner_id)
    return _unfit(made) if isinstance(made, Unfit) else made


async def _owner(tx: Transaction, call: Call, email: str | None) -> Account | Problem | None:
    """Whose it is to be; None where nothing was said of it."""
    if email is None:
        return None
    if not authority.operates(call.person):
        return call.account if email_key(email) == call.account.email_key else _not_yours()
    found = await tx.find_account_by_email(email_key(email))
    if found is None or found.disabled_at is not None:
        return Problem(problems.UNFIT, "No account that is open has that address: list them to see which do.", "/owner")
    return found


def _not_yours() -> Problem:
    return Problem(problems.FORBIDDEN, "Only an operator says whose a deployment is: leave owner out.", "/owner")


def _unfit(fault: Unfit) -> Problem:
    member = "/upstream_headers" if fault.about == "headers" else f"/{fault.about}"
    return Problem(problems.UNFIT, fault.sentence, member)


async def _naming_fault(call: Call, url: str | None) -> Problem | None:
    """Whether the name leads to a public address."""
    fault = await call.site.naming_fault(url) if url is not None else None
    return Problem(problems.UNFIT, fault, "/upstream_url") if fault else None


def _scope_map(given: dict[str, list[str]] | None) -> ScopeMap | None:
    if given is None:
        return None
    return ScopeMap(tuple((name, tuple(dict.fromkeys(selectors))) for name, selectors in given.items()))
