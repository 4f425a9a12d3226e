"""POST /device_authorization: RFC 8628 §3.1. A device asks, and is given one code to keep and one to show."""

from urllib.parse import urlencode

import structlog
from starlette.requests import Request
from starlette.responses import Response

from consentry.grants import device
from consentry.grants.device import Asked
from consentry.grants.model import DeviceAuthorization
from consentry.spec import user_code
from consentry.spec.errors import Refusal
from consentry.web import reading, responses
from consentry.web.oauth import authorize, caller, devices, failures
from consentry.web.oauth.devices import Asking
from consentry.web.site import Site, Transaction

log = structlog.get_logger(__name__)


async def answer(site: Site, request: Request) -> Response:
    outcome = await _ask(site, request)
    if isinstance(outcome, Refusal):
        log.info("device authorization refused", error=outcome.error, reason=outcome.reason)
        if outcome.retry_after is None:
            outcome = await failures.told(site, request, outcome)
        return responses.refused(outcome, site.troubleshooting_url, basic=caller.tried_basic(request))
    where, shown = site.addresses.endpoint("device"), user_code.render(outcome.user_code)
    body: dict[str, str | int] = {  # §3.2
        "device_code": outcome.device_code.reveal(),
        "user_code": shown,
        "verification_uri": where,
        "verification_uri_complete": f"{where}?{urlencode({'user_code': shown})}",
        "expires_in": outcome.expires_in,
        "interval": device.POLL_SECONDS,
    }
    return responses.Json(body, headers=responses.NO_STORE)


async def _ask(site: Site, request: Request) -> Asked | Refusal:
    call = await caller.read(site, request, "device_authorization")
    if isinstance(call, Refusal):
        return call
    # One without a secret may be anybody; one that has proven itself may ask for many people.
    too_often = await site.gate.ask(reading.network(request), site.clock()) if call.client.public else None
    if too_often is not None:
        return too_often

    asked: list[DeviceAuthorization] = []

    async def work(tx: Transaction) -> Asked | Refusal:
        deployment = await authorize.deployment_of(tx, site, call.params, call.client)
        resource = deployment.resource_at(site.addresses) if deployment else ""
        permissions = device.check(call.params, call.client, deployment, resource)
        if isinstance(permissions, Refusal):
            return permissions
        kept = Asking(tx, asked) if site.shelf else tx
        return await device.ask(kept, call.client, permissions, reading.network(request), site.terms, site.clock())

    outcome = await site.store.write(work)
    if site.shelf:
        await devices.put(site, site.shelf, asked)
    return outcome
