"""Deployments that ask for no token of ours: who comes in unasked, and how an older way is taken leave of (ADR 24)."""

from email.utils import formatdate

from consentry.deployments.authentication import Authentication
from consentry.gateway.bearer import NoBearer
from consentry.gateway.model import Access, Headers, Request, Stop, Target

_NEVER = 253_402_300_799  # the last second of the year 9999


def anybody(target: Target) -> Access:
    """Whoever calls a public deployment: nobody that is known, with all that there is."""
    return Access(target.deployment_id, "", "", "", target.scopes.names, _NEVER, ended=False)


def check_unasked(request: Request) -> Stop | None:
    """A token in the header does not go up. One in the URL would, and is kept in logs then (OAuth 2.1 §5.2)."""
    if request.credential in {NoBearer.IN_QUERY, NoBearer.REPEATED}:
        return Stop(400, "This MCP server asks for no access token: send none, and never one in the URL.")
    return None


def farewell(auth: Authentication) -> Headers:
    """RFC 9745 §2 and RFC 8594 §3: on each answer to who still comes in the older way, where its end is known."""
    if auth.sunset_at is None:
        return ()
    deprecated_at = min(auth.deprecated_at or auth.sunset_at, auth.sunset_at)
    sunset = formatdate(auth.sunset_at, usegmt=True)
    return ((b"deprecation", b"@%d" % deprecated_at), (b"sunset", sunset.encode()))


def ended_way(sunset_at: int) -> str:
    """What is said of a token of the older way, when that has ended."""
    day = formatdate(sunset_at, usegmt=True)[5:16]
    return f"Tokens of the older issuer are taken no more since {day}: connect again, to sign in and approve."
