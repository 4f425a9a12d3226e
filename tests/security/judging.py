"""What every answer keeps, whatever the question was."""

import json
from html.parser import HTMLParser
from typing import get_args
from urllib.parse import urlsplit

from consentry.spec.errors import ErrorCode
from consentry.web.showing import CONTENT_SECURITY_POLICY, PANEL_POLICY
from tests.security.asking import Ask
from tests.security.ground import Answer, Supplies
from tests.security.texts import MARK, words
from tests.web.world import REDIRECT_URI

CODES = frozenset(get_args(ErrorCode)) | {"not_found", "unauthorized", "insufficient_scope"}
# Where each is sent by whoever holds it.
SECRETS = {"password": "password", "session": "cookie", "secret": "client_secret", "verifier": "code_verifier"}
SCHEMES = words(" https http mailto cursor vscode otpauth") | {""}
LINKS = frozenset({"href", "src", "action", "formaction", "cite", "background", "srcset", "data"})
TAGS = words(
    "html head meta title link body header main footer nav section article h1 h2 h3 h4 p a b strong em small span div"
    " bdi br hr ul ol li dl dt dd form input button label details summary code pre img svg path use time table thead"
    " wbr tbody tr td th caption fieldset legend select option optgroup textarea noscript aside kbd circle rect g abbr"
)


class _Page(HTMLParser):
    """All that a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def fault(ask: Ask, answer: Answer, supplies: Supplies, own: frozenset[str]) -> str | None:
    """In words, what is wrong with an answer; `own` are the origins that are ours."""
    return (
        _status_fault(ask, answer)
        or _header_fault(answer)
        or _location_fault(answer, own)
        or _leak(ask, answer, supplies)
        or _content_fault(ask, answer, own)
    )


def _status_fault(ask: Ask, answer: Answer) -> str | None:
    if 200 <= answer.status < 500:
        return None
    # Behind the tests' deployments nothing answers, and the gateway says so to whoever holds a token.
    unreachable = answer.status == 502 and b"MCP server behind this deployment" in answer.body
    if unreachable and any(name == "authorization" for name, _ in ask.headers):
        return None
    return f"status {answer.status}"


def _header_fault(answer: Answer) -> str | None:
    for name, value in answer.headers:
        if any(c in name + value for c in b"\r\n\0"):
            return f"a line break in {name!r}"
        if name.lower() != name and not name.isascii():
            return f"no name of a header: {name!r}"
    if answer.all("x-content-type-options") != ["nosniff"]:
        return "the kind of content may be guessed"
    if not answer.one("x-request-id"):
        return "no request id"
    for cookie in answer.all("set-cookie"):
        if not cookie.startswith("__Host-consentry") or not all(
            word in cookie for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/")
        ):
            return f"a cookie of another kind: {cookie}"
    if answer.one("access-control-allow-credentials"):
        return "credentials across origins"
    return None


def _location_fault(answer: Answer, own: frozenset[str]) -> str | None:
    """RFC 9700 §4.11: to a page of ours, or to what this very client registered."""
    locations = answer.all("location")
    if bool(locations) != (answer.status in range(300, 400) and answer.status != 304) or len(locations) > 1:
        return f"status {answer.status} with {locations}"
    for location in locations:
        if not location.isascii() or not location.isprintable() or " " in location:
            return f"a redirect in odd characters: {location!r}"
        parts = urlsplit(location)
        if location.startswith("/") and not location.startswith(("//", "/\\")):
            continue
        if f"{parts.scheme}://{parts.netloc}" in own or location.startswith(f"{REDIRECT_URI}?"):
            continue
        return f"a redirect to elsewhere: {location!r}"
    return None


def _leak(ask: Ask, answer: Answer, supplies: Supplies) -> str | None:
    """What was sent where secrets belong is not said again; what was put elsewhere is no secret any more."""
    whole = answer.body + b"\n".join(value for _, value in answer.headers)
    if ask.path.startswith("/authorize"):  # a POST becomes a GET, as it is
        return None
    for name, place in SECRETS.items():
        elsewhere = str((ask.path, ask.query, *(() if place == "cookie" else ask.headers)))
        if not isinstance(ask.body, bytes):
            elsewhere += str([pair for pair in ask.body if pair[0] != place])
        if supplies[name].encode() in whole and f"⟦{name}⟧" not in elsewhere and not answer.all("set-cookie"):
            return f"the {name} is shown"
    return None


def _content_fault(ask: Ask, answer: Answer, own: frozenset[str]) -> str | None:
    if ask.method == "HEAD" or not answer.body:
        return None
    match answer.media_type:
        case "text/html":
            return _page_fault(answer, own)
        case "application/json" | "application/jwk-set+json":
            return _json_fault(answer)
        case "application/problem+json":
            return _problem_fault(answer)
        case "text/csv" | "application/jsonl" if answer.one("content-disposition").startswith("attachment;"):
            return None  # a file that is saved, and never shown
        case "text/css" | "image/svg+xml" | "image/png" | "image/x-icon" | "image/vnd.microsoft.icon" if (
            ask.path.find("static") >= 0
        ):
            return None
        case "text/plain" if ask.path.find("static") >= 0:  # a range that cannot be met
            return None
        case other:
            return f"content of the kind {other!r}"


def _page_fault(answer: Answer, own: frozenset[str]) -> str | None:
    policy = answer.one("content-security-policy")
    if policy not in {CONTENT_SECURITY_POLICY, PANEL_POLICY} and not any(
        policy == CONTENT_SECURITY_POLICY.replace("'self'", origin) for origin in own
    ):
        return f"a page with the policy {policy!r}"
    if answer.one("x-frame-options") != "DENY" or answer.one("cache-control") != "no-store":
        return "a page that may be framed or kept"
    page = _Page()
    text = answer.body.decode()
    page.feed(text)
    page.close()
    tags = TAGS | {"script"} if policy == PANEL_POLICY else TAGS  # which runs what comes from our origin, and no more
    if not page.tags <= tags:
        return f"tags that are not ours: {page.tags - tags}"
    for name, value in page.attributes:
        if MARK in name or name.startswith("on") or name == "style":
            return f"an attribute that is not ours: {name}"
        if name in LINKS and urlsplit(value).scheme not in SCHEMES:
            return f"a link that runs: {value!r}"
    return None


def _problem_fault(answer: Answer) -> str | None:
    """RFC 9457 §3.1: what it is, the status once more, and a sentence."""
    told = json.loads(answer.body)
    if told["status"] != answer.status or "#" not in told["type"] or not (told["title"] and told["detail"]):
        return f"a problem that says too little: {told}"
    return None


def _json_fault(answer: Answer) -> str | None:
    try:
        told = json.loads(answer.body)
    except ValueError:
        return "no JSON"
    if not isinstance(told, dict):
        return "JSON that is no object"
    if "error" in told and isinstance(told["error"], str):
        described = told.get("error_description", "")
        if told["error"] not in CODES:
            return f"an error that no standard has: {told['error']!r}"
        if not described.isascii() or not described.isprintable() or '"' in described or "\\" in described:
            return f"a description of odd characters: {described!r}"
    if answer.status >= 400 and "error" not in told and "jsonrpc" not in told:
        return f"status {answer.status} without an error"
    return None
