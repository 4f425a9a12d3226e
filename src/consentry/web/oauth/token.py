"""POST /token: OAuth 2.1 §3.2."""

from dataclasses import replace

import structlog
from starlette.requests import Request
from starlette.responses import Response

from consentry.formats import JWT_TYPE
from consentry.grants import device, id_token, token
from consentry.grants.exchange import Exchange, Issued
from consentry.spec.errors import Refusal
from consentry.tokens import Secret
from consentry.web import reading, responses
from consentry.web.oauth import caller, devices, failures, shelving
from consentry.web.site import Site, Transaction

log = structlog.get_logger(__name__)


async def answer(site: Site, request: Request) -> Response:
    outcome = await _exchange(site, request)
    if isinstance(outcome, Issued):
        signed = await _signed(site, outcome)
        return responses.issued(signed, await _id_token(site, signed))
    log.info("token request refused", error=outcome.error, reason=outcome.reason)
    return responses.refused(
        await failures.told(site, request, outcome), site.troubleshooting_url, basic=caller.tried_basic(request)
    )


async def _signed(site: Site, outcome: Issued) -> Issued:
    """A JWT gets its signature after the commit: a transaction is as short as its writes."""
    if outcome.claims is None:
        return outcome
    return replace(outcome, access_token=Secret(await site.signer.sign(outcome.claims, JWT_TYPE)), claims=None)


async def _exchange(site: Site, request: Request) -> Issued | Refusal:
    call = await caller.read(site, request)
    if isinstance(call, Refusal):
        return call
    exchange = Exchange(call.params, call.client, reading.network(request), site.terms, site.clock())
    grant = token.choose(exchange)
    if isinstance(grant, Refusal):
        return grant
    if exchange.params.get("grant_type") == "client_credentials":
        too_often = await site.gate.act(exchange.network, exchange.client.id, exchange.now)
        if too_often is not None:
            return too_often

    async def work(tx: Transaction) -> Issued | Refusal:
        return await grant(tx, exchange)

    if site.shelf and exchange.params.get("grant_type") == "authorization_code":
        return await shelving.exchanging(site, site.shelf, exchange, work)
    if site.shelf and exchange.params.get("grant_type") == device.GRANT_TYPE:
        return await devices.polling(site, site.shelf, exchange, work)
    if exchange.params.get("grant_type") == "refresh_token":
        return await site.store.write(work, quiet=_only_adds)
    return await site.store.write(work)


def _only_adds(outcome: Issued | Refusal) -> bool:
    """A refresh leaves what was there as it was; unless it ended the grant, or the key before it."""
    return isinstance(outcome, Issued) and not outcome.replaces


async def _id_token(site: Site, outcome: Issued) -> str | None:
    """Signed after the transaction, so that nobody waits for a signature."""
    claims = id_token.claims(outcome, site.clock())
    if claims is None:
        return None
    return await site.signer.sign(claims, id_token.TYP, access_token=outcome.access_token.reveal())
