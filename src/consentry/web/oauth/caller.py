"""Who calls an endpoint that wants client authentication: OAuth 2.1 §3.2.1."""

from starlette.requests import Request

from consentry.audit import Event
from consentry.clients import assertion as assertions
from consentry.clients import authenticate, cimd
from consentry.clients.assertion import Assertion
from consentry.clients.authenticate import Credentials
from consentry.clients.model import Client
from consentry.spec.errors import Refusal
from consentry.spec.params import Params
from consentry.values import frozen
from consentry.web import reading
from consentry.web.oauth import failures, returning
from consentry.web.site import Site, Transaction

# Where a client may come for the first time. What the others are asked for was given to a client that is known.
BEGINNINGS = frozenset({"par", "device_authorization"})


@frozen
class Call:
    """A form sent by a client that has proven who it is."""

    params: Params
    client: Client


async def read(site: Site, request: Request, endpoint: str = "token") -> Call | Refusal:
    """The form and its client, or why not. `endpoint` is where it was sent to, below the issuer."""
    asked = await ask(request, json=site.token_json_body and endpoint == "token")
    if isinstance(asked, Refusal):
        return asked
    params, credentials = asked
    client = await find(site, credentials) or await _find_document(site, request, credentials, endpoint)
    if isinstance(client, Refusal):
        return client
    if client is None and (gone := await returning.refusal(site, request, credentials.client_ids)):
        return gone
    refusal = await prove(site, request, credentials, client, endpoint)
    if refusal is not None or client is None:
        return refusal or Refusal("invalid_client", "This client is not registered here.", "client:unknown")
    if client.pending:
        sentence = "The operator has not approved this client yet: ask for that, then connect again."
        return Refusal("unauthorized_client", sentence, "client:pending")
    return Call(params, client)


async def ask(request: Request, *, json: bool = False) -> tuple[Params, Credentials] | Refusal:
    """The form, and what it shows of the one who sent it."""
    params = await reading.form(request, json=json)
    if isinstance(params, Refusal):
        return params
    credentials = authenticate.read(request.headers.get("authorization"), params)
    if isinstance(credentials, Refusal):
        return credentials
    failures.name(request, credentials.client_ids[0])
    return params, credentials


async def find(site: Site, credentials: Credentials) -> Client | None:
    """The client that a request names, if it is known: nobody's document is asked for here."""
    for client_id in credentials.client_ids:
        if found := await site.clients.find_client(client_id):
            return found
    return None


async def _find_document(
    site: Site, request: Request, credentials: Credentials, endpoint: str
) -> Client | Refusal | None:
    """One that nobody has brought yet. Whoever sends this has proven nothing, and must not send us out at will."""
    client_id = next(filter(cimd.is_url, credentials.client_ids), None)
    if client_id is None or not site.clients.offered:
        return None
    if endpoint in BEGINNINGS:
        too_often = await site.gate.ask(reading.network(request), site.clock())
        return too_often or await site.clients.find_current_client(client_id)
    if endpoint == "token":
        # The id may be as good as ever: to register anew, as after invalid_client, would not help.
        sentence = "Nothing is granted to this client here, or nothing any more: sign in again."
        return Refusal("invalid_grant", sentence, "client:unknown_document")
    return None


async def prove(
    site: Site, request: Request, credentials: Credentials, client: Client | None, endpoint: str
) -> Refusal | None:
    """Whether the request comes from that client. Looks cheap things over first, and spends an assertion last."""
    signed = credentials.assertion
    if signed is None or client is None or client.auth_method != "private_key_jwt":
        return authenticate.check(credentials, client, site.clock())
    refusal = assertions.check(signed, client, audiences(site, endpoint), site.clock())
    if refusal is not None:
        return refusal
    keys = await site.find_keys(client, signed.jws.kid)
    if isinstance(keys, Refusal):
        return keys
    return authenticate.check(credentials, client, site.clock(), keys) or await _spend(site, request, client, signed)


def audiences(site: Site, endpoint: str) -> frozenset[str]:
    """What an assertion may be for (RFC 7523 §3): the issuer, with the slash that some put behind a bare host; the
    token endpoint; or the very endpoint it was sent to (RFC 9126 §2)."""
    issuer = site.addresses.issuer
    return frozenset({issuer, f"{issuer}/", site.addresses.endpoint("token"), site.addresses.endpoint(endpoint)})


def tried_basic(request: Request) -> bool:
    """RFC 6749 §5.2: a failure is answered in the scheme that was tried."""
    return request.headers.get("authorization", "").lower().startswith("basic ")


async def _spend(site: Site, request: Request, client: Client, signed: Assertion) -> Refusal | None:
    """RFC 7523 §3: a `jti` counts once. Whoever is slower, or saw it on its way, is refused."""
    digest = signed.digest()

    async def work(tx: Transaction) -> Refusal | None:
        if await tx.spend_assertion(digest, signed.remembered_until):
            return None
        if await tx.note_replayed_assertion(digest):
            network, name = reading.network(request), signed.jws.kid or ""
            await tx.add_event(
                Event("client:assertion:replayed", site.clock(), network, client_id=client.id, reason=name)
            )
        return assertions.spent()

    return await site.store.write(work)
