"""GET /client-logo/{digest}: a client's logo, from our own address."""

from starlette.requests import Request
from starlette.responses import Response

from consentry.clients.logos import Logo
from consentry.web.site import Site, Transaction

# Addressed by its content, so it may be kept for ever. Should a browser ever open it by itself, it may do nothing.
HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


async def show(site: Site, request: Request) -> Response:
    """The picture, or 404."""
    digest: str = request.path_params["digest"]

    async def work(tx: Transaction) -> Logo | None:
        return await tx.find_logo_by_digest(digest)

    logo = await site.store.read(work)
    if logo is None:
        return Response(status_code=404)
    return Response(logo.image, media_type=logo.media_type, headers=HEADERS)
