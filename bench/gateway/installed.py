"""Our own installation, made ready: a deployment in front of the upstream, and access tokens that open it."""

from consentry.accounts import administer as accounts
from consentry.accounts.passwords import Passwords
from consentry.clients.model import GRANT_TYPES, Client
from consentry.deployments import administer as deployments
from consentry.deployments.scope_map import WHOLE, ScopeMap
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

CLIENT_ID = "bench"
SLUG = "bench"
REDIRECT_URI = "https://client.example/callback"
VERIFIER = "v" * 43
NETWORK = "127.0.0.1"
RULED = ScopeMap((("mcp", ("add", "list_*")),))


async def prepare(settings: Settings, upstream_url: str, tokens: int, *, ruled: bool = False) -> list[str]:
    """A new database, and so many access tokens in it, each with a grant of its own.

    `ruled`: their scope opens some tools by name, so that the body of every call is read and judged.
    """
    here = open_installation(settings)
    try:
        await here.prepare()
        request = await _inhabit(here, upstream_url, RULED if ruled else WHOLE)
        return [await _connect(here, request) for _ in range(tokens)]
    finally:
        await here.aclose()


async def _inhabit(here: Installation, upstream_url: str, scope_map: ScopeMap) -> AuthorizationRequest:
    now = here.clock()
    password = Passwords().hash("correct horse battery staple")
    owner = accounts.make(
        "bench@example.com", "Bench", password, operator=True, verified=True, entropy=here.entropy, now=now
    )
    wanted = deployments.Wanted(SLUG, "Bench", upstream_url, scope_map=scope_map)
    deployment = deployments.make(wanted, owner.id, here.entropy, now)
    client = Client(CLIENT_ID, "Bench", (REDIRECT_URI,), GRANT_TYPES, "none", "registration", now, metadata={})

    async def work(tx: Transaction) -> None:
        await accounts.create(tx, owner)
        await tx.add_deployment(deployment)
        await tx.add_client(client)

    await here.store.write(work)
    permissions = Permissions(deployment.id, here.addresses.mcp_url(SLUG), frozenset({"mcp", "offline_access"}))
    caller = Caller(client, REDIRECT_URI, None)
    return AuthorizationRequest(caller, deployment, permissions, pkce.challenge_of(VERIFIER))


async def _connect(here: Installation, request: AuthorizationRequest) -> str:
    """One grant: the approval, and the exchange of its code."""

    async def work(tx: Transaction) -> Issued | Refusal:
        held = Authentication(request.deployment.owner_id, here.clock())
        secret = await authorize.approve(tx, request, held, NETWORK, here.terms, here.clock())
        params = of_pairs([("code", secret.reveal()), ("code_verifier", VERIFIER), ("redirect_uri", REDIRECT_URI)])
        assert not isinstance(params, Refusal)
        return await code.exchange(tx, Exchange(params, request.caller.client, NETWORK, here.terms, here.clock()))

    issued = await here.store.write(work)
    assert isinstance(issued, Issued), issued
    return issued.access_token.reveal()
