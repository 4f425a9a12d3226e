"""POST /revoke: RFC 7009 §2."""

from starlette.requests import Request
from starlette.responses import Response

from consentry import formats
from consentry.grants import revoke
from consentry.spec.errors import Refusal
from consentry.web import reading, responses
from consentry.web.oauth import caller, failures
from consentry.web.site import Site, Transaction


async def answer(site: Site, request: Request) -> Response:
    call = await caller.read(site, request, "revoke")
    if isinstance(call, Refusal):
        return responses.refused(
            await failures.told(site, request, call), site.troubleshooting_url, basic=caller.tried_basic(request)
        )

    # A signature is verified before the transaction begins.
    access = await formats.identify(call.params.get("token") or "", site.signer)

    async def work(tx: Transaction) -> Refusal | None:
        return await revoke.revoke(
            tx,
            call.params,
            access,
            call.client,
            reading.network(request),
            site.clock(),
            cascade=site.terms.revocation_cascade,
        )

    refusal = await site.store.write(work)
    return (
        responses.refused(refusal, site.troubleshooting_url)
        if refusal
        else Response(status_code=200, headers=responses.NO_STORE)
    )
