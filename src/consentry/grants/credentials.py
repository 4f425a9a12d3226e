"""grant_type=client_credentials: OAuth 2.1 §4.2. A client acts for itself, by a grant of the operator (ADR 15)."""

from consentry.clients.model import Client
from consentry.deployments.model import Deployment
from consentry.grants.exchange import Exchange, Issued, check_resource, narrowed, new_access_token
from consentry.grants.model import NEVER, Grant, GrantTransaction, Permissions
from consentry.spec.errors import Refusal
from consentry.tokens import Entropy, identifier


async def exchange(tx: GrantTransaction, request: Exchange) -> Issued | Refusal:
    """Another access token of the client's standing grant; never a refresh token (§4.2.3)."""
    if request.client.public:
        return _not_authorized("A public client cannot act for itself: it has no secret.", "public")
    grant = await tx.find_standing_grant(request.client.id)
    if grant is None or not grant.live(request.now):
        return _ended()
    scope = check_resource(request.params, grant.permissions) or narrowed(request.params, grant.permissions)
    if isinstance(scope, Refusal):
        return scope
    shape = await tx.find_format(grant.permissions.deployment_id)
    access = new_access_token(grant, scope, request, shape)
    event = grant.event("grant:token:issued", request.network, request.now)
    if not await tx.issue_access_token(access.row, request.now + request.terms.refresh_grace, event, request.now):
        return _ended()
    return access.issued(None)


async def approve(
    tx: GrantTransaction, client: Client, deployment: Deployment, resource: str, entropy: Entropy, now: int
) -> Grant:
    """The operator lets a client act for itself at one deployment. Its owner answers for it, sees it and can end it;
    what is ended stays so, and no secret brings it back."""
    grant = Grant(
        identifier("grant", entropy),
        deployment.owner_id,
        client.id,
        Permissions(deployment.id, resource, deployment.scopes),
        created_at=now,
        expires_at=NEVER,
        redirect_uri="",
        refresh="over",
        subject=client.id,
    )
    await tx.add_grant(grant)
    await tx.add_event(grant.event("grant:client:approved", None, now))
    return grant


def _ended() -> Refusal:
    sentence = "This client may not act for itself, or no longer: ask the operator for a new client."
    return _not_authorized(sentence, "no_grant")


def _not_authorized(description: str, reason: str) -> Refusal:
    return Refusal("unauthorized_client", description, f"credentials:{reason}")
