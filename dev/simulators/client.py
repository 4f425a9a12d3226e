"""A client as values: what it sends, where it looks, and what it does when something fails. Nothing here acts.

`{port}`, `{callback_id}` and `{scope}` stand for what differs from one connection to the next.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Era = Literal["2026-07-28", "2025-11-25"]
Opening = Literal["get", "metadata", "initialize", "server/discover"]
ResourcePlace = Literal["challenge", "inserted", "root"]
ServerPlace = Literal["oauth", "openid", "openid-behind"]
ResourceSpelling = Literal["metadata", "normalised", "origin", "none"]
Scopes = Literal["resource", "server", "openid"]
Basic = Literal["encoded", "raw"]


@dataclass(frozen=True, slots=True)
class Registration:
    """Dynamic registration: the body, as it was read off the wire."""

    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """A metadata document: its members besides client_id, as public sources report them.

    `ships`: whole, so that the program brings a copy. Any other is published or imported by whoever plays the client.
    """

    client_id: str
    members: Mapping[str, Any]
    ships: bool = False


@dataclass(frozen=True, slots=True)
class Manner:
    """What its HTTP library adds. `accept` is for the token endpoint, `version` the MCP-Protocol-Version that it
    sends to well-known addresses.

    `origin` is that of a page in a browser, whose requests are then held to CORS.
    """

    user_agent: str | None = None
    accept: str | None = None
    version: str | None = "2025-11-25"
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Refreshing:
    """When it refreshes and with what. `clock`: `lead` seconds before expiry. `on_401`: when a call is refused.

    `parallel` calls that meet a 401 send as many refreshes at once; they come from `addresses` addresses.
    """

    clock: bool = False
    on_401: bool = True
    at_start: bool = False
    lead: int = 0
    parallel: int = 1
    addresses: int = 1
    in_a_row: int = 1
    scope: bool = False
    resource: bool = True


@dataclass(frozen=True, slots=True)
class Client:
    """One way in which one client of the matrix connects.

    `basic`: how it writes a secret into the header. `public_basic`: it sends that header though it has no secret.
    `signs`: it proves itself by private_key_jwt, whether it was asked to or not.
    `preflight`: it asks for the authorization page itself first, and takes a 400 for a stale registration.
    `heals`: on invalid_client it registers again; `signs_in_anew`: on invalid_grant it asks the person again.
    `only_one`: its requests do not say which of several MCP servers is meant, so there must be but one.
    """

    name: str
    row: str
    seen: str
    identity: Registration | Document
    redirect_uri: str
    era: Era = "2025-11-25"
    opening: tuple[Opening, ...] = ("initialize",)
    resource_places: tuple[ResourcePlace, ...] = ("challenge", "inserted", "root")
    server_places: tuple[ServerPlace, ...] = ("oauth", "openid", "openid-behind")
    manner: Manner = field(default_factory=Manner)
    scopes: Scopes = "resource"
    offline_access: bool = True
    consent_prompt: bool = False
    resource: ResourceSpelling = "metadata"
    verifier_length: int = 43
    basic: Basic = "raw"
    public_basic: bool = False
    signs: bool = False
    preflight: bool = False
    refreshing: Refreshing = field(default_factory=Refreshing)
    heals: bool = True
    signs_in_anew: bool = True
    sessions: int = 1
    method_header: bool = False
    only_one: bool = False

    @property
    def public(self) -> bool:
        """What it says of itself; one that says nothing leaves it to the server."""
        body = self.identity.body if isinstance(self.identity, Registration) else self.identity.members
        return body.get("token_endpoint_auth_method") == "none"


@dataclass(frozen=True, slots=True)
class NotPlayed:
    """A row of which too little is known."""

    row: str
    why: str
