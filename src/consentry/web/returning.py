"""The way to sign in, and from there on: a page of ours that somebody was in the middle of, and nowhere else."""

import re
from urllib.parse import quote

from consentry.web.site import Site

LONGEST_NEXT = 20_000


def sign_in_path(site: Site, then: str, *, ended: bool = False, note: str | None = None) -> str:
    """Where to sign in, and where to go on afterwards. `ended`: there was a session; `note` one that the page knows."""
    told = "ended" if ended else note
    return f"{site.addresses.path('login')}?next={quote(then, safe='')}{f'&{told}=1' if told else ''}"


def safe_next(site: Site, given: str | None) -> str:
    """A page of ours: what somebody is in the middle of answering, or else the account."""
    authorize, device = site.addresses.path("authorize"), site.addresses.path("device")
    if not given or len(given) > LONGEST_NEXT or not _is_visible_ascii(given):
        return site.addresses.path("account")
    if given.startswith((f"{authorize}?", f"{device}?")) or given == device:
        return given
    places = "|".join(re.escape(site.addresses.path(place)) for place in ("dashboard", "account"))
    if re.fullmatch(rf"(?:{places})(?:/[A-Za-z0-9_-]+)*", given):
        return given
    return site.addresses.path("account")


def _is_visible_ascii(text: str) -> bool:
    return all("!" <= c <= "~" for c in text)
