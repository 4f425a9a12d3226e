"""Whether a request may pass: RFC 6750 §3, MCP 2026-07-28 Authorization, "Access Token Usage"."""

from consentry.gateway.bearer import NoBearer
from consentry.gateway.model import Access, Elsewhere, Forward, Request, Stop, Target
from consentry.gateway.modes import anybody, check_unasked, ended_way, farewell
from consentry.gateway.origin import origins_allowed
from consentry.spec import cors
from consentry.spec.challenge import Challenge, ChallengeError
from consentry.spec.jsonrpc import INTERNAL_ERROR

FORWARDED = ("GET", "POST", "DELETE")
METHODS = (*FORWARDED, "OPTIONS")
# Told to those alone who may come in. Nothing says when it ends, so a client is asked to wait for minutes.
PAUSED = Stop(
    503,
    "This MCP server is paused by its owner: try again later, or ask them. Your access stays as it is.",
    (("Retry-After", "300"),),
    INTERNAL_ERROR,
)
_BEHIND = "The MCP server behind this deployment"


def decide(
    request: Request, target: Target | Elsewhere | None, access: Access | None, now: int, body_limit: int
) -> Forward | Challenge | Stop:
    """One of three outcomes. `access` is what the token was found to be, `body_limit` is in bytes."""
    if request.names(b"origin") and not origins_allowed(request.values(b"origin")):
        return Stop(403, "This page may not call MCP servers here: call from an https page or from localhost.")
    if request.method == "OPTIONS":
        requested = ",".join(request.values(b"access-control-request-headers"))
        return Stop(204, headers=cors.preflight(requested, METHODS))
    if target is None:
        return Stop(404, "There is no MCP server at this URL: compare it with the one you were given.")
    if isinstance(target, Elsewhere):
        return Stop(404, f"This MCP server is not behind this gateway: call it at its own URL, {target.resource}")
    if target.auth.public:
        access = anybody(target)
    refused = check_unasked(request) if target.auth.public else _check_bearer(request, target, access, now)
    if refused:
        return refused
    assert access is not None  # noqa: S101 - _check_bearer refuses without
    if target.paused:
        return PAUSED
    if request.method not in FORWARDED:
        allow = ("Allow", ", ".join(METHODS))
        return Stop(405, f"MCP has no {request.method} here: use {', '.join(FORWARDED)}.", (allow,))
    if target.fault:
        return Stop(502, target.fault, code=INTERNAL_ERROR, reason="the upstream's headers cannot be opened")
    down = farewell(target.auth) if access.foreign else ()
    return (
        _check_coding(request)
        or check_length(content_length(request), body_limit)
        or Forward(target, access, down=down)
    )


def _check_coding(request: Request) -> Stop | None:
    """RFC 9112 §6.1: what we cannot undo, we cannot pass on in a framing of our own."""
    if not request.names(b"transfer-encoding"):
        return None
    codings = request.values(b"transfer-encoding")
    if ",".join(codings).strip().lower() == "chunked":
        return None
    return Stop(501, "Of the transfer codings only chunked is taken here: send the body as it is.")


def holds_until(target: Target, access: Access) -> int:
    """When (epoch seconds) a decision to let a request pass is another, if nothing changes but the time."""
    sunset_at = target.auth.sunset_at if access.foreign else None
    return access.expires_at if sunset_at is None else min(access.expires_at, sunset_at)


def check_length(length: int, limit: int) -> Stop | None:
    """Bodies are streamed, but not without end (RFC 9110 §15.5.14)."""
    if length <= limit:
        return None
    return Stop(413, f"The request is larger than the {limit} bytes taken here: send it in smaller parts.")


def check_answer(status: int) -> Stop | None:
    """Statuses of an upstream that must not reach the client as they are.

    A client takes a 401 or 403 for ours: it would throw its good token away and sign in again, for ever.
    A redirect would show an internal address, and following it would let an upstream choose whom we call.
    """
    if 200 <= status < 300:
        return None
    reason = f"the upstream answered {status}"
    if status in (401, 403, 407):
        sentence = f"{_BEHIND} refused the gateway's credentials: its owner must mend them."
    elif 300 <= status < 400:
        sentence = f"{_BEHIND} answered with a redirect: its owner must name its final URL."
    elif not 200 <= status < 600:  # RFC 9110 §15: three digits, the first from 1 to 5; and 101 was never asked for
        sentence = f"{_BEHIND} answered with a status that HTTP does not have here: its owner must mend it."
    else:
        return None
    return Stop(502, sentence, code=INTERNAL_ERROR, reason=reason)


def _check_bearer(request: Request, target: Target, access: Access | None, now: int) -> Challenge | None:
    if not isinstance(request.credential, NoBearer):
        return _check_access(target, access, now)
    match request.credential:
        case NoBearer.ABSENT:
            return _challenge(target, None, "")
        case NoBearer.REPEATED:
            return _challenge(target, "invalid_request", "Send one access token, in one Authorization header.")
        case NoBearer.IN_QUERY:  # OAuth 2.1 §5.2: a URL ends up in logs and histories
            sentence = "Send the access token in the Authorization header, never in the URL."
            return _challenge(target, "invalid_token", sentence)
        case NoBearer.UNRECOGNISED:
            return _challenge(target, "invalid_token", "The access token is not known here: connect again.")


def _check_access(target: Target, access: Access | None, now: int) -> Challenge | None:
    if access is None:
        return _challenge(target, "invalid_token", "The access token is not known here: connect again.")
    if access.deployment_id != target.deployment_id:  # RFC 8707 §2: a token is for one resource
        return _challenge(target, "invalid_token", "The access token is for another MCP server: connect to this one.")
    if access.ended:
        return _challenge(target, "invalid_token", "This access was ended: connect again, or get a new API key.")
    if target.admission and access.person and not target.admission.admits(access.person):
        sentence = "Your account is no longer let in here: ask the owner, or connect with another account."
        return _challenge(target, "invalid_token", sentence)
    if not (target.auth.jwt if access.foreign else target.auth.oauth):
        return _challenge(target, "invalid_token", "Tokens of this kind are not taken here: connect again.")
    if access.foreign and target.auth.sunset_at is not None and target.auth.sunset_at <= now:
        return _challenge(target, "invalid_token", ended_way(target.auth.sunset_at))
    if access.expires_at <= now:
        return _challenge(target, "invalid_token", "The access token has expired: refresh it, or connect again.")
    if target.scopes.names.isdisjoint(access.scope):
        return _challenge(
            target,
            "insufficient_scope",
            "This needs more than was approved: ask for approval again, with the scopes named here.",
        )
    return None


def _challenge(target: Target, error: ChallengeError | None, description: str) -> Challenge:
    # A scope of ours says nothing to another issuer.
    scope = target.scopes.default if target.auth.oauth else frozenset[str]()
    return Challenge(target.resource_metadata, scope, error, description)


def content_length(request: Request) -> int:
    """Of the body, as it is stated."""
    for name, value in reversed(request.headers):
        if name == b"content-length":
            return int(value)
    return 0
