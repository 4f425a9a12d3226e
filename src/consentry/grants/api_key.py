"""API keys: what they are called, and those that a person makes for themselves, each a grant of its own (ADR 16)."""

from dataclasses import dataclass
from typing import Protocol

from consentry.accounts.model import Account
from consentry.audit import Event, EventTransaction
from consentry.clients import cimd
from consentry.clients.presets import KNOWN_ADDRESSES
from consentry.deployments.model import Deployment
from consentry.formats import Format
from consentry.grants import entry
from consentry.grants.entry import InvitationTransaction
from consentry.grants.model import NEVER, AccessToken, Grant, Permissions
from consentry.spec import scopes, uris
from consentry.spec.errors import Refusal
from consentry.spec.scopes import Scope
from consentry.tokens import Entropy, Secret, identifier

# Stands in for a client: ids of registered ones begin otherwise, and those of documents are URLs.
PERSONAL_KEY = "api-key"
LONGEST_LABEL = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """A key that a person wants. `ttl` is in seconds, None for one without end; `scope` is as it was asked for."""

    account: Account
    deployment: Deployment
    resource: str
    scope: str | None
    label: str
    ttl: int | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """The key, known here and to whoever asked alone, and the grant that it stands for."""

    secret: Secret
    grant: Grant


class ApiKeyTransaction(EventTransaction, InvitationTransaction, Protocol):
    """What this needs of a transaction."""

    async def add_api_key(self, grant: Grant, key: AccessToken, event: Event) -> bool:
        """All three, or nothing where the account was disabled or the deployment removed."""
        ...


async def check(tx: InvitationTransaction, wanted: Wanted) -> Scope | Refusal:
    """The scope of the key, if this person could approve as much for an application."""
    if wanted.account.verified_at is None:
        return Refusal("access_denied", f"{wanted.account.email} is not verified.", "api_key:unverified")
    if not wanted.deployment.auth.oauth:
        sentence = f"{wanted.deployment.slug} takes no access tokens of this installation."
        return Refusal("invalid_target", sentence, "api_key:auth")
    refusal = await entry.check(tx, wanted.deployment, wanted.account)
    if refusal is not None:
        return refusal
    if not (len(wanted.label) <= LONGEST_LABEL and wanted.label.isprintable()):
        sentence = f"A label is one line of at most {LONGEST_LABEL} characters."
        return Refusal("invalid_request", sentence, "api_key:label")
    requested = scopes.parse(wanted.scope)
    if requested is None or not requested <= wanted.deployment.scopes:
        offered = scopes.render(wanted.deployment.scopes)
        return Refusal("invalid_scope", f"The scopes of {wanted.deployment.slug} are: {offered}.", "api_key:scope")
    return requested or wanted.deployment.scope


async def create(tx: ApiKeyTransaction, wanted: Wanted, entropy: Entropy, now: int) -> NewKey | Refusal:
    """A key that lives until its time, its grant, its account or its deployment ends."""
    scope = await check(tx, wanted)
    if isinstance(scope, Refusal):
        return scope
    ends_at = NEVER if wanted.ttl is None else now + wanted.ttl
    grant = Grant(
        identifier("grant", entropy),
        wanted.account.id,
        PERSONAL_KEY,
        Permissions(wanted.deployment.id, wanted.resource, scope),
        created_at=now,
        expires_at=ends_at,
        redirect_uri="",
        label=wanted.label.strip() or "API key",
    )
    secret = Format("api_key", wanted.deployment.format.key_prefix).mint(entropy)
    key = AccessToken(secret.digest(), grant.id, scope, now, ends_at, "api_key")
    event = Event(
        "grant:api_key:created",
        now,
        account_id=wanted.account.id,
        deployment_id=wanted.deployment.id,
        grant_id=grant.id,
        detail={"scope": scopes.render(scope)},
    )
    if not await tx.add_api_key(grant, key, event):
        return Refusal("access_denied", f"{wanted.account.email} is disabled.", "api_key:gone")
    return NewKey(secret, grant)


def label(grant: Grant) -> str:
    """What a key is called: by its maker, or after where it was sent, never as an application calls itself."""
    if grant.label is not None:
        return grant.label
    if known := KNOWN_ADDRESSES.get(grant.redirect_uri):
        return known
    if (host := cimd.host(grant.client_id)) is not None:  # a metadata document, which stands at its client_id
        return host
    if not grant.redirect_uri:
        return "A device" if grant.subject is None else "An application that acts for itself"
    parts = uris.split(grant.redirect_uri)
    if parts is not None and uris.is_loopback(parts):
        return "An application on a computer of yours"
    return uris.shown_host(grant.redirect_uri)
