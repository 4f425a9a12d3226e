"""GET /metrics: for Prometheus, or whoever else on this machine asks."""

import hmac
from ipaddress import ip_address

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from consentry import metrics
from consentry.web.responses import NO_STORE
from consentry.web.site import Site

# A proxy on this machine is no reason to tell the world; where there is https, there is one, and it may not say so.
_PASSED_ON = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


async def answer(site: Site, request: Request) -> Response:
    """To whom it is not for, there is nothing here."""
    if not _allowed(site, request):
        raise HTTPException(404)
    return Response(metrics.exposition(), headers=NO_STORE | {"Content-Type": metrics.MEDIA_TYPE})


def _allowed(site: Site, request: Request) -> bool:
    if site.metrics_token is not None:
        shown = request.headers.get("authorization", "")
        return hmac.compare_digest(shown.encode(), f"Bearer {site.metrics_token}".encode())
    proxied = site.addresses.secure or any(name in request.headers for name in _PASSED_ON)
    if proxied or request.client is None:
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
