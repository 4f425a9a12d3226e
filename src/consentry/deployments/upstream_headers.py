"""Headers of the owner's that every request to an upstream carries: kept sealed, and shown by name alone (ADR 25)."""

import json
import re
from collections.abc import Iterable

from consentry.sealing import Sealer
from consentry.spec import uris

Fields = tuple[tuple[str, str], ...]

MOST = 20
LONGEST_NAME = 100
LONGEST_VALUE = 8192
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 §5.6.2
_VALUE = re.compile(r"[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?")  # §5.5, less what not every server reads alike
# What a hop says to the next (RFC 9110 §7.6.1), what frames the message (RFC 9112 §6), what is the gateway's to say.
_REFUSED = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "expect",
        "host",
        "keep-alive",
        "last-event-id",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-request-id",
    }
)
_REFUSED_PREFIXES = ("content-", "mcp-", "proxy-", "x-consentry-")


def parse(lines: Iterable[str]) -> Fields | str:
    """`Name: value` each, the name in small letters; or in words what is wrong with one, without telling its value."""
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
        if not colon:
            return "Write an upstream header as 'Name: value'."
        if fault := _fault(name, value):
            return fault
        if name in found:
            return f"The upstream header {name} is given twice."
        found[name] = value
    return tuple(found.items())


def fault(fields: Fields) -> str | None:
    """What is wrong with all of them together, in words."""
    return f"An upstream may have {MOST} headers at most." if len(fields) > MOST else None


def seal(fields: Fields, upstream_url: str, sealer: Sealer) -> bytes | None:
    """They open for this upstream's origin alone: whoever points a deployment elsewhere must not get them by it."""
    return sealer.seal(json.dumps(fields).encode(), _purpose(upstream_url)) if fields else None


def unseal(sealed: bytes | None, upstream_url: str, sealer: Sealer) -> Fields | None:
    """None where no key opens them, or they were sealed for another origin."""
    if not sealed:
        return ()
    opened = sealer.open(sealed, _purpose(upstream_url))
    return tuple((name, value) for name, value in json.loads(opened)) if opened is not None else None


def merged(before: Fields, given: Fields) -> Fields:
    """Those before with those given instead of their namesakes; one without a value takes its namesake away."""
    return tuple((name, value) for name, value in (dict(before) | dict(given)).items() if value)


def renewed(
    given: Fields, upstream_url: str, sealer: Sealer, *, before_url: str = "", before: bytes | None = None
) -> bytes | str:
    """All that go from now on, sealed, empty for none; or in words what is wrong with them. Those before count where
    the upstream's origin stays the same."""
    kept = unseal(before, upstream_url, sealer) if same_origin(before_url, upstream_url) else ()
    fields = merged(kept or (), given)
    return fault(fields) or seal(fields, upstream_url, sealer) or b""


def same_origin(one: str, other: str) -> bool:
    """Whether what is sealed for one upstream opens for the other."""
    return _origin(one) == _origin(other)


def _fault(name: str, value: str) -> str | None:
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        return "The name of an upstream header is made of letters, digits and hyphens."
    if name in _REFUSED or name.startswith(_REFUSED_PREFIXES):
        return f"The header {name} is the gateway's own to write: choose another."
    if value and not (_VALUE.fullmatch(value) and len(value) <= LONGEST_VALUE):
        return f"The value of the upstream header {name} is no printable ASCII of at most {LONGEST_VALUE} characters."
    return None


def _purpose(upstream_url: str) -> str:
    return f"upstream-headers {_origin(upstream_url)}"


def _origin(url: str) -> str:
    """Of what is no URL, itself: whether it may be an upstream is asked elsewhere."""
    return uris.origin(uris.canonical(url) or url) if uris.split(url) is not None else url
