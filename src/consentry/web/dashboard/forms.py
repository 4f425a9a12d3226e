"""What the forms about a deployment say, read: the same values that the command line gives."""

from datetime import UTC, datetime

from consentry.deployments import scope_map, trusting, upstream_headers
from consentry.deployments.administer import Change, Wanted
from consentry.deployments.admission import ACCESS_POLICIES, AccessPolicy, domain_key
from consentry.deployments.authentication import OAUTH, Authentication
from consentry.deployments.establishing import reshaped
from consentry.deployments.model import Deployment
from consentry.deployments.scope_map import WHOLE, ScopeMap
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
KEY_LIVES = ("", "30d", "90d", "365d", "never")

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
    auth = _auth(OAUTH, given, sealer, now)
    if isinstance(auth, str):
        return auth
    shape = _shape(OPAQUE, given)
    if isinstance(shape, str):
        return shape
    chosen = next((policy for policy in ACCESS_POLICIES if policy == given.get("access")), None)
    if chosen is None:
        return "Choose who may let applications in."
    slug = (given.get("slug") or "").strip()
    elsewhere = given.get("place") == "elsewhere"
    where = ((given.get("mcp_url") if elsewhere else given.get("upstream")) or "").strip()
    if not where:
        return "Say where the MCP server is: write its URL."
    headers = _headers(given, where, sealer)
    if isinstance(headers, str):
        return headers
    if headers and elsewhere:
        return "A server elsewhere has no upstream to send headers to: leave them out."
    return Wanted(
        slug,
        (given.get("name") or "").strip() or slug,
        None if elsewhere else where,
        where if elsewhere else None,
        chosen,
        shape,
        _domain(chosen, given),
        _scopes(given) or WHOLE,
        given.get("hide_tools") is not None,
        headers or None,
        given.get("identity") is not None,
        guarded=guarded and not elsewhere,
        auth=auth,
    )


def change(
    deployment: Deployment, given: Params, sealer: Sealer, now: int, *, may_place: bool, guarded: bool
) -> Change | str:
    """What is to be different; what the form does not hold stays as it is. Ticks are always held."""
    auth = _auth(deployment.auth, given, sealer, now)
    if isinstance(auth, str):
        return auth
    shape = _shape(deployment.format, given)
    if isinstance(shape, str):
        return shape
    upstream = (given.get("upstream") or "").strip() if may_place else ""
    moved = bool(upstream) and upstream != deployment.upstream_url
    headers = _headers(given, upstream or deployment.upstream_url or "", sealer, deployment)
    if isinstance(headers, str):
        return headers
    access = next((policy for policy in ACCESS_POLICIES if policy == given.get("access")), None)
    return Change(
        name=given.get("name"),
        upstream_url=upstream if moved else None,
        access=access,
        format=shape,
        email_domain=_domain(access, given),
        scope_map=_scopes(given),
        hide_tools=given.get("hide_tools") is not None,
        sealed_headers=headers,
        identity=given.get("identity") is not None,
        guarded=guarded if moved else None,  # who named it last
        auth=auth if auth != deployment.auth else None,
    )


def _auth(before: Authentication, given: Params, sealer: Sealer, now: int) -> Authentication | str:
    """Where no JWTs are taken, what stands in their fields counts for nothing."""
    if given.get("auth") is None:
        return before
    modes = trusting.modes(given.get("auth") or "")
    if modes is None:
        return "Choose how callers prove who they are."
    if "jwt" not in modes:
        return trusting.revise(before, trusting.Wanted(modes), sealer, now)
    secret, sunset = given.get("jwt_secret"), given.get("sunset")
    if secret is not None and (fault := trusting.secret_fault(secret)):
        return fault
    ends_at = trusting.day(sunset) if sunset is not None else trusting.NEVER
    if ends_at is None:
        return f"{sunset} is no day: write it as 2027-03-31."
    both = "oauth" in modes
    jwks_uri = given.get("jwt_jwks_url") if secret is None else None  # a secret takes the place of keys
    wanted = trusting.Wanted(
        modes, given.get("jwt_issuer"), given.get("jwt_audience"), jwks_uri, secret, ends_at if both else None
    )
    return trusting.revise(before, wanted, sealer, now)


def _scopes(given: Params) -> ScopeMap | None:
    """A scope a line, NAME=TOOLS; what is wrong with them is said where all of a deployment is looked at."""
    lines = [line for line in (given.get("scopes") or "").splitlines() if line.strip()]
    return scope_map.parse(lines) if lines else None


def _headers(given: Params, upstream: str, sealer: Sealer, before: Deployment | None = None) -> bytes | str | None:
    """A header a line, sealed with those before; None where none was written, a text is what is wrong."""
    lines = [line for line in (given.get("headers") or "").splitlines() if line.strip()]
    if not lines:
        return None
    fields = upstream_headers.parse(lines)
    if isinstance(fields, str):
        return fields
    url, sealed = (before.upstream_url or "", before.sealed_headers) if before is not None else ("", None)
    return upstream_headers.renewed(fields, upstream, sealer, before_url=url, before=sealed)


def _domain(access: AccessPolicy | None, given: Params) -> str | None:
    """Where another policy is chosen, what stands in the field counts for nothing."""
    domain = given.get("domain") if access == "domain" else None
    return domain_key(domain) if domain is not None else None


def _shape(before: Format, given: Params) -> Format | str:
    kind = next((one for one in TOKEN_FORMATS if one == given.get("token_format")), None)
    if (kind or before.kind) != "api_key":
        return reshaped(before, kind, None, None)  # what only keys have stands in the form, but counts for nothing
    life = given.get("key_life")
    ttl = periods.seconds(life, never=True) if life else None
    if life and ttl is None:
        return "Choose for how long API keys live."
    return reshaped(before, kind, given.get("key_prefix"), ttl)
