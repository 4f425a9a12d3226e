"""What the forms about a deployment say, read: the same values that the command line gives."""

from dataclasses import replace
from datetime import UTC, datetime

from consentry.deployments import asking, scope_map, trusting, upstream_headers
from consentry.deployments.administer import Change, Wanted
from consentry.deployments.admission import ACCESS_POLICIES
from consentry.deployments.asking import Said, Unfit
from consentry.deployments.authentication import Authentication
from consentry.deployments.model import Deployment
from consentry.deployments.scope_map import ScopeMap
from consentry.deployments.upstream_headers import Fields
from consentry.formats import OPAQUE, TOKEN_FORMATS, Format
from consentry.sealing import Sealer
from consentry.spec import periods
from consentry.spec.params import Params

FIELDS = (
    "name",
    "slug",
    "place",
    "upstream",
    "mcp_url",
    "access",
    "domain",
    "token_format",
    "key_prefix",
    "key_life",
    "scopes",
    "hide_tools",
    "headers",
    "identity",
    "auth",
    "jwt_issuer",
    "jwt_audience",
    "jwt_jwks_url",
    "sunset",
)
TICKS = ("hide_tools", "identity")


def typed(given: Params) -> dict[str, str]:
    """What was typed, to be shown again."""
    return {name: given.get(name) or "" for name in FIELDS}


def retyped(deployment: Deployment, given: Params) -> dict[str, str]:
    """The same for a form about one that is there, which has not every field; a tick that is not sent is none."""
    text = typed(given)
    return of(deployment) | {name: value for name, value in text.items() if value or name in TICKS}


def blank() -> dict[str, str]:
    """A form for a deployment that is not there yet."""
    return dict.fromkeys(FIELDS, "") | {
        "place": "upstream",
        "access": "owner",
        "token_format": "opaque",
        "auth": "oauth",
    }


def of(deployment: Deployment) -> dict[str, str]:
    """A form for one that is. Headers are not shown again."""
    shape, scopes = deployment.format, deployment.scope_map
    return {
        "name": deployment.name,
        "slug": deployment.slug,
        "place": "elsewhere" if deployment.resource is not None else "upstream",
        "upstream": deployment.upstream_url or "",
        "mcp_url": deployment.resource or "",
        "access": deployment.access,
        "domain": deployment.email_domain or "",
        "token_format": shape.kind,
        "key_prefix": shape.key_prefix or "",
        "key_life": "" if shape.key_ttl is None else periods.render(shape.key_ttl),
        "scopes": "\n".join(f"{name}={','.join(tools)}" for name, tools in scopes.entries),
        "hide_tools": "1" if deployment.hide_tools else "",
        "headers": "",
        "identity": "1" if deployment.identity else "",
        **_auth_of(deployment.auth),
    }


def _auth_of(auth: Authentication) -> dict[str, str]:
    """The secret that is shared with an issuer is not shown again."""
    issuer = auth.issuer
    return {
        "auth": ",".join(auth.modes),
        "jwt_issuer": issuer.name if issuer else "",
        "jwt_audience": (issuer.audience or "") if issuer else "",
        "jwt_jwks_url": (issuer.jwks_uri or "") if issuer else "",
        "sunset": f"{datetime.fromtimestamp(auth.sunset_at, UTC):%Y-%m-%d}" if auth.sunset_at is not None else "",
    }


def wanted(given: Params, sealer: Sealer, now: int, *, guarded: bool) -> Wanted | str:
    """A deployment to be made; or what cannot be read, in words."""
    elsewhere = given.get("place") == "elsewhere"
    where = ((given.get("mcp_url") if elsewhere else given.get("upstream")) or "").strip()
    said = _said(OPAQUE, given)
    if isinstance(said, str):
        return said
    if said.access is None:
        return "Choose who may let applications in."
    if not where:
        return "Say where the MCP server is: write its URL."
    slug = (given.get("slug") or "").strip()
    name = (given.get("name") or "").strip() or None
    whole = replace(said, name=name, upstream_url=None if elsewhere else where, resource=where if elsewhere else None)
    made = asking.wanted(whole, slug, sealer, now, guarded=guarded)
    return made.sentence if isinstance(made, Unfit) else made


def change(
    deployment: Deployment, given: Params, sealer: Sealer, now: int, *, may_place: bool, guarded: bool
) -> Change | str:
    """What is to be different; what the form does not hold stays as it is. Ticks are always held."""
    said = _said(deployment.format, given)
    if isinstance(said, str):
        return said
    upstream = (given.get("upstream") or "").strip() if may_place else ""
    moved = bool(upstream) and upstream != deployment.upstream_url
    whole = replace(said, name=given.get("name"), upstream_url=upstream or None)
    # Who named it last says where it may be.
    made = asking.change(deployment, whole, sealer, now, guarded=guarded if moved else None)
    return made.sentence if isinstance(made, Unfit) else made


def _said(shape: Format, given: Params) -> Said | str:
    """Of what stands in fields that another choice leaves without a meaning, nothing counts."""
    proof = _auth(given)
    if isinstance(proof, str):
        return proof
    headers = _headers(given)
    if isinstance(headers, str):
        return headers
    kind = next((one for one in TOKEN_FORMATS if one == given.get("token_format")), None)
    keys = (kind or shape.kind) == "api_key"
    life = given.get("key_life") if keys else None
    key_ttl = periods.seconds(life, never=True) if life else None
    if life and key_ttl is None:
        return "Choose for how long API keys live."
    access = next((policy for policy in ACCESS_POLICIES if policy == given.get("access")), None)
    return Said(
        access=access,
        domain=given.get("domain") if access == "domain" else None,
        token_format=kind,
        key_prefix=given.get("key_prefix") if keys else None,
        key_ttl=key_ttl,
        scope_map=_scopes(given),
        hide_tools=given.get("hide_tools") is not None,
        headers=headers,
        identity=given.get("identity") is not None,
        auth=proof,
    )


def _auth(given: Params) -> trusting.Wanted | str:
    """Where no JWTs are taken, what stands in their fields counts for nothing."""
    if given.get("auth") is None:
        return trusting.NOTHING
    modes = trusting.modes(given.get("auth") or "")
    if modes is None:
        return "Choose how callers prove who they are."
    if "jwt" not in modes:
        return trusting.Wanted(modes)
    secret, sunset = given.get("jwt_secret"), given.get("sunset")
    ends_at = trusting.day(sunset) if sunset is not None else trusting.NEVER
    if ends_at is None:
        return f"{sunset} is no day: write it as 2027-03-31."
    jwks_uri = given.get("jwt_jwks_url") if secret is None else None  # a secret takes the place of keys
    return trusting.Wanted(
        modes,
        given.get("jwt_issuer"),
        given.get("jwt_audience"),
        jwks_uri,
        secret,
        ends_at if "oauth" in modes else None,
    )


def _scopes(given: Params) -> ScopeMap | None:
    """A scope a line, NAME=TOOLS; what is wrong with them is said where all of a deployment is looked at."""
    lines = [line for line in (given.get("scopes") or "").splitlines() if line.strip()]
    return scope_map.parse(lines) if lines else None


def _headers(given: Params) -> Fields | str | None:
    """A header a line; None where none was written, a text is what is wrong."""
    lines = [line for line in (given.get("headers") or "").splitlines() if line.strip()]
    return upstream_headers.parse(lines) if lines else None
