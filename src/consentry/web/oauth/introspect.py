"""POST /introspect: RFC 7662 §2. One look at the store, for the token: its caller is known, mostly."""

from starlette.requests import Request
from starlette.responses import Response

from consentry import formats
from consentry.grants import introspect
from consentry.grants.introspect import Description, Found
from consentry.spec.errors import Refusal
from consentry.web import responses
from consentry.web.oauth import caller
from consentry.web.site import Site, Transaction


async def answer(site: Site, request: Request) -> Response:
    outcome = await _describe(site, request)
    if isinstance(outcome, Refusal):
        # RFC 9110 §15.5.2: a 401 names a scheme, and no browser stands here that would ask a person for it.
        return responses.refused(outcome, site.troubleshooting_url, basic=True)
    return responses.Json(outcome, headers=responses.NO_STORE)


async def _describe(site: Site, request: Request) -> Description | Refusal:
    asked = await caller.ask(request)
    if isinstance(asked, Refusal):
        return asked
    params, credentials = asked
    text = params.get("token")
    if text is None:
        return Refusal("invalid_request", "token is missing.", "introspect:absent")

    client = await caller.find(site, credentials)
    refusal = await caller.prove(site, request, credentials, client, "introspect")
    if refusal is not None or client is None:
        return refusal or Refusal("invalid_client", "This client is not registered here.", "client:unknown")
    if client.public:
        # RFC 7662 §2.1: whoever asks has to prove who it is, and a client_id proves nothing.
        description = "A public client cannot introspect: use a client with a secret, or the deployment's credentials."
        return Refusal("invalid_client", description, "client:public")
    access = await formats.identify(text, site.signer)

    async def work(tx: Transaction) -> Found | None:
        return await introspect.find(tx, text, access)

    return introspect.describe(await site.store.read(work), client, site.addresses.issuer, site.clock())
