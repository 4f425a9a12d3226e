"""From the MCP URL to the authorization server: RFC 9728 §5.1, RFC 8414 §3.1, in each client's order of places."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
from dev.simulators.client import ResourcePlace, ServerPlace
from dev.simulators.wire import GotStuckError, Wire, origin_of, read_json

_METADATA = re.compile(r'resource_metadata=(?:"([^"]+)"|([^\s,]+))')
_SCOPE = re.compile(r'scope="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the 401 said."""

    resource_metadata: str | None
    scope: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """What was found. `resource` is None where the client did not look, or takes the MCP host for the server."""

    url: str
    resource: Mapping[str, Any] | None
    server: Mapping[str, Any]
    challenge: Challenge

    @property
    def issuer(self) -> str | None:
        found = self.server.get("issuer")
        return found if isinstance(found, str) else None

    def scopes(self, of: Mapping[str, Any] | None) -> list[str]:
        listed = of.get("scopes_supported") if of else None
        return [scope for scope in listed if isinstance(scope, str)] if isinstance(listed, list) else []

    def endpoint(self, name: str) -> str:
        found = self.server.get(name)
        if not isinstance(found, str):
            raise GotStuckError(f"the server's metadata has no {name}")
        return found


def read_challenge(response: httpx2.Response) -> Challenge:
    """RFC 9728 §5.1; clients want a 401, a header that begins with Bearer, and an absolute address."""
    if response.status_code != 401:
        raise GotStuckError(f"a request without a token is answered with {response.status_code}, not with 401")
    header = response.headers.get("www-authenticate", "")
    if not header.startswith("Bearer "):
        raise GotStuckError(f"the challenge does not begin with Bearer: {header!r}")
    metadata, scope = _METADATA.search(header), _SCOPE.search(header)
    url = (metadata[1] or metadata[2]) if metadata else None
    if url is not None and not url.startswith(("https://", "http://")):
        raise GotStuckError(f"resource_metadata is no absolute address: {url}")
    return Challenge(url, scope[1] if scope else None)


async def discover(wire: Wire, url: str, challenge: Challenge) -> Place:
    """All that a client finds out before it registers."""
    resource = await _resource(wire, url, challenge)
    if resource is None:
        issuer = origin_of(url)
    else:
        if resource.get("resource") != url:
            raise GotStuckError(f"the metadata's resource is {resource.get('resource')}, and the URL typed is {url}")
        servers = resource.get("authorization_servers")
        if not isinstance(servers, list) or not servers:
            raise GotStuckError("the resource's metadata names no authorization server")
        issuer = str(servers[0])
    return Place(url, resource, await _server(wire, issuer, exact=resource is not None), challenge)


async def _resource(wire: Wire, url: str, challenge: Challenge) -> dict[str, Any] | None:
    for place in wire.client.resource_places:
        where = _resource_url(place, url, challenge)
        if where is not None and (found := await _look(wire, where)) is not None:
            return found
    return None


def _resource_url(place: ResourcePlace, url: str, challenge: Challenge) -> str | None:
    parts = urlsplit(url)
    well_known = f"{origin_of(url)}/.well-known/oauth-protected-resource"
    match place:
        case "challenge":
            return challenge.resource_metadata
        case "inserted":
            return f"{well_known}{parts.path.rstrip('/')}"
        case "root":
            return well_known


async def _server(wire: Wire, issuer: str, *, exact: bool) -> dict[str, Any]:
    for where in dict.fromkeys(_server_url(place, issuer) for place in wire.client.server_places):
        found = await _look(wire, where)
        if found is not None:
            _check(found, issuer if exact else None)
            return found
    # The names of 2025-03-26, which every client falls back on.
    wire.note("no metadata", f"/authorize, /token and /register at the root of {origin_of(issuer)}")
    root = origin_of(issuer)
    return {
        "authorization_endpoint": f"{root}/authorize",
        "token_endpoint": f"{root}/token",
        "registration_endpoint": f"{root}/register",
    }


def _server_url(place: ServerPlace, issuer: str) -> str:
    path = urlsplit(issuer).path.rstrip("/")
    match place:
        case "oauth":
            return f"{origin_of(issuer)}/.well-known/oauth-authorization-server{path}"
        case "openid":
            return f"{origin_of(issuer)}/.well-known/openid-configuration{path}"
        case "openid-behind":
            return f"{origin_of(issuer)}{path}/.well-known/openid-configuration"


def _check(server: Mapping[str, Any], issuer: str | None) -> None:
    """What the strictest of them insist on: RFC 8414 §3.3, PKCE by S256, RFC 9207."""
    if issuer is not None and server.get("issuer") != issuer:
        raise GotStuckError(f"the issuer is {server.get('issuer')}, and the resource names {issuer}")
    if "S256" not in server.get("code_challenge_methods_supported", []):
        raise GotStuckError("S256 is not advertised")
    if server.get("authorization_response_iss_parameter_supported") is not True:
        raise GotStuckError("it is not advertised that authorization responses carry iss")


async def _look(wire: Wire, url: str) -> dict[str, Any] | None:
    """None for a 404, on which clients go on to the next place; anything but 200 and 404 stops the stricter ones."""
    version = wire.client.manner.version
    response = await wire.get(url, headers={"mcp-protocol-version": version} if version else {})
    return None if response.status_code == 404 else read_json(response)
