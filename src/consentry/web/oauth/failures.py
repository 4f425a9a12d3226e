"""A client's request that failed is counted once its outcome is known, and told its error or to wait (ADR 19)."""

from starlette.requests import Request

from consentry.spec.errors import Refusal
from consentry.web import reading
from consentry.web.site import Site

# Reasons of refusals to one that showed what once was its own: real clients race, lose answers and come too late.
HELD = frozenset(
    {
        "code:expired",
        "code:replayed",
        "code:void",
        "device:void",
        "refresh:expired",
        "refresh:given_back",
        "refresh:grant_ended",
        "refresh:repeated_too_often",
        "refresh:reused",
        "refresh:unsealable",
    }
)


def name(request: Request, client_id: str) -> None:
    """Notes whom the request says that it comes from, true or not."""
    request.scope.setdefault("state", {})["client_id"] = client_id


async def told(site: Site, request: Request, refusal: Refusal) -> Refusal:
    """The refusal, or that there were too many."""
    client_id: str = request.scope.get("state", {}).get("client_id", "")
    held = refusal.reason in HELD
    return await site.gate.failed(refusal, reading.network(request), client_id, site.clock(), holds=held)
