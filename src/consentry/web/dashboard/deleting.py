"""/dashboard/deployments/{slug}/delete: what it will end, and the slug typed to say that one means it."""

from starlette.responses import Response

from consentry.grants import removal
from consentry.grants.removal import Toll
from consentry.web.dashboard.visiting import Visit
from consentry.web.pages.deployment_views import DeletePage
from consentry.web.site import Transaction

UNTYPED = "Type the slug of the deployment exactly as it stands here; nothing was deleted."


async def show(visit: Visit) -> Response:
    """GET."""
    return await _page(visit)


async def answer(visit: Visit) -> Response:
    """POST."""
    if (visit.given.get("slug") or "").strip() != visit.deployment.slug:
        return await _page(visit, UNTYPED)
    await visit.site.store.write(lambda tx: removal.remove_deployment(tx, visit.deployment, visit.now))
    return visit.go(f"{visit.path()}?deleted=1")


async def _page(visit: Visit, error: str | None = None) -> Response:
    async def work(tx: Transaction) -> Toll:
        return await removal.toll_of_deployment(tx, visit.deployment, visit.now)

    toll = await visit.site.store.read(work)
    one = visit.deployment
    view = DeletePage(one.name, one.slug, visit.at("delete"), visit.at(), toll.grants, toll.keys, toll.clients, error)
    return visit.show(view, 400 if error else 200)
