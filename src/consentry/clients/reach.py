"""Whether a known application can reach an MCP URL at all: hosted ones call from their makers' machines."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from consentry.clients.presets import PRESETS, Preset
from consentry.spec import uris
from consentry.spec.special_use import is_special_use

# The others run on the person's own machine.
HOSTED: frozenset[Preset] = frozenset({"claude-desktop", "claude-web", "claude-both", "chatgpt"})
# RFC 6761, RFC 6762, RFC 8375, and what is in use inside of houses and firms (ICANN reserves `internal`).
_INSIDE = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test", ".home", ".corp", ".intranet")


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether it can; why not, or from where alone, in a sentence and in few words; without these from everywhere."""

    reachable: bool
    sentence: str = ""
    brief: str = ""


def of(preset: Preset, mcp_url: str) -> Reach:
    """By the URL alone: what a name leads to elsewhere, nobody can know from here."""
    parts, name = urlsplit(mcp_url), PRESETS[preset][0]
    host = parts.hostname or ""
    if preset in HOSTED:
        if fault := _hosted_fault(mcp_url):
            return Reach(False, f"{name} calls from its maker's machines, and {fault}. {_WAY}", _NEEDS)
        return Reach(True)
    if uris.is_loopback(parts):
        return Reach(True, f"{name} reaches {host} on this very computer, and from no other.", "On this computer alone")
    if is_inside(host):
        return Reach(True, f"{name} reaches {host} from inside of your network alone.", "Inside of your network alone")
    return Reach(True)


def of_hosted(mcp_url: str) -> str | None:
    """Why none of the hosted applications can, in a sentence; None where they can."""
    fault = _hosted_fault(mcp_url)
    return f"Claude and ChatGPT call from their makers' machines, and {fault}. {_WAY}" if fault else None


def _hosted_fault(mcp_url: str) -> str | None:
    parts = urlsplit(mcp_url)
    if uris.is_loopback(parts) or is_inside(parts.hostname or ""):
        return f"{parts.hostname} is not reachable from there"
    return None if parts.scheme == "https" else "this server is not at https"


_NEEDS = "Needs a public https address"
_WAY = "Put a public https address (or a tunnel) in front of this server, and set public_url to it."


def is_inside(host: str) -> bool:
    """A host that the public internet does not know by that name."""
    literal = host.replace(":", "").replace(".", "").isalnum() and (":" in host or host.replace(".", "").isdigit())
    if literal:
        return is_special_use(host)
    return "." not in host or f".{host}".endswith(_INSIDE)
