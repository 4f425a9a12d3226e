"""POST /par: RFC 9126 §2. A request is checked as /authorize would check it, before a browser is sent."""

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from consentry.grants import pushed
from consentry.grants.authorize import AuthorizationRequest
from consentry.spec.errors import Refusal
from consentry.tokens import Secret
from consentry.web import reading, responses
from consentry.web.oauth import authorize, caller, failures, shelving
from consentry.web.oauth.shelving import Push
from consentry.web.site import Site, Transaction

log = structlog.get_logger(__name__)


async def answer(site: Site, request: Request) -> Response:
    outcome = await _push(site, request)
    if isinstance(outcome, Refusal):
        log.info("pushed request refused", error=outcome.error, reason=outcome.reason)
        return responses.refused(
            await failures.told(site, request, outcome), site.troubleshooting_url, basic=caller.tried_basic(request)
        )
    told = {"request_uri": f"{pushed.PREFIX}{outcome.reveal()}", "expires_in": site.terms.pushed_request_ttl}
    return JSONResponse(told, 201, responses.NO_STORE)  # RFC 9126 §2.2


async def _push(site: Site, request: Request) -> Secret | Refusal:
    call = await caller.read(site, request, "par")
    if isinstance(call, Refusal):
        return call
    too_often = await site.gate.ask(reading.network(request), site.clock()) if call.client.public else None
    if too_often is not None:
        return too_often
    params = pushed.request_of(call.params, call.client.id)
    if isinstance(params, Refusal):
        return params
    wanted = await authorize.check(site, params)
    if not isinstance(wanted, AuthorizationRequest):
        return wanted.refusal  # RFC 9126 §2.3: what /authorize would have told, told at once

    if site.shelf:
        push = Push()
        name = await pushed.push(push, params, call.client.id, site.terms, site.clock())
        await shelving.put_pushed(site, site.shelf, push.requests)
        return name

    async def work(tx: Transaction) -> Secret:
        return await pushed.push(tx, params, call.client.id, site.terms, site.clock())

    return await site.store.write(work)
