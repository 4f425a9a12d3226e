"""GET, PUT and DELETE /register/{client_id}: RFC 7592 §2."""

import structlog
from starlette.requests import Request
from starlette.responses import Response

from consentry.clients import manage
from consentry.clients.manage import Held
from consentry.clients.model import Client
from consentry.grants import removal
from consentry.spec.errors import Refusal
from consentry.tokens import Secret
from consentry.web import reading, responses
from consentry.web.oauth import register
from consentry.web.site import Site, Transaction

log = structlog.get_logger(__name__)


async def answer(site: Site, request: Request) -> Response:
    """Nothing of the body is looked at before the token."""
    held = await site.store.read(lambda tx: _find(tx, site, request))
    if isinstance(held, Refusal):
        return _refused(site, held)
    match request.method:
        case "PUT":
            return await _change(site, request, held.client)
        case "DELETE":
            return await _delete(site, request)
        case _:
            return _described(site, request, held.described())


async def _change(site: Site, request: Request, client: Client) -> Response:
    metadata = await reading.json_object(request)
    if isinstance(metadata, Refusal):
        return _refused(site, metadata)
    now = site.clock()
    changed = manage.change(client, metadata, site.registration, site.entropy, now)
    if isinstance(changed, Refusal):
        return _refused(site, changed)

    async def work(tx: Transaction) -> Refusal | None:
        held = await _find(tx, site, request)
        if isinstance(held, Refusal):
            return held
        return await manage.save(tx, held, changed, site.registration, reading.network(request), now)

    refusal = await site.store.write(work)
    return _refused(site, refusal) if refusal else _described(site, request, changed)


async def _delete(site: Site, request: Request) -> Response:
    async def work(tx: Transaction) -> Refusal | None:
        held = await _find(tx, site, request)
        if isinstance(held, Refusal):
            return held
        await removal.withdraw_client(tx, held, reading.network(request), site.clock())
        return None

    refusal = await site.store.write(work)
    return _refused(site, refusal) if refusal else Response(status_code=204, headers=responses.NO_STORE)


async def _find(tx: Transaction, site: Site, request: Request) -> Held | Refusal:
    return await manage.find(tx, request.path_params["client_id"], reading.bearer(request), site.clock())


def _described(site: Site, request: Request, client: Client) -> Response:
    # Only its digest is kept: the token in the answer is the one that was shown (§3 wants it there).
    token = Secret(reading.bearer(request) or "")
    return responses.Json(register.described(site, client, token), headers=responses.NO_STORE)


def _refused(site: Site, refusal: Refusal) -> Response:
    log.info("registration not changed", error=refusal.error, reason=refusal.reason)
    answered = responses.forbidden if refusal.error == "access_denied" else responses.refused
    return answered(refusal, site.troubleshooting_url)
