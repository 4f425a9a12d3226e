"""A deployment: one MCP server, behind the gateway or elsewhere; the protected resource of RFC 9728."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from consentry.addresses import Addresses
from consentry.deployments import scope_map
from consentry.deployments.admission import AccessPolicy, Admission
from consentry.deployments.authentication import OAUTH, Authentication
from consentry.deployments.scope_map import WHOLE, ScopeMap
from consentry.formats import OPAQUE, Format
from consentry.spec import scopes, uris

_WORDS_BESIDE: Mapping[str, str] = MappingProxyType(
    {
        scopes.OPENID: "Know that it is you each time, by a name that stays the same",
        scopes.EMAIL: "See your email address",
        scopes.PROFILE: "See your name",
        scopes.OFFLINE_ACCESS: "Stay connected when you are away, for as long as this approval lasts",
    }
)
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Deployment:
    """One MCP server: `slug` stands in its public URL, `upstream_url` is where the gateway finds it.

    One without upstream is a server elsewhere: its own URL is its `resource`, and it verifies tokens itself (ADR 16).
    `email_domain` is whose addresses the access policy `domain` lets in. `sealed_headers` go with each request to the
    upstream, and with `identity` a signed word on who calls. `guarded`: somebody else than the operator named it.
    Calls to one with `paused_at` are refused; what is connected to it stays so.
    """

    id: str
    slug: str
    name: str
    upstream_url: str | None
    owner_id: str
    access: AccessPolicy
    created_at: int
    resource: str | None = None
    format: Format = OPAQUE
    email_domain: str | None = None
    paused_at: int | None = None
    scope_map: ScopeMap = WHOLE
    hide_tools: bool = False  # lists leave out what a token may not call
    sealed_headers: bytes | None = None
    identity: bool = False
    guarded: bool = False
    auth: Authentication = OAUTH

    def resource_at(self, addresses: Addresses) -> str:
        """What tokens for it are for, in the spelling that its metadata has."""
        return self.resource or addresses.mcp_url(self.slug)

    def authorization_server(self, addresses: Addresses) -> str | None:
        """Who gives tokens for it: this installation, or an issuer that it trusts, if that can be found by its URL."""
        if self.auth.oauth or self.auth.issuer is None:
            return addresses.issuer
        return self.auth.issuer.name if self.auth.issuer.name.startswith("https://") else None

    @property
    def identity_audience(self) -> str | None:
        """For whom it is said who calls, where that is said at all: its upstream, or its own URL if it is elsewhere."""
        return uris.canonical(self.upstream_url or self.resource or "") if self.identity else None

    @property
    def admission(self) -> Admission:
        """Whom it lets in."""
        return Admission(self.access, self.owner_id, self.email_domain)

    @property
    def ends_late(self) -> bool:
        """Whether its server may take a token that has been ended, until that expires: it asks nobody."""
        return self.resource is not None and self.format.kind == "jwt"

    @property
    def scope(self) -> frozenset[str]:
        """The scopes that an authorization gets which asks for none: the smallest."""
        return self.scope_map.default

    @property
    def scopes(self) -> frozenset[str]:
        """All that it may be given; one of them lets it in."""
        return self.scope_map.names

    def words(self, scope: str) -> str:
        """What a scope lets an application do, for a person to read."""
        selectors = self.scope_map.selectors(scope)
        if selectors is not None:
            return scope_map.words(selectors, self.name)
        return _WORDS_BESIDE.get(scope, f"Nothing more: {self.name} has no scope {scope} any longer")


def slug_fault(slug: str) -> str | None:
    """What is wrong with a slug, in words."""
    if _SLUG.fullmatch(slug):
        return None
    return "A slug is 1 to 63 small letters, digits and hyphens, with no hyphen at either end."


class DeploymentTransaction(Protocol):
    """What this room needs of a transaction."""

    async def add_deployment(self, deployment: Deployment) -> bool: ...

    async def find_deployment(self, deployment_id: str) -> Deployment | None: ...

    async def find_deployment_by_slug(self, slug: str) -> Deployment | None: ...

    async def list_deployments(self) -> list[Deployment]: ...

    async def is_invited(self, deployment_id: str, email_key: str) -> bool: ...
