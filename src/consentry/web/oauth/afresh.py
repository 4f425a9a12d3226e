"""A sign-in that a request insists on, and the proof that it took place: OpenID Connect Core §3.1.2.1, ADR 17.

The request itself stays as it is. A mark behind it, made here alone, says when its sign-in was asked for and whose
session there was then; only another session, begun since, answers it.
"""

import re
from hashlib import sha256

from consentry.web.browser import Browser
from consentry.web.site import Site

PURPOSE = "sign-in-asked"
MARK_SECONDS = 3600  # to find one's password in; an old address is no answer to a new request
_MARK = re.compile(r"&asked=([0-9]{1,12})-([0-9a-f]{16})-([0-9a-f]{64})\Z")


def request_of(query: str) -> str:
    """The request as its client made it, character for character."""
    return _MARK.sub("", query)


def marked(site: Site, query: str, browser: Browser) -> str:
    """The request with a fresh mark, to come back with."""
    request, when, whose = request_of(query), str(site.clock()), _session(browser)
    signature = site.terms.sealer.sign(_message(when, whose, request), PURPOSE).hex()
    return f"{request}&asked={when}-{whose}-{signature}"


def answered(site: Site, query: str, browser: Browser) -> bool:
    """Whether the session began in answer to the mark on this request."""
    mark = _MARK.search(query)
    if mark is None or browser.signed_in is None:
        return False
    when, whose, signature = mark.groups()
    if not site.terms.sealer.verify(_message(when, whose, request_of(query)), PURPOSE, bytes.fromhex(signature)):
        return False
    soon = site.clock() - int(when) < MARK_SECONDS
    return soon and browser.signed_in.session.created_at >= int(when) and _session(browser) != whose


def _session(browser: Browser) -> str:
    return sha256(browser.secret.digest()).hexdigest()[:16]


def _message(when: str, whose: str, request: str) -> bytes:
    return f"{when}-{whose}-{request}".encode()
