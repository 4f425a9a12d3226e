"""Who calls an endpoint that wants client authentication: OAuth 2.1 §3.2.1."""

from dataclasses import dataclass

from starlette.requests import Request

from consentry.clients import authenticate
from consentry.clients.model import Client
from consentry.spec.errors import Refusal
from consentry.spec.params import Params
from consentry.web import reading
from consentry.web.site import Site, Transaction


@dataclass(frozen=True, slots=True)
class Call:
    """A form sent by a client that has proven who it is."""

    params: Params
    client: Client


async def read(site: Site, request: Request) -> Call | Refusal:
    """The form and its client, or why not."""
    params = await reading.form(request)
    if isinstance(params, Refusal):
        return params
    credentials = authenticate.read(request.headers.get("authorization"), params)
    if isinstance(credentials, Refusal):
        return credentials

    async def find(tx: Transaction) -> Client | None:
        for client_id in credentials.client_ids:
            if found := await tx.find_client(client_id):
                return found
        return None

    client = await site.store.read(find)
    refusal = authenticate.check(credentials, client)
    if refusal is not None or client is None:
        return refusal or Refusal("invalid_client", "This client is not registered here.", "client:unknown")
    return Call(params, client)


def tried_basic(request: Request) -> bool:
    """RFC 6749 §5.2: a failure is answered in the scheme that was tried."""
    return request.headers.get("authorization", "").lower().startswith("basic ")
