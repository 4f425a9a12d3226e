"""What somebody says of a deployment, made into what is wanted: one rule for forms, programs and commands."""

from dataclasses import dataclass
from typing import NamedTuple

from consentry.deployments import trusting, upstream_headers
from consentry.deployments.administer import Change, Wanted
from consentry.deployments.admission import AccessPolicy, domain_key
from consentry.deployments.authentication import OAUTH
from consentry.deployments.establishing import reshaped
from consentry.deployments.model import Deployment
from consentry.deployments.scope_map import WHOLE, ScopeMap
from consentry.deployments.upstream_headers import Fields
from consentry.formats import OPAQUE, TokenFormat
from consentry.sealing import Sealer

_NOBODY = "A server elsewhere has no upstream to send headers to: leave them out."


@dataclass(frozen=True, slots=True)
class Said:
    """None is what nothing was said of: it stays as it is, or is as in any new one."""

    name: str | None = None
    upstream_url: str | None = None
    resource: str | None = None
    access: AccessPolicy | None = None
    domain: str | None = None
    token_format: TokenFormat | None = None
    key_prefix: str | None = None
    key_ttl: int | None = None
    scope_map: ScopeMap | None = None
    hide_tools: bool | None = None
    headers: Fields | None = None
    identity: bool | None = None
    auth: trusting.Wanted = trusting.NOTHING

    @property
    def email_domain(self) -> str | None:
        return domain_key(self.domain) if self.domain is not None else None


class Unfit(NamedTuple):
    """What cannot be, in words, and which part of what was said it is about."""

    sentence: str
    about: str


def wanted(said: Said, slug: str, sealer: Sealer, now: int, *, guarded: bool) -> Wanted | Unfit:
    """A deployment to be made. `guarded`: its upstream is held to public addresses."""
    if said.headers and said.upstream_url is None:
        return Unfit(_NOBODY, "headers")
    empty = next((name for name, value in said.headers or () if not value), None)
    if empty is not None:
        return Unfit(f"The upstream header {empty} has no value.", "headers")
    sealed = upstream_headers.renewed(said.headers or (), said.upstream_url or "", sealer)
    if isinstance(sealed, str):
        return Unfit(sealed, "headers")
    auth = trusting.revise(OAUTH, said.auth, sealer, now)
    if isinstance(auth, str):
        return Unfit(auth, "auth")
    return Wanted(
        slug=slug,
        name=slug if said.name is None else said.name,
        upstream_url=said.upstream_url,
        resource=said.resource,
        access=said.access or "owner",
        format=reshaped(OPAQUE, said.token_format, said.key_prefix, said.key_ttl),
        email_domain=said.email_domain,
        scope_map=said.scope_map or WHOLE,
        hide_tools=bool(said.hide_tools),
        sealed_headers=sealed or None,
        identity=bool(said.identity),
        guarded=guarded and said.upstream_url is not None,
        auth=auth,
    )


def change(
    before: Deployment, said: Said, sealer: Sealer, now: int, *, guarded: bool | None, owner_id: str | None = None
) -> Change | Unfit:
    """What is to be different of a deployment."""
    sealed = None
    if said.headers is not None:
        url, kept = said.upstream_url or before.upstream_url or "", before.sealed_headers
        renewed = upstream_headers.renewed(said.headers, url, sealer, before_url=before.upstream_url or "", before=kept)
        if isinstance(renewed, str):
            return Unfit(renewed, "headers")
        sealed = renewed
    auth = trusting.revise(before.auth, said.auth, sealer, now)
    if isinstance(auth, str):
        return Unfit(auth, "auth")
    return Change(
        name=said.name,
        upstream_url=said.upstream_url if said.upstream_url != before.upstream_url else None,
        access=said.access,
        owner_id=owner_id,
        format=reshaped(before.format, said.token_format, said.key_prefix, said.key_ttl),
        email_domain=said.email_domain,
        scope_map=said.scope_map,
        hide_tools=said.hide_tools,
        sealed_headers=sealed,
        identity=said.identity,
        guarded=guarded,
        auth=auth if auth != before.auth else None,
    )
