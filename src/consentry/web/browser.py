"""The browser at the other end: its cookie, its session, and proof that a form of ours was sent by it."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from consentry.accounts.model import SignedIn
from consentry.tokens import Kind, Secret, mint, recognise
from consentry.web.site import Site, Transaction

CSRF_PURPOSE = "csrf"
SESSION_FORM = "session"  # forms that are about nothing but this session


@dataclass(frozen=True, slots=True)
class Browser:
    """One browser. Its secret stands in a cookie before and after sign-in, and is a new one after."""

    secret: Secret
    fresh: bool
    signed_in: SignedIn | None


async def of(request: Request, site: Site) -> Browser:
    """The browser that sent the request; one without a cookie is given one by `remember`."""
    secret = recognise(request.cookies.get(cookie_name(site), ""), Kind.SESSION)
    if secret is None:
        return Browser(mint(Kind.SESSION, site.entropy), fresh=True, signed_in=None)
    digest = secret.digest()

    async def work(tx: Transaction) -> SignedIn | None:
        return await tx.find_session(digest)

    found = await site.store.read(work)
    if found is not None and (site.clock() >= found.session.expires_at or found.account.disabled_at is not None):
        found = None
    if found is not None and site.accounts.second_factor == "required" and found.account.second_factor_at is None:
        found = None  # it began before the operator demanded one
    return Browser(secret, fresh=False, signed_in=found)


async def still_in(tx: Transaction, browser: Browser) -> bool:
    """Whether they are signed in by now, too: a password or a stranger's document may have been waited for meanwhile,
    and whoever was shut out must not leave behind what outlives their session. It stays so until the commit."""
    account_id = browser.signed_in.account.id if browser.signed_in is not None else ""
    return await tx.hold_account(account_id) and await tx.find_session(browser.secret.digest()) is not None


def remember(response: Response, secret: Secret, site: Site) -> Response:
    """Sets the cookie: `__Host-` and Secure on https, a plain one on loopback http, for the browser's session."""
    response.set_cookie(
        cookie_name(site), secret.reveal(), path="/", secure=site.addresses.secure, httponly=True, samesite="lax"
    )
    return response


def forget(response: Response, site: Site) -> Response:
    """Takes the cookie back."""
    response.delete_cookie(cookie_name(site), path="/", secure=site.addresses.secure, httponly=True, samesite="lax")
    return response


def cookie_name(site: Site) -> str:
    """Below a path it bears the path: `__Host-` reaches the whole host, and another installation may be on it."""
    name = f"consentry{site.addresses.prefix.replace('/', '.')}"
    return f"__Host-{name}" if site.addresses.secure else name


def csrf(browser: Browser, site: Site, form: str) -> str:
    """What a form must carry: bound to this browser and to what the form is about, good for as long as the session.

    A page that is loaded twice carries the same, so neither copy goes stale.
    """
    return site.terms.sealer.sign(_message(browser, form), CSRF_PURPOSE).hex()


def sent_by(request: Request, browser: Browser, site: Site, form: str, given: str | None) -> bool:
    """Whether the form was ours, shown to this browser and sent from our own page."""
    # Fetch Metadata: a browser says by itself where a request comes from; the token is for those that do not.
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    # `Referrer-Policy: no-referrer` makes our own pages say `null`.
    if request.headers.get("origin", "null") not in {"null", site.addresses.origin}:
        return False
    try:
        signature = bytes.fromhex(given or "")
    except ValueError:
        return False
    return site.terms.sealer.verify(_message(browser, form), CSRF_PURPOSE, signature)


def _message(browser: Browser, form: str) -> bytes:
    return browser.secret.digest() + form.encode()
