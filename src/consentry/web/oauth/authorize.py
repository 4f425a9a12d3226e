"""GET and POST /authorize: OAuth 2.1 §4.1.1. The request stays in the address; nothing is kept before Approve."""

from collections.abc import Callable
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from consentry.accounts.model import SignedIn
from consentry.clients.model import Client
from consentry.deployments.model import Deployment
from consentry.grants import authentication, authorize, entry, id_token, pushed
from consentry.grants.authorize import AuthorizationRequest, Redirect, Stop
from consentry.grants.model import PushedRequest
from consentry.grants.pushed import Waiting
from consentry.spec import params, uris
from consentry.spec.errors import Refusal
from consentry.spec.params import Params
from consentry.web import browser as browsers
from consentry.web import reading, responses, showing
from consentry.web.browser import Browser
from consentry.web.oauth import afresh, consent, returning, shelving
from consentry.web.pages import recovery, words
from consentry.web.pages.words import Wording
from consentry.web.returning import sign_in_path
from consentry.web.site import Site, Transaction

LONGEST_QUERY = 16_384

# What the person reads where the client cannot be told; the keys are the refusals' reasons.
STOPS: dict[str, Wording] = {
    "client_id:absent": words.MISSING_CLIENT,
    "client_id:unknown": words.UNKNOWN_CLIENT,
    "client:gone": words.STALE_CLIENT,
    "client:pending": words.PENDING_CLIENT,
    "redirect_uri:absent": words.NO_REDIRECT_URI,
    "redirect_uri:unknown": words.UNKNOWN_REDIRECT_URI,
    "pushed:gone": words.REQUEST_GONE,
}


async def read(site: Site, query: str) -> AuthorizationRequest | Redirect | Stop:
    """A query string to a request that can be put to a person, or to what to answer instead."""
    query = afresh.request_of(query)
    if len(query) > LONGEST_QUERY:
        return Stop(Refusal("invalid_request", "The request is too long.", "params:long"))
    parsed = params.parse(query)
    if isinstance(parsed, Refusal):
        return Stop(parsed)
    name, client_id = pushed.name_of(parsed), parsed.get("client_id")
    if isinstance(name, Refusal):
        return Stop(name)
    if name is None or client_id is None:
        wanted = await check(site, parsed)
        return _pushed_first(site, wanted) if isinstance(wanted, AuthorizationRequest) else wanted

    async def find(tx: Transaction) -> Waiting | Refusal:
        return await pushed.find(tx, name, client_id, site.terms, site.clock())

    # RFC 9101 §5: what stands beside the request_uri in the address counts for nothing.
    shelf = site.shelf
    waiting = await (shelving.opening(site, shelf, name, find) if shelf else site.store.write(find))
    return Stop(waiting) if isinstance(waiting, Refusal) else await check(site, waiting.params, waiting.pushed)


async def check(
    site: Site, parsed: Params, waiting: PushedRequest | None = None
) -> AuthorizationRequest | Redirect | Stop:
    """The parameters against what is known of client and deployment. `waiting` is the pushed request they are of."""

    client = await site.clients.find_current_client(parsed.get("client_id") or "")
    if isinstance(client, Refusal):
        return Stop(client)

    async def work(tx: Transaction) -> AuthorizationRequest | Redirect | Stop:
        client_id = parsed.get("client_id") or ""
        gone = await tx.find_tombstone(client_id) if client is None else None
        caller = authorize.identify(parsed, client, gone)
        if isinstance(caller, Stop):
            return caller
        deployment = await deployment_of(tx, site, parsed, caller.client)
        resource = deployment.resource_at(site.addresses) if deployment else ""
        return authorize.decide(parsed, caller, deployment, resource, waiting)

    return await site.store.read(work)


def _pushed_first(site: Site, wanted: AuthorizationRequest) -> AuthorizationRequest | Redirect:
    """RFC 9126 §5: where the server says so, it takes no other."""
    if not site.terms.require_pushed_requests:
        return wanted
    sentence = "This server takes pushed authorization requests alone (RFC 9126): post the request to /par first."
    return Redirect(wanted.caller, Refusal("invalid_request", sentence, "pushed:required"))


async def show(site: Site, request: Request) -> Response:
    """GET: the consent page, by way of signing in; or what stands in the way."""
    query = request.url.query
    too_often = await _too_often(site, request, query)
    if too_often is not None:
        return too_often
    match await read(site, query):
        case Stop() as stop:
            if stop.gone is not None:
                await returning.note(site, request, stop.gone)
            return stopped(site, request, stop)
        case Redirect() as redirect:
            return await _tell(site, request, redirect, silent="none" in request.query_params.get("prompt", "").split())
        case AuthorizationRequest() as wanted:
            return await _put(site, request, wanted, query)


async def _too_often(site: Site, request: Request, query: str) -> Response | None:
    browser = await browsers.of(request, site)
    account_id = browser.signed_in.account.id if browser.signed_in else None
    refusal = await site.gate.authorize(reading.network(request), account_id, query, site.clock())
    if refusal is None:
        return None
    # Signing in has limits of its own, and whoever is signed in does not pay for the neighbours.
    link = ("Sign in", sign_in_path(site, f"{site.addresses.path('authorize')}?{query}")) if not account_id else None
    return showing.too_often(request, site, refusal.retry_after or 1, link=link)


async def resend(site: Site, request: Request) -> Response:
    """POST: OpenID Connect Core §3.1.2.1 wants it to mean the same as GET, so it becomes one."""
    return forward(site, request, (await reading.body(request)).decode("ascii", "replace"))


def forward(site: Site, request: Request, query: str) -> Response:
    """The same request at the issuer's own address."""
    if len(query) > LONGEST_QUERY or not query.isprintable() or not query.isascii() or " " in query:
        return stopped(site, request, Stop(Refusal("invalid_request", "The request is malformed.", "params:long")))
    return responses.see_other(f"{site.way('authorize')}?{query}")


def stopped(site: Site, request: Request, stop: Stop) -> Response:
    """The page for what must not be redirected."""
    by_document = stop.refusal.reason.startswith("document:")
    wording = words.UNUSABLE_DOCUMENT if by_document else STOPS.get(stop.refusal.reason, words.MALFORMED_REQUEST)
    detail = [("What is wrong", stop.refusal.description)]
    asked = request.query_params
    if by_document:
        detail.append(("Client ID", asked.get("client_id", "none")))
    if wording is words.UNKNOWN_REDIRECT_URI:
        detail.append(("Redirect URI", asked.get("redirect_uri", "none")))
    if wording is words.PENDING_CLIENT:
        detail.append(("It calls itself", stop.calls_itself or "nothing"))
        detail.append(("Client ID", asked.get("client_id", "none")))
    if wording in {words.UNKNOWN_CLIENT, words.STALE_CLIENT}:
        steps = recovery.steps(stop.gone.name if stop.gone else "", asked.get("redirect_uri", ""))
        wording = replace(wording, next_step=steps or wording.next_step)
    return showing.stop(request, site, wording, detail=tuple(detail))


def not_allowed(site: Site, request: Request, refusal: Refusal) -> Response:
    """The page for an account that the deployment does not let in."""
    link = ("Use another account", site.addresses.path("account"))
    return showing.stop(request, site, words.NOT_ALLOWED, detail=(("Why", refusal.description),), link=link)


async def person(site: Site, browser: Browser, wanted: AuthorizationRequest, query: str) -> SignedIn | Refusal:
    """Who is here to answer the request, or why somebody has to sign in first."""
    signed_in = browser.signed_in
    held = authentication.of(signed_in) if signed_in else None
    refusal = authentication.check(
        wanted.authentication,
        held,
        answers=afresh.answered(site, query, browser),
        hinted=await _hinted(site, wanted),
        now=site.clock(),
    )
    return refusal or signed_in or Refusal("login_required", "The person is not signed in.", "session:absent")


async def _hinted(site: Site, wanted: AuthorizationRequest) -> str | None:
    """The account of an ID token that we signed for this very client, however old; anything else is no hint."""
    hint = wanted.authentication.id_token_hint
    claims = await site.signer.verify(hint, id_token.TYP, expired_too=True) if hint else None
    return str(claims["sub"]) if claims and claims.get("aud") == wanted.caller.client.id else None


async def nobody(
    site: Site, request: Request, browser: Browser, wanted: AuthorizationRequest, query: str, refusal: Refusal
) -> Response:
    """The way to sign in; where no page may be shown, or it was of no use, the client is told instead."""
    if wanted.authentication.silent or (refusal.reason == "session:other" and afresh.answered(site, query, browser)):
        return await _tell(site, request, Redirect(wanted.caller, refusal), silent=wanted.authentication.silent)
    if wanted.authentication.insists:
        query = afresh.marked(site, query, browser)
    return responses.see_other(sign_in_path(site, f"{site.addresses.path('authorize')}?{query}"))


async def _put(site: Site, request: Request, wanted: AuthorizationRequest, query: str) -> Response:
    browser = await browsers.of(request, site)
    here = await person(site, browser, wanted, query)
    if isinstance(here, Refusal):
        return await nobody(site, request, browser, wanted, query, here)
    refusal = await site.store.read(lambda tx: entry.check(tx, wanted.deployment, here.account))
    if wanted.authentication.silent:
        # Nobody is let in without a gesture, however often they were before (protocol rule C16).
        needed = Refusal("consent_required", "The person has to approve.", "prompt:none")
        if refusal is not None:
            needed = Refusal("interaction_required", "The person has to choose another account.", refusal.reason)
        return await _tell(site, request, Redirect(wanted.caller, needed), silent=True)
    if refusal is not None:
        return not_allowed(site, request, refusal)
    view = await consent.view(site, consent.of_redirect(wanted, query), browser, here.account)
    return showing.show(request, site, view, browser)


async def _tell(site: Site, request: Request, redirect: Redirect, *, silent: bool) -> Response:
    """Tells the client by way of the browser. Anybody may register a client that leads to their own site, and would
    have a link of ours that leads there at once (RFC 9700 §4.11.2): a person who is not even signed in is asked first.
    A silent request is told all the same, unless a person has it before their eyes (Fetch Metadata, ADR 17).
    """
    caller = redirect.caller
    unseen = silent and request.headers.get("sec-fetch-dest") != "document"
    if unseen or caller.client.source == "operator" or _is_loopback(caller.redirect_uri):
        return responses.redirected(redirect, site.addresses, site.troubleshooting_url)
    if (await browsers.of(request, site)).signed_in is not None:
        return responses.redirected(redirect, site.addresses, site.troubleshooting_url)
    back = responses.redirect_url(redirect, site.addresses, site.troubleshooting_url)
    link = (f"Go back to {uris.shown_host(caller.redirect_uri)}", back)
    detail = (("What is wrong", redirect.refusal.description),)
    return showing.stop(request, site, words.FAULTY_REQUEST, detail=detail, link=link)


def _is_loopback(uri: str) -> bool:
    parts = uris.split(uri)
    return parts is not None and uris.is_loopback(parts)


async def deployment_of(tx: Transaction, site: Site, parsed: Params, client: Client) -> Deployment | None:
    """What the request is for: RFC 8707 §2. One that names nothing, or but a host, means the only thing there is, if it
    is so (ADRs 10 and 29)."""
    deployments = [one for one in await tx.list_deployments() if one.auth.oauth]

    def named(says: Callable[[str, str], bool]) -> list[Deployment]:
        return [
            one
            for one in deployments
            if all(says(resource, one.resource_at(site.addresses)) for resource in parsed.resource)
        ]

    if parsed.resource and (found := named(uris.same_resource)):
        return found[0]
    possible = [one for one in named(uris.may_mean) if client.deployment_id in {None, one.id}]
    return possible[0] if len(possible) == 1 else None
