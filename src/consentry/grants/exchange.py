"""One token request and what it may come to; what every grant type shares in checking and answering."""

from consentry.clients.model import Client
from consentry.formats import Format
from consentry.grants.model import NEVER, AccessToken, Grant, Permissions, Refreshing, RefreshToken
from consentry.grants.terms import Terms
from consentry.keys import Claims
from consentry.limits.model import NO_WINDOW, Window
from consentry.spec import acr, scopes, uris
from consentry.spec.errors import Refusal
from consentry.spec.params import Params
from consentry.spec.scopes import Scope
from consentry.tokens import Digest, Kind, Secret, mint
from consentry.values import frozen


@frozen
class Exchange:
    """A token request by a client that has proven who it is. `network` is the address that it came from."""

    params: Params
    client: Client
    network: str | None
    terms: Terms
    now: int


@frozen
class Issued:
    """A token response: OAuth 2.1 §3.2.3. The secrets in it are known here and to the client alone.

    `expires_in` is None for an API key without end. Where there are `claims`, the client gets them signed (that takes
    too long for a transaction), and `access_token` is their `jti`.
    """

    access_token: Secret
    expires_in: int | None
    scope: Scope
    refresh_token: Secret | None
    grant: Grant
    nonce: str | None = None  # of the authorization request, where a code is exchanged
    claims: Claims | None = None
    replaces: bool = False  # an API key takes the place of the one before


@frozen
class NewAccessToken:
    """An access token as the client and as the store gets it. `claims` are those of a JWT: RFC 9068 §2.2."""

    secret: Secret
    row: AccessToken
    grant: Grant
    claims: Claims | None

    def issued(self, refresh_token: Secret | None, nonce: str | None = None) -> Issued:
        row = self.row
        expires_in = None if row.expires_at == NEVER else row.expires_at - row.issued_at
        return Issued(
            self.secret, expires_in, row.scope, refresh_token, self.grant, nonce, self.claims, row.format == "api_key"
        )


def refreshing(client: Client, terms: Terms) -> Refreshing:
    """How a new grant of this client is going to be refreshed: OAuth 2.1 §4.3.1 wants a public client's to rotate."""
    return client.refresh or ("rotate" if client.public else terms.confidential_refresh)


def dead(kind: str, reason: str) -> Refusal:
    """One text for unknown, expired, spent and foreign alike, so that nobody can learn which it was.

    Clients start over on exactly `invalid_grant` (OAuth 2.1 §3.2.4).
    """
    return Refusal("invalid_grant", f"The {kind} is unknown, expired, used up or not yours: connect again.", reason)


def check_resource(params: Params, permissions: Permissions) -> Refusal | None:
    """RFC 8707 §2.2: a token request may name the resource that was granted (or its host, ADR 29), and no other."""
    granted = permissions.resource
    if all(resource == granted or uris.may_mean(resource, granted) for resource in params.resource):
        return None
    return Refusal(
        "invalid_target",
        "The resource is not the one that this access is for: name that one, or none.",
        "resource:other",
    )


def narrowed(params: Params, permissions: Permissions) -> Scope | Refusal:
    """The scope of the access token: what was granted, or the part of it that is asked for (RFC 6749 §6)."""
    requested = scopes.parse(params.get("scope"))
    if requested is None:
        return Refusal("invalid_scope", "The scope is malformed.", "scope:malformed")
    if not requested:
        return permissions.scope
    scope = requested & permissions.scope
    if not scope:
        return Refusal("invalid_scope", "None of these scopes was approved.", "scope:other")
    return scope


def new_refresh_token(
    grant: Grant, exchange: Exchange, predecessor: Digest | None = None, pace: Window = NO_WINDOW
) -> tuple[Secret, RefreshToken]:
    """The next link of the grant's chain: it ends with the grant, or before that where nobody uses it."""
    secret = mint(Kind.REFRESH_TOKEN, exchange.terms.entropy)
    expires_at = min(exchange.now + exchange.terms.refresh_token_idle_ttl, grant.expires_at)
    return secret, RefreshToken(secret.digest(), grant.id, exchange.now, expires_at, predecessor, pace=pace)


def new_access_token(grant: Grant, scope: Scope, exchange: Exchange, shape: Format) -> NewAccessToken:
    """An access token that lives no longer than its grant."""
    terms, now = exchange.terms, exchange.now
    secret = shape.mint(terms.entropy)
    expires_at = (
        grant.expires_at if shape.endless else min(now + shape.lifetime(terms.access_token_ttl), grant.expires_at)
    )
    row = AccessToken(secret.digest(), grant.id, scope, now, expires_at, shape.kind)
    return NewAccessToken(secret, row, grant, _claims(secret, row, grant) if shape.kind == "jwt" else None)


def _claims(jti: Secret, row: AccessToken, grant: Grant) -> Claims:
    return {
        **acr.claims(grant.auth_time, grant.amr),
        "aud": grant.permissions.resource,
        "sub": grant.sub,
        "client_id": grant.client_id,
        "exp": row.expires_at,
        "iat": row.issued_at,
        "jti": jti.reveal(),
        "scope": scopes.render(row.scope),
    }
