"""/account/keys: API keys of one's own, made, shown once and revoked; beside them those that applications hold."""

from starlette.responses import Response

from consentry.deployments.model import Deployment
from consentry.grants import api_key, connections, entry
from consentry.grants.api_key import NewKey, Wanted
from consentry.grants.connections import Connection
from consentry.grants.model import NEVER
from consentry.spec import periods
from consentry.spec.errors import Refusal
from consentry.web.dashboard.visiting import Visit
from consentry.web.pages import words
from consentry.web.pages.connect_views import KeyLine, Keys
from consentry.web.security.entering import Entered, act
from consentry.web.site import Transaction

FIELDS = ("deployment", "label", "scope", "life")
LIVES = ("30d", "90d", "365d", "never")
REVOKED = "The key is revoked. It ended at once."


async def show(visit: Visit) -> Response:
    """GET."""
    note = REVOKED if "revoked" in visit.request.query_params else None
    return await _page(visit, dict.fromkeys(FIELDS, "") | {"life": "90d"}, note=note)


async def answer(visit: Visit) -> Response:
    """POST: makes a key and shows it, this once."""
    typed = {name: visit.given.get(name) or "" for name in FIELDS}
    ttl = periods.seconds(typed["life"], never=True) if typed["life"] in LIVES else None
    if ttl is None:
        return await _page(visit, typed, error="Choose for how long the key lives.")

    async def work(tx: Transaction) -> NewKey | Refusal | None:
        deployment = await entry.find_usable(tx, typed["deployment"], visit.account)
        if deployment is None:
            return None
        resource = deployment.resource_at(visit.site.addresses)
        ends = None if ttl == periods.NEVER else ttl
        wanted = Wanted(visit.account, deployment, resource, typed["scope"], typed["label"], ends)
        return await api_key.create(tx, wanted, visit.site.entropy, visit.now)

    made = await act(visit.site, Entered(visit.browser, visit.account, visit.given), work)
    match made:
        case Response():
            return made
        case None:
            return await _page(visit, typed, error="Choose the MCP server that the key is for.")
        case Refusal(description=description):
            return await _page(visit, typed, error=description)
        case NewKey(secret, grant):
            fresh = (api_key.label(grant), secret.reveal())
            return await _page(visit, dict.fromkeys(FIELDS, "") | {"life": "90d"}, fresh=fresh)


async def revoke(visit: Visit) -> Response:
    """POST: ends a key of this account's own, and whatever holds it."""
    chosen = frozenset({visit.given.get("grant_id") or ""})

    async def work(tx: Transaction) -> int:
        return await connections.end_those(
            tx, visit.account.id, chosen, "ended by the account", visit.network, visit.now
        )

    ended = await visit.site.store.write(work)
    return visit.go(f"{visit.site.addresses.path('account/keys')}{'?revoked=1' if ended else ''}")


async def _page(
    visit: Visit,
    values: dict[str, str],
    *,
    fresh: tuple[str, str] | None = None,
    error: str | None = None,
    note: str | None = None,
) -> Response:
    async def work(tx: Transaction) -> tuple[list[Connection], list[Deployment]]:
        connected = await connections.of_account(tx, visit.account.id, visit.now)
        return connected, await entry.usable(tx, visit.account)

    connected, usable = await visit.site.store.read(work)
    view = Keys(
        keys=tuple(_line(visit, one) for one in connected if one.key is not None),
        deployments=tuple((one.slug, one.name) for one in usable),
        action=visit.site.addresses.path("account/keys"),
        revoke_action=visit.site.addresses.path("account/keys/revoke"),
        values=values,
        fresh=fresh,
        error=error,
        note=note,
        scopes=tuple(
            (one.name, tuple(name for name, _ in one.scope_map.entries))
            for one in usable
            if len(one.scope_map.entries) > 1
        ),
    )
    return visit.show(view, 400 if error else 200)


def _line(visit: Visit, one: Connection) -> KeyLine:
    grant = one.grant
    ends_at = min(grant.expires_at, one.key.token.expires_at) if one.key else grant.expires_at
    return KeyLine(
        grant_id=grant.id,
        label=api_key.label(grant),
        deployment_name=one.deployment.name if one.deployment else "",
        scope_words=words.scope(grant.permissions.scope, one.deployment),
        since=grant.created_at,
        until=None if ends_at == NEVER else ends_at,
        last_used_words=words.ago(grant.last_used_at, visit.now),
        application=None if one.personal else one.name,
    )
