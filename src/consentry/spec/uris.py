"""URIs: redirection (OAuth 2.1 §2.3, RFC 8252 §7), resources (RFC 8707 §2), well-known (RFC 8615)."""

import re
from urllib.parse import SplitResult, urlencode, urlsplit, urlunsplit

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
MOST_REDIRECT_URIS = 10
LONGEST_REDIRECT_URI = 500
_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")  # RFC 3986 §2
_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]|localhost))(?::[0-9]{1,5})?((?:[/?].*)?)")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")  # a name as DNS has it (punycode), or an address
DEFAULT_PORTS = {"https": 443, "http": 80}


def split(uri: str) -> SplitResult | None:
    """The parts of an absolute URI, or None where it is none: no character that a URI cannot have, a sane port."""
    if not _CHARACTERS.fullmatch(uri):
        return None
    try:
        parts = urlsplit(uri)
        _ = parts.port, parts.hostname
    except ValueError:
        return None
    return parts if parts.scheme else None


def is_loopback(parts: SplitResult) -> bool:
    """http on this very machine: RFC 8252 §7.3, and `localhost`, which real clients register."""
    return parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS


def redirect_uri_fault(uri: str, application_type: str | None, private_schemes: frozenset[str]) -> str | None:
    """What keeps a redirection URI from being registered, in words; None where it is fine.

    https; http on loopback; a private-use scheme only where the operator lists it.
    """
    if len(uri) > LONGEST_REDIRECT_URI:
        return f"is longer than {LONGEST_REDIRECT_URI} characters"
    parts = split(uri)
    if parts is None:
        return "is not an absolute URI: write all of it, as in https://app.example/callback"
    if "#" in uri:  # RFC 6749 §3.1.2: MUST NOT include a fragment component
        return "has a fragment: leave out the # and what follows"
    if parts.username is not None or parts.password is not None:
        return "holds a user name or password: leave them out"
    if parts.scheme in private_schemes:
        return "is for native applications" if application_type == "web" else None
    if parts.scheme not in {"https", "http"}:
        return "has a scheme that is not on the operator's list: use https, or http on loopback"
    if not parts.hostname:
        return "names no host"
    if not _HOST.fullmatch(parts.hostname):
        return "has a host that is no name or address (write it in ASCII, without escapes)"
    if parts.scheme == "https":
        return None
    if is_loopback(parts):
        # OpenID Connect Registration §2: web clients use https and not localhost.
        return "must be https for application_type web" if application_type == "web" else None
    return "must be https (http is for loopback alone)"


def shown_host(uri: str) -> str:
    """Where a redirection URI leads, for a person to read: the host, or the scheme alone where the device decides.

    `cursor://claude.ai/cb` leads to whatever claims `cursor:` on this device, and nothing at claude.ai is asked.
    """
    parts = urlsplit(uri)
    return parts.netloc if parts.scheme in {"https", "http"} else f"{parts.scheme}:"


def redirect_matches(registered: str, requested: str) -> bool:
    """Simple string comparison, except that a loopback port may vary: OAuth 2.1 §2.3.1, RFC 8252 §7.3."""
    if registered == requested:
        return True
    if split(registered) is None or split(requested) is None:
        return False
    ours, theirs = _LOOPBACK.fullmatch(registered), _LOOPBACK.fullmatch(requested)
    return ours is not None and theirs is not None and ours.groups() == theirs.groups()


def without_loopback_port(uri: str) -> str:
    """Two redirection URIs that `redirect_matches` takes for the same become one text."""
    loopback = _LOOPBACK.fullmatch(uri) if split(uri) is not None else None
    return "".join(loopback.groups("")) if loopback else uri


def with_query(uri: str, added: dict[str, str]) -> str:
    """The URI with parameters added; those it has are retained (RFC 6749 §3.1.2)."""
    mark = "" if uri.endswith(("?", "&")) else "&" if "?" in uri else "?"
    return f"{uri}{mark}{urlencode(added)}"


def canonical(uri: str) -> str | None:
    """A resource for comparing alone: scheme and host in lower case, no default port, no last slash.

    Clients spell one resource in several ways (`https://h` and `https://h/`); what is emitted stays as it was set.
    """
    parts = split(uri)
    if parts is None or "#" in uri or not parts.hostname or parts.username is not None:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if parts.port is not None and parts.port != DEFAULT_PORTS.get(parts.scheme):
        host = f"{host}:{parts.port}"
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), parts.query, ""))


def same_resource(one: str, other: str) -> bool:
    """Whether two spellings name one resource."""
    key = canonical(one)
    return key is not None and key == canonical(other)


def may_mean(asked: str, resource: str) -> bool:
    """Whether it names the resource, or nothing but the host that it is on, as some clients do (ADR 29)."""
    return same_resource(asked, resource) or same_resource(asked, origin(resource))


def origin(url: str) -> str:
    """Scheme and authority of an absolute URL: RFC 6454 §4, as we spell it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def insert_well_known(url: str, name: str) -> str:
    """The well-known URL between host and path: RFC 8414 §3.1, RFC 9728 §3.1."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"/.well-known/{name}{parts.path.rstrip('/')}", parts.query, ""))


def append_well_known(url: str, name: str) -> str:
    """The well-known URL behind the path: OpenID Connect Discovery §4.1."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"{parts.path.rstrip('/')}/.well-known/{name}", parts.query, ""))
