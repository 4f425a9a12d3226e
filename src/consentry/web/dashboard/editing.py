"""/dashboard/deployments/{slug}/edit: what an owner may change of it."""

from starlette.responses import Response

from consentry.deployments import administer, authority, establishing, upstream_headers
from consentry.deployments.administer import Change
from consentry.grants import narrowing
from consentry.web.dashboard import forms
from consentry.web.dashboard.visiting import Visit
from consentry.web.pages import words
from consentry.web.pages.deployment_views import DeploymentForm, Finding
from consentry.web.site import Transaction


async def show(visit: Visit) -> Response:
    """GET."""
    return visit.show(_form(visit, forms.of(visit.deployment)))


async def answer(visit: Visit) -> Response:
    """POST: tests the connection, or keeps the changes."""
    one, site = visit.deployment, visit.site
    typed = forms.retyped(one, visit.given)
    guarded = authority.guarded(visit.person)
    change = forms.change(one, visit.given, site.terms.sealer, visit.now, may_place=visit.may_place, guarded=guarded)
    fault = change if isinstance(change, str) else establishing.change_fault(one, change, site.addresses)
    if fault is None and isinstance(change, Change) and change.guarded and change.upstream_url is not None:
        fault = await site.naming_fault(change.upstream_url)
    if isinstance(change, str) or fault is not None:
        return visit.show(_form(visit, typed, error=fault), 400)
    after = administer.changed(one, change)
    if visit.given.get("step") == "test" and after.upstream_url is not None:
        return visit.show(_form(visit, typed, finding=Finding.of(await site.look(after))))

    async def work(tx: Transaction) -> int:
        return await narrowing.change(tx, one, change, visit.now)

    await site.store.write(work)
    return visit.go(f"{visit.at()}?changed=1")


def _form(
    visit: Visit, values: dict[str, str], *, error: str | None = None, finding: Finding | None = None
) -> DeploymentForm:
    return DeploymentForm(
        action=visit.at("edit"),
        back=visit.at(),
        values=values,
        deployment_name=visit.deployment.name,
        places=visit.may_place,
        mcp_url=visit.deployment.resource_at(visit.site.addresses),
        policies=tuple(words.ACCESS.items()),
        header_names=_header_names(visit),
        error=error,
        finding=finding,
    )


def _header_names(visit: Visit) -> tuple[str, ...] | None:
    one = visit.deployment
    kept = upstream_headers.unseal(one.sealed_headers, one.upstream_url or "", visit.site.terms.sealer)
    return None if kept is None else tuple(name for name, _ in kept)
