"""/dashboard/deployments/{slug}/connect, "Set Up OAuth": a client made for one known application, or any other."""

from starlette.responses import Response

from consentry.clients import preregister, reach
from consentry.clients.preregister import Wanted
from consentry.clients.presets import PRESETS, Preset
from consentry.clients.register import Registered
from consentry.grants import preregistration
from consentry.spec.errors import Refusal
from consentry.web.dashboard import client
from consentry.web.dashboard.visiting import Visit
from consentry.web.pages.connect_views import PresetLine, SetUp
from consentry.web.pages.setup_words import OFFERED
from consentry.web.site import Transaction

FIELDS = ("preset", "name", "redirect_uris", "older", "confidential")
NO_REDIRECT = "Say where the application takes people back to: a redirect URI a line, as its makers name them."


async def show(visit: Visit) -> Response:
    """GET: which application."""
    chosen = visit.request.query_params.get("preset", "")
    if chosen not in PRESETS and chosen != "custom":
        mcp_url = visit.deployment.resource_at(visit.site.addresses)
        chosen = next(preset for preset, _ in OFFERED if reach.of(preset, mcp_url).reachable)
    return visit.show(_form(visit, dict.fromkeys(FIELDS, "") | {"preset": chosen}))


async def answer(visit: Visit) -> Response:
    """POST: makes the client. One with a secret is shown at once, since the secret is kept nowhere."""
    typed = {name: visit.given.get(name) or "" for name in FIELDS}
    preset = next((one for one in PRESETS if one == typed["preset"]), None)
    if preset is None and typed["preset"] != "custom":
        return visit.show(_form(visit, typed, "Choose an application."), 400)
    wanted, site = _wanted(preset, typed), visit.site
    if preregistration.misfit(wanted, for_one_deployment=True) is not None:  # the form offers nothing else amiss
        return visit.show(_form(visit, typed, NO_REDIRECT), 400)

    async def work(tx: Transaction) -> Registered | Refusal:
        return await preregistration.register(
            tx, wanted, visit.deployment, site.registration, site.addresses, site.entropy, visit.now
        )

    made = await site.store.write(work)
    if isinstance(made, Refusal):
        words = made.description.replace("redirect_uris: entry", "Redirect URI").replace(
            "redirect_uris", "Redirect URIs"
        )
        return visit.show(_form(visit, typed, words), 400)
    if made.secret is None:
        return visit.go(f"{visit.at(f'clients/{made.client.id}')}?created=1")
    return await client.page(visit, made.client, secret=made.secret)


def _wanted(preset: Preset | None, typed: dict[str, str]) -> Wanted:
    own = tuple(typed["redirect_uris"].split()) if preset is None else ()
    older, confidential = bool(typed["older"]), bool(typed["confidential"])
    return preregister.wanted(preregister.Said(preset, typed["name"], own, older, confidential))


def _form(visit: Visit, values: dict[str, str], error: str | None = None) -> SetUp:
    mcp_url = visit.deployment.resource_at(visit.site.addresses)
    lines = []
    for preset, said in OFFERED:
        found = reach.of(preset, mcp_url)
        lines.append(PresetLine(preset, said, found.reachable, found.brief))
    where = visit.at("connect"), visit.at()
    return SetUp(visit.deployment.name, *where, tuple(lines), values, error, reach.of_hosted(mcp_url))
