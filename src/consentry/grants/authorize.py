"""The authorization request and its answer: OAuth 2.1 §4.1.1, §4.1.2, RFC 8707 §2, RFC 9207."""

from dataclasses import dataclass, field, replace
from typing import Protocol

from consentry.audit import Event, EventName, EventTransaction
from consentry.clients import stale
from consentry.clients.model import Client
from consentry.clients.registration import Tombstone
from consentry.deployments.model import Deployment
from consentry.grants import authentication
from consentry.grants.authentication import Authentication, AuthenticationRequest
from consentry.grants.model import AuthorizationCode, GrantTransaction, Permissions, PushedRequest
from consentry.grants.terms import Terms
from consentry.spec import pkce, scopes, uris
from consentry.spec.errors import ErrorCode, Refusal
from consentry.spec.params import Params
from consentry.tokens import Kind, Secret, mint

LONGEST_STATE = 4096


@dataclass(frozen=True, slots=True)
class Stop:
    """The request cannot be trusted to redirect: it is answered here, on a page (OAuth 2.1 §4.1.2.1).

    `gone` is the client where it was registered once, `calls_itself` its name where it waits for the operator.
    """

    refusal: Refusal
    gone: Tombstone | None = None
    calls_itself: str | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """A known client and a way back that is its own; from here on, faults are told to the client."""

    client: Client
    redirect_uri: str
    state: str | None


@dataclass(frozen=True, slots=True)
class Redirect:
    """The client is told, by way of the browser, with `state` and `iss`."""

    caller: Caller
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A valid request, ready to be put to a person. `max_age` in seconds."""

    caller: Caller
    deployment: Deployment
    permissions: Permissions
    code_challenge: str
    authentication: AuthenticationRequest = field(default_factory=AuthenticationRequest)
    pushed: PushedRequest | None = None


def identify(params: Params, client: Client | None, gone: Tombstone | None = None) -> Caller | Stop:
    """Who asks, and where the answer may go. `gone` is what is left of a client that was removed."""
    if params.get("client_id") is None:
        return _stop("invalid_request", "The request names no application (client_id is missing).", "client_id:absent")
    if client is None and gone is not None:
        return Stop(stale.refusal(gone), gone)
    if client is None:
        return _stop("invalid_client", "No application is registered under this client_id.", "client_id:unknown")
    if client.pending:
        stop = _stop("access_denied", "The operator has not approved this application yet.", "client:pending")
        return replace(stop, calls_itself=client.name)
    requested = params.get("redirect_uri")
    if requested is None:
        # The port of a loopback address varies from one start to the next, so it has to be said (RFC 8252 §7.3).
        if (
            len(client.redirect_uris) != 1
            or uris.without_loopback_port(client.redirect_uris[0]) != client.redirect_uris[0]
        ):
            return _stop("invalid_request", "The request has no redirect_uri.", "redirect_uri:absent")
        requested = client.redirect_uris[0]
    if not client.redirects_to(requested):
        return _stop(
            "invalid_request",
            "The redirect_uri is not one that the application registered.",
            "redirect_uri:unknown",
        )
    return Caller(client, requested, params.get("state"))


def decide(
    params: Params,
    caller: Caller,
    deployment: Deployment | None,
    resource: str,
    pushed: PushedRequest | None = None,
) -> AuthorizationRequest | Redirect:
    """Whether the request can be put to a person. `deployment` is what `resource` names."""
    refusal = _fault(params, caller)
    if refusal is not None:
        return Redirect(caller, refusal)
    if deployment is None:
        return Redirect(caller, unknown_resource(params))
    permissions = permitted(params, caller.client, deployment, resource)
    if isinstance(permissions, Refusal):
        return Redirect(caller, permissions)
    asked = authentication.parse(params)
    if isinstance(asked, Refusal):
        return Redirect(caller, asked)
    return AuthorizationRequest(
        caller,
        deployment,
        permissions,
        params.get("code_challenge") or "",
        asked,
        pushed,
    )


def permitted(params: Params, client: Client, deployment: Deployment, resource: str) -> Permissions | Refusal:
    """What of a request's scope the client may be given at the deployment that `resource` names."""
    if client.deployment_id not in {None, deployment.id}:
        return Refusal(
            "invalid_target",
            "This client was made for another MCP server: use the URL that came with it, or have one made for this.",
            "resource:of_another_client",
        )
    requested = scopes.parse(params.get("scope"))
    if requested is None:
        return Refusal("invalid_scope", "The scope is malformed.", "scope:malformed")
    # Who names no resource and asks for openid wants to know the person, and gets no more than that (ADR 17).
    default = deployment.scope if params.resource or scopes.OPENID not in requested else frozenset[str]()
    granted = scopes.narrow(requested, deployment.scopes | scopes.BESIDE, default)
    return Permissions(deployment.id, resource, granted)


def unknown_resource(params: Params) -> Refusal:
    """RFC 8707 §2: the resource is missing, unknown, or not for this client."""
    if not params.resource:
        sentence = (
            "The request does not say which MCP server it is for: the client has to send its MCP URL as resource."
        )
        return Refusal("invalid_target", sentence, "resource:absent")
    return Refusal(
        "invalid_target",
        "The resource is no MCP server of this installation: use its MCP URL as it was given to you.",
        "resource:unknown",
    )


def _fault(params: Params, caller: Caller) -> Refusal | None:
    if params.get("request") is not None:
        return Refusal("request_not_supported", "Request objects are not supported.", "request")
    if params.get("request_uri") is not None:
        return Refusal("request_uri_not_supported", "request_uri is not supported.", "request_uri")
    if caller.state is not None and len(caller.state) > LONGEST_STATE:
        return Refusal("invalid_request", f"state is longer than {LONGEST_STATE} characters.", "state:long")
    if params.get("response_type") is None:
        return Refusal("invalid_request", "response_type is missing.", "response_type:absent")
    if params.get("response_type") != "code":
        return Refusal("unsupported_response_type", "response_type must be code.", "response_type")
    if params.get("response_mode") not in {None, "query"}:
        return Refusal("invalid_request", "response_mode must be query.", "response_mode")
    # RFC 7636 §4.4.1; a missing method means plain, which OAuth 2.1 §4.1.1 forbids here.
    if not pkce.is_challenge(params.get("code_challenge") or ""):
        return Refusal("invalid_request", "PKCE is required: send code_challenge (S256).", "pkce:challenge")
    if params.get("code_challenge_method") not in pkce.METHODS:
        return Refusal("invalid_request", "code_challenge_method must be S256.", "pkce:method")
    return None


class ApprovalTransaction(EventTransaction, Protocol):
    """What an approval needs of a transaction."""

    async def add_code(self, code: AuthorizationCode) -> None: ...


async def approve(
    tx: ApprovalTransaction,
    request: AuthorizationRequest,
    held: Authentication,
    network: str | None,
    terms: Terms,
    now: int,
) -> Secret:
    """The person pressed Approve: an authorization code, bound to all that it was given for (OAuth 2.1 §4.1.2)."""
    code = mint(Kind.AUTHORIZATION_CODE, terms.entropy)
    caller = request.caller
    await tx.add_code(
        AuthorizationCode(
            code.digest(),
            caller.client.id,
            held.account_id,
            request.permissions,
            caller.redirect_uri,
            request.code_challenge,
            expires_at=now + terms.code_ttl,
            network=network,
            nonce=request.authentication.nonce,
            auth_time=held.auth_time,
            amr=held.amr,
            browser=held.browser,
        )
    )
    await tx.add_event(_event("grant:consent:approved", request, held.account_id, network, now))
    return code


async def deny(
    tx: GrantTransaction, request: AuthorizationRequest, account_id: str, network: str | None, now: int
) -> Redirect:
    """The person pressed Deny: OAuth 2.1 §4.1.2.1."""
    await tx.add_event(_event("grant:consent:denied", request, account_id, network, now))
    return Redirect(request.caller, Refusal("access_denied", "The person said no.", "consent:denied"))


def _event(name: EventName, request: AuthorizationRequest, account_id: str, network: str | None, now: int) -> Event:
    return Event(
        name,
        now,
        network=network,
        account_id=account_id,
        client_id=request.caller.client.id,
        deployment_id=request.deployment.id,
        detail={"scope": scopes.render(request.permissions.scope)},
    )


def _stop(error: ErrorCode, description: str, reason: str) -> Stop:
    return Stop(Refusal(error, description, reason))
