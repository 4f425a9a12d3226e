"""/dashboard/deployments/{slug}/edit: what an owner may change of it."""

from starlette.responses import Response

from consentry.deployments import administer, authority, establishing
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
    may_place = authority.may_place(visit.person)
    typed = forms.of(one) | {name: text for name, text in forms.typed(visit.given).items() if text}
    change = forms.change(one, visit.given, may_place=may_place)
    if isinstance(change, str):
        return visit.show(_form(visit, typed, error=change), 400)
    if fault := establishing.change_fault(one, change, site.addresses):
        return visit.show(_form(visit, typed, error=fault), 400)
    after = administer.changed(one, change)
    if visit.given.get("step") == "test" and may_place and after.upstream_url is not None:
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
        places=authority.may_place(visit.person),
        mcp_url=visit.deployment.resource_at(visit.site.addresses),
        policies=tuple(words.ACCESS.items()),
        error=error,
        finding=finding,
    )
