"""POST /token: OAuth 2.1 §3.2."""

import structlog
from starlette.requests import Request
from starlette.responses import Response

from consentry.grants import id_token, token
from consentry.grants.exchange import Exchange, Issued
from consentry.spec.errors import Refusal
from consentry.web import reading, responses
from consentry.web.oauth import caller, failures
from consentry.web.site import Site, Transaction

log = structlog.get_logger(__name__)


async def answer(site: Site, request: Request) -> Response:
    outcome = await _exchange(site, request)
    if isinstance(outcome, Issued):
        return responses.issued(outcome, await _id_token(site, outcome))
    log.info("token request refused", error=outcome.error, reason=outcome.reason)
    return responses.refused(await failures.told(site, request, outcome), basic=caller.tried_basic(request))


async def _exchange(site: Site, request: Request) -> Issued | Refusal:
    call = await caller.read(site, request)
    if isinstance(call, Refusal):
        return call
    exchange = Exchange(call.params, call.client, reading.network(request), site.terms, site.clock())
    grant = token.choose(exchange)
    if isinstance(grant, Refusal):
        return grant

    async def work(tx: Transaction) -> Issued | Refusal:
        return await grant(tx, exchange)

    return await site.store.write(work)


async def _id_token(site: Site, outcome: Issued) -> str | None:
    """Signed after the transaction, so that nobody waits for a signature."""
    claims = id_token.claims(outcome, site.clock())
    if claims is None:
        return None
    return await site.signer.sign(claims, id_token.TYP, access_token=outcome.access_token.reveal())
