"""What the forms about a deployment say, read: the same values that the command line gives."""

from consentry.deployments.administer import Change, Wanted
from consentry.deployments.admission import ACCESS_POLICIES, AccessPolicy, domain_key
from consentry.deployments.establishing import reshaped
from consentry.deployments.model import Deployment
from consentry.formats import OPAQUE, TOKEN_FORMATS, Format
from consentry.spec import periods
from consentry.spec.params import Params

FIELDS = ("name", "slug", "place", "upstream", "mcp_url", "access", "domain", "token_format", "key_prefix", "key_life")
KEY_LIVES = ("", "30d", "90d", "365d", "never")


def typed(given: Params) -> dict[str, str]:
    """What was typed, to be shown again."""
    return {name: given.get(name) or "" for name in FIELDS}


def blank() -> dict[str, str]:
    """A form for a deployment that is not there yet."""
    return dict.fromkeys(FIELDS, "") | {"place": "upstream", "access": "owner", "token_format": "opaque"}


def of(deployment: Deployment) -> dict[str, str]:
    """A form for one that is."""
    shape = deployment.format
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
    }


def wanted(given: Params) -> Wanted | str:
    """A deployment to be made; or what cannot be read, in words."""
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
    name = (given.get("name") or "").strip() or slug
    domain = _domain(chosen, given)
    return Wanted(slug, name, None if elsewhere else where, where if elsewhere else None, chosen, shape, domain)


def change(deployment: Deployment, given: Params, *, may_place: bool) -> Change | str:
    """What is to be different; what the form does not hold stays as it is."""
    shape = _shape(deployment.format, given)
    if isinstance(shape, str):
        return shape
    upstream = given.get("upstream")
    if not may_place or upstream is None or upstream.strip() == deployment.upstream_url:
        upstream = None
    access = next((policy for policy in ACCESS_POLICIES if policy == given.get("access")), None)
    return Change(
        name=given.get("name"),
        upstream_url=upstream.strip() if upstream else None,
        access=access,
        format=shape,
        email_domain=_domain(access, given),
    )


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
