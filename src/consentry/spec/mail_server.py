"""smtp:// and smtps:// URLs: submission with STARTTLS (RFC 6409) or with implicit TLS (RFC 8314 §3.3)."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

Security = Literal["implicit", "starttls", "none"]

_PORTS: dict[Security, int] = {"implicit": 465, "starttls": 587, "none": 25}
_WRITTEN = "write it as smtp://USER:PASSWORD@HOST:587 (with STARTTLS) or smtps://USER:PASSWORD@HOST:465"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, and as whom."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def parse(url: str) -> MailServer | str:
    """The server, or what is wrong with the URL. `?tls=never` is for a relay that has no TLS, as one on this machine
    is taken to have none unless `?tls=always` says so."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        return _WRITTEN
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme not in {"smtp", "smtps"} or not host or parts.path not in {"", "/"} or parts.fragment:
        return _WRITTEN
    if set(options) - {"tls"} or options.get("tls", "always") not in {"always", "never"}:
        return "the only option is ?tls=never, for a relay without TLS, or ?tls=always"
    security: Security = "starttls"
    if parts.scheme == "smtps":
        security = "implicit"
    elif options.get("tls") == "never" or ("tls" not in options and _is_loopback(host)):
        security = "none"
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    if (user is None) != (password is None):
        return "give both a user and a password, or neither"
    if user is not None and security == "none" and not _is_loopback(host):
        return "a password must not travel without TLS: leave ?tls=never away"
    return MailServer(host, port or _PORTS[security], security, user, password)


def fault(url: str) -> str | None:
    """What is wrong with the URL, in words."""
    found = parse(url)
    return found if isinstance(found, str) else None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
