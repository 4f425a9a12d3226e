"""Pages as responses: chrome, headers and the notices that stop a person politely."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from consentry.web import browser as browsers
from consentry.web import navigation
from consentry.web.browser import Browser
from consentry.web.pages import words
from consentry.web.pages.render import PANELS, page
from consentry.web.pages.views import Chrome, View
from consentry.web.pages.words import Wording, notice
from consentry.web.site import Site

# No form-action: browsers apply it to the redirect that leads back to the client, and stop there without a word.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
)
# Pages that lead nowhere else: their forms stay here, and small scripts of ours make them handier.
PANEL_POLICY = f"{CONTENT_SECURITY_POLICY}; script-src 'self'; connect-src 'self'; form-action 'self'"
PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def chrome(request: Request, site: Site, browser: Browser | None) -> Chrome:
    signed_in = browser.signed_in if browser else None
    return Chrome(
        prefix=site.addresses.issuer if site.elsewhere else site.addresses.prefix,
        request_id=request_id(request),
        support_url=site.support_url,
        troubleshooting_url=site.troubleshooting_url,
        signed_in_as=signed_in.account.email if signed_in else None,
        csrf=browsers.csrf(browser, site, browsers.SESSION_FORM) if browser else "",
        navigation=navigation.places(site, signed_in.account, request.url.path) if signed_in else (),
    )


def show(request: Request, site: Site, view: View, browser: Browser | None, status: int = 200) -> Response:
    """The page; a browser that has no cookie yet is given one."""
    response = HTMLResponse(page(view, chrome=chrome(request, site, browser)), status, PAGE_HEADERS)
    if type(view) in PANELS:
        response.headers["Content-Security-Policy"] = PANEL_POLICY
    if site.elsewhere:  # style and mark are the issuer's
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace("'self'", site.addresses.origin)
    if browser is not None and browser.fresh:
        browsers.remember(response, browser.secret, site)
    return response


def stop(
    request: Request,
    site: Site,
    wording: Wording,
    *,
    detail: tuple[tuple[str, str], ...] = (),
    link: tuple[str, str] | None = None,
) -> Response:
    """A page that says what happened and what to do next."""
    view = notice(wording, chrome=chrome(request, site, None), detail=detail, link=link)
    return show(request, site, view, None, wording.status)


def too_often(request: Request, site: Site, wait: int, *, link: tuple[str, str] | None = None) -> Response:
    """429, with the seconds to wait for whoever does not read the page."""
    wording = words.TOO_OFTEN_HERE if link else words.TOO_OFTEN
    response = stop(request, site, wording, detail=(("Try again in", words.duration(wait)),), link=link)
    response.headers["Retry-After"] = str(wait)
    return response


def request_id(request: Request) -> str:
    """Given to every request at the edge; it stands in the answer's X-Request-Id too."""
    return str(request.scope.get("state", {}).get("request_id", ""))
