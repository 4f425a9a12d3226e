"""Which part of the program a request is for: RFC 9110 §7.2, §7.4. Host selects among the settings' hosts, no more."""

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from consentry.addresses import ROOT_ENDPOINTS, SLUG, Addresses
from consentry.deployments.model import slug_fault
from consentry.gateway.route import find_slug
from consentry.spec import uris

Scope = MutableMapping[str, Any]

# The issuer's site; the rest of a host that MCP URLs are on; an MCP URL; a host that is none of ours.
Part = Literal["issuer", "mcp_host", "gateway", "nowhere"]
Place = tuple[Part, str | None]  # with the slug, where the request names one
Routing = Callable[[Scope], Place]

ISSUER: Place = ("issuer", None)
MCP_HOST: Place = ("mcp_host", None)
NOWHERE: Place = ("nowhere", None)


def of(addresses: Addresses) -> Routing:
    """How requests are told apart where things are so."""
    before, _, after = addresses.mcp_path().partition(SLUG)
    if addresses.one_host:
        return OneHost(before, after)
    issuer = urlsplit(addresses.issuer)
    port = f":{uris.DEFAULT_PORTS[issuer.scheme]}"
    if addresses.host_each:
        return HostEach(issuer.netloc, addresses.mcp_host.removeprefix(SLUG), before, port)
    taken = frozenset(ROOT_ENDPOINTS) if before == "/" else frozenset[str]()
    return TwoHosts(issuer.netloc, addresses.mcp_host, before, after, port, taken)


@dataclass(frozen=True, slots=True)
class OneHost:
    """Everything is on one host: the path decides, and Host is not even read."""

    before: str
    after: str

    def __call__(self, scope: Scope) -> Place:
        slug = find_slug(scope["path"], self.before, self.after)
        return ("gateway", slug) if slug is not None else ISSUER


@dataclass(frozen=True, slots=True)
class TwoHosts:
    """MCP URLs are on a host of their own; `taken` are the words there that are no slugs."""

    issuer: str
    mcp: str
    before: str
    after: str
    usual_port: str
    taken: frozenset[str]

    def __call__(self, scope: Scope) -> Place:
        host = host_of(scope, self.usual_port)
        if host == self.mcp:
            slug = find_slug(scope["path"], self.before, self.after)
            return MCP_HOST if slug is None or slug in self.taken else ("gateway", slug)
        return ISSUER if host == self.issuer else NOWHERE


@dataclass(frozen=True, slots=True)
class HostEach:
    """Each deployment has a host of its own: its slug, and `suffix`, such as `.mcp.example.com`."""

    issuer: str
    suffix: str
    path: str
    usual_port: str

    def __call__(self, scope: Scope) -> Place:
        host = host_of(scope, self.usual_port)
        if host == self.issuer:
            return ISSUER
        slug = host.removesuffix(self.suffix)
        # What is no slug could not be one label of a host, and URLs are made of it: `2130706433#` would lead elsewhere.
        if slug == host or slug_fault(slug):
            return NOWHERE
        return "gateway" if scope["path"].removesuffix("/") == self.path else "mcp_host", slug


def host_of(scope: Scope, usual_port: str) -> str:
    """The host that the request names, in the settings' spelling; empty where it names none, or several."""
    named = [value for name, value in scope["headers"] if name == b"host"]
    if len(named) != 1:  # RFC 9112 §3.2: the proxy in front may have gone by the other one
        return ""
    host: str = named[0].decode("latin-1").lower()
    return host.removesuffix(usual_port)
