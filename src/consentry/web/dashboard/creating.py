"""/dashboard/new: a deployment is made, and its MCP server tried out before it is."""

from starlette.responses import Response

from consentry.deployments import administer, authority, establishing
from consentry.deployments.administer import Wanted
from consentry.deployments.model import Deployment
from consentry.spec.errors import Refusal
from consentry.web.dashboard import forms
from consentry.web.dashboard.visiting import Visit
from consentry.web.pages import words
from consentry.web.pages.deployment_views import DeploymentForm, Finding
from consentry.web.site import Transaction


async def show(visit: Visit) -> Response:
    """GET /dashboard/new."""
    return visit.show(_form(visit, forms.blank()))


async def answer(visit: Visit) -> Response:
    """POST /dashboard/new: tests the connection, or makes the deployment."""
    site, typed = visit.site, forms.typed(visit.given)
    wanted = forms.wanted(visit.given, site.terms.sealer, visit.now, guarded=authority.guarded(visit.person))
    fault = wanted if isinstance(wanted, str) else establishing.fault(wanted, site.addresses)
    if fault is None and isinstance(wanted, Wanted) and wanted.guarded and wanted.upstream_url is not None:
        fault = await site.naming_fault(wanted.upstream_url)
    if isinstance(wanted, str) or fault is not None:
        return visit.show(_form(visit, typed, error=fault), 400)
    if visit.given.get("step") == "test":
        return visit.show(_form(visit, typed, finding=await _tried(visit, wanted)))

    async def work(tx: Transaction) -> Deployment | Refusal:
        return await establishing.establish(tx, wanted, visit.account.id, site.addresses, site.entropy, visit.now)

    made = await site.store.write(work)
    if isinstance(made, Refusal):
        return visit.show(_form(visit, typed, error=made.description), 400)
    if made.upstream_url is not None:
        seen = await site.look(made)
        await site.store.write(lambda tx: tx.keep_health(made.id, seen))
    return visit.go(f"{visit.path(f'deployments/{made.slug}')}?created=1")


async def _tried(visit: Visit, wanted: Wanted) -> Finding | None:
    if wanted.upstream_url is None:
        return None
    site = visit.site
    return Finding.of(await site.look(administer.make(wanted, visit.account.id, site.entropy, visit.now)))


def _form(
    visit: Visit, values: dict[str, str], *, error: str | None = None, finding: Finding | None = None
) -> DeploymentForm:
    return DeploymentForm(
        action=visit.path("new"),
        back=visit.path(),
        values=values,
        deployment_name=None,
        places=True,
        mcp_url=visit.site.addresses.mcp_url("SLUG"),
        policies=tuple(words.ACCESS.items()),
        error=error,
        finding=finding,
    )
