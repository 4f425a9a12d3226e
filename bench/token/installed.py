"""Our own installation, made ready for a deed: an account, a deployment, a client, and what the requests present."""

from base64 import b64encode
from dataclasses import dataclass

from bench.token.deeds import Deed
from bench.token.load import Asking

from consentry.accounts import administer as accounts
from consentry.accounts.passwords import Passwords
from consentry.clients import secret as secrets
from consentry.clients.model import GRANT_TYPES, Client
from consentry.clients.register import Registered
from consentry.deployments import administer as deployments
from consentry.deployments.model import Deployment
from consentry.formats import Format
from consentry.grants import authorize, code
from consentry.grants.authentication import Authentication
from consentry.grants.authorize import AuthorizationRequest, Caller
from consentry.grants.exchange import Exchange, Issued
from consentry.grants.model import Permissions
from consentry.installation import Installation, open_installation
from consentry.settings import Settings
from consentry.spec import pkce
from consentry.spec.errors import Refusal
from consentry.spec.params import of_pairs
from consentry.store.sql import Transaction
from consentry.tokens import Secret

CLIENT_ID = "bench"
SLUG = "bench"
REDIRECT_URI = "https://client.example/callback"
VERIFIER = "v" * 43
NETWORK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class _Inhabited:
    """What an installation has after `_inhabit`; `server` are the deployment's own credentials."""

    request: AuthorizationRequest
    server: Registered


async def prepare(settings: Settings, deed: Deed, tokens: int) -> Asking:
    """A new database with so many tokens in it, and what is asked with them."""
    here = open_installation(settings)
    try:
        await here.prepare()
        inhabited = await _inhabit(here, Format("jwt") if deed == "jwt refresh" else Format())
        return await _asking(here, deed, inhabited, tokens)
    finally:
        await here.aclose()


async def _asking(here: Installation, deed: Deed, inhabited: _Inhabited, tokens: int) -> Asking:
    request = inhabited.request
    form = {"client_id": CLIENT_ID, "resource": request.permissions.resource}
    match deed:
        case "refresh" | "jwt refresh":
            issued = await _issued(here, request, tokens)
            held = [each.refresh_token.reveal() for each in issued if each.refresh_token]
            form |= {"grant_type": "refresh_token", "refresh_token": "*"}
            return Asking("/token", held, form, then="successor")
        case "code exchange":
            codes = [each.reveal() for each in await _approved(here, request, tokens)]
            form |= {"grant_type": "authorization_code", "code": "*"}
            form |= {"code_verifier": VERIFIER, "redirect_uri": REDIRECT_URI}
            return Asking("/token", codes, form, then="used up")
        case "introspection":
            issued = await _issued(here, request, tokens)
            return Asking(
                "/introspect",
                [each.access_token.reveal() for each in issued],
                {"token": "*"},
                {"Authorization": _basic(inhabited.server)},
            )
        case "metadata":
            return Asking("/.well-known/oauth-authorization-server", [""] * tokens, method="GET")


async def _inhabit(here: Installation, shape: Format) -> _Inhabited:
    now = here.clock()
    password = Passwords().hash("correct horse battery staple")
    owner = accounts.make(
        "bench@example.com", "Bench", password, operator=True, verified=True, entropy=here.entropy, now=now
    )
    wanted = deployments.Wanted(SLUG, "Bench", "http://127.0.0.1:9/mcp", format=shape)
    deployment = deployments.make(wanted, owner.id, here.entropy, now)
    client = Client(CLIENT_ID, "Bench", (REDIRECT_URI,), GRANT_TYPES, "none", "registration", now, metadata={})

    async def work(tx: Transaction) -> Registered | Refusal:
        await accounts.create(tx, owner)
        await tx.add_deployment(deployment)
        await tx.add_client(client)
        return await secrets.of_resource_server(tx, deployment.id, "Bench's server", 0, here.entropy, now)

    server = await here.store.write(work)
    assert isinstance(server, Registered), server
    return _Inhabited(_request(here, client, deployment), server)


def _request(here: Installation, client: Client, deployment: Deployment) -> AuthorizationRequest:
    scope = frozenset({"mcp", "offline_access"})
    return AuthorizationRequest(
        Caller(client, REDIRECT_URI, None),
        deployment,
        Permissions(deployment.id, here.addresses.mcp_url(SLUG), scope),
        pkce.challenge_of(VERIFIER),
    )


async def _approved(here: Installation, request: AuthorizationRequest, count: int) -> list[Secret]:
    """So many approvals: their codes."""
    held = Authentication(request.deployment.owner_id, here.clock())

    async def work(tx: Transaction) -> list[Secret]:
        return [await authorize.approve(tx, request, held, NETWORK, here.terms, here.clock()) for _ in range(count)]

    return await here.store.write(work)


async def _issued(here: Installation, request: AuthorizationRequest, count: int) -> list[Issued]:
    """So many grants: what their codes were exchanged for."""
    codes = await _approved(here, request, count)

    async def work(tx: Transaction) -> list[Issued | Refusal]:
        return [await code.exchange(tx, _exchange(here, request, each)) for each in codes]

    issued = await here.store.write(work)
    assert all(isinstance(each, Issued) for each in issued), issued
    return [each for each in issued if isinstance(each, Issued)]


def _exchange(here: Installation, request: AuthorizationRequest, secret: Secret) -> Exchange:
    params = of_pairs([("code", secret.reveal()), ("code_verifier", VERIFIER), ("redirect_uri", REDIRECT_URI)])
    assert not isinstance(params, Refusal)
    return Exchange(params, request.caller.client, NETWORK, here.terms, here.clock())


def _basic(server: Registered) -> str:
    assert server.secret is not None
    return f"Basic {b64encode(f'{server.client.id}:{server.secret.reveal()}'.encode()).decode()}"
