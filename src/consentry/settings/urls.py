"""What the operator may call this server and its MCP URLs: one spelling, and no two things at one address."""

import re
from urllib.parse import urlsplit

from consentry.spec import uris

SLUG = "{slug}"
# The first words below the issuer that are this program's own, or will be.
TAKEN = frozenset(
    {
        ".well-known", "account", "api", "authorize", "client-logo", "consent", "dashboard", "device",
        "device_authorization", "forward-auth", "healthz", "introspect", "jwks.json", "login", "logout", "metrics",
        "par", "readyz", "register", "reset-password", "revoke", "signup", "static", "token", "userinfo",
        "verify-email",
    }
)  # fmt: skip
_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*")
_EXAMPLES = "{public_url}/mcp/{slug}, https://mcp.example.com/{slug} or https://{slug}.mcp.example.com/mcp"


def spelling_fault(url: str) -> str | None:
    """What is wrong with an address that clients compare character for character (RFC 8414 §3.3, RFC 9728 §3.3)."""
    parts = uris.split(url)
    if parts is None or not parts.hostname or "?" in url or "#" in url or parts.username is not None:
        return "write it as https://host or https://host/path, without query or fragment"
    if not url.startswith(f"{parts.scheme}://{parts.netloc.lower()}"):
        return "write scheme and host in small letters"
    if parts.scheme != "https" and not (uris.is_loopback(parts) or _is_localhost_name(parts.scheme, parts.hostname)):
        return "only https will do, except on 127.0.0.1, [::1] and localhost"
    if parts.port == uris.DEFAULT_PORTS[parts.scheme] or parts.netloc.endswith(":"):
        return "leave the port out where it is the usual one, as clients do"
    if not _PATH.fullmatch(parts.path):
        return "its path is words of letters, digits and . _ ~ - with one slash between them, and none at the end"
    return None


def mcp_url_fault(template: str, public_url: str) -> str | None:
    """Why MCP URLs cannot be so, in words; `public_url` has been found good."""
    if template.count(SLUG) != 1:
        return f"it names {SLUG} once, as in {_EXAMPLES}"
    if not re.match(r"[^/]*//(?:\{slug\}\.|[^/]*/(?:.*/)?\{slug\}(?:/|$))", template):
        return f"{SLUG} is a whole word of the path or the first one of the host, as in {_EXAMPLES}"
    if fault := spelling_fault(template.replace(SLUG, "x")):
        return fault
    ours, theirs = urlsplit(public_url), urlsplit(template)
    if ours.scheme != theirs.scheme:
        return f"it begins with {ours.scheme}:// as public_url does"
    if ".well-known" in theirs.path.split("/"):
        return ".well-known is where metadata lies: choose another word"
    if ours.netloc == theirs.netloc:
        return _shared_host_fault(theirs.path.partition(SLUG)[0], ours.path)
    return None


def _shared_host_fault(before: str, prefix: str) -> str | None:
    """`before` is the path of MCP URLs up to the slug, `prefix` that of the issuer."""
    if before in {"/", f"{prefix}/"}:
        return "put a word before {slug}, as in {public_url}/mcp/{slug}; pages have their own"
    if f"{prefix}/".startswith(before):
        return "public_url would be one of the MCP URLs: give either another word"
    word = before.removeprefix(f"{prefix}/").partition("/")[0]
    if before.startswith(f"{prefix}/") and word in TAKEN:
        return f"/{word} below public_url is this server's own: choose another word"
    return None


def _is_localhost_name(scheme: str, hostname: str) -> bool:
    """RFC 6761 §6.3: every name below localhost is this machine."""
    return scheme == "http" and hostname.endswith(".localhost")
