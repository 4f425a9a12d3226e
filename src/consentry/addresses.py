"""Where everything is: the issuer, its endpoints and the deployments' MCP URLs; from settings, not from requests."""

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from consentry.spec import uris
from consentry.spec.metadata import PROTECTED_RESOURCE

SLUG = "{slug}"
# Clients of MCP 2025-03-26 look for these at the root of the MCP URL's host, and nowhere else.
ROOT_ENDPOINTS = ("authorize", "token", "register")


@dataclass(frozen=True, slots=True)
class Addresses:
    """`issuer` without a last slash; `mcp_template` an absolute URL with `{slug}` in its path, or as first label.

    `appended`: a challenge names resource metadata behind the MCP URL's path, not before it.
    """

    issuer: str
    mcp_template: str
    appended: bool = False

    @property
    def prefix(self) -> str:
        """The issuer's path: '' or '/functions/v1/oauth'."""
        return urlsplit(self.issuer).path

    @property
    def host(self) -> str:
        """The issuer's host, with its port where it names one."""
        return urlsplit(self.issuer).netloc

    @property
    def origin(self) -> str:
        return uris.origin(self.issuer)

    @property
    def secure(self) -> bool:
        return self.issuer.startswith("https://")

    @property
    def mcp_host(self) -> str:
        """The host of every MCP URL; with `{slug}` in it where each deployment has a host of its own."""
        return urlsplit(self.mcp_template).netloc

    @property
    def one_host(self) -> bool:
        """Whether issuer and MCP URLs share a host."""
        return self.mcp_host == self.host

    @property
    def host_each(self) -> bool:
        """Whether each deployment has a host of its own."""
        return SLUG in self.mcp_host

    @property
    def root_is_issuer(self) -> bool:
        """Whether the root of the MCP URLs' host is the issuer itself."""
        return self.one_host and not self.prefix

    def endpoint(self, name: str) -> str:
        """An absolute URL below the issuer."""
        return f"{self.issuer}/{name}"

    def path(self, name: str) -> str:
        """The same as a path, for forms and redirects."""
        return f"{self.prefix}/{name}"

    def mcp_url(self, slug: str) -> str:
        """The protected resource of a deployment."""
        return self.mcp_template.replace(SLUG, slug)

    def mcp_root(self, slug: str) -> str:
        """The origin of a deployment's MCP URL."""
        return uris.origin(self.mcp_url(slug))

    def is_mcp_url(self, url: str) -> bool:
        """Whether that is the MCP URL of one of our own deployments, in whatever spelling."""
        theirs = uris.split(url)
        if theirs is None:
            return False
        label = (theirs.hostname or "").partition(".")[0]
        ours = urlsplit(self.mcp_url(label) if self.host_each else self.mcp_template.partition(SLUG)[0])
        return (
            theirs.scheme == ours.scheme
            and _authority(theirs) == _authority(ours)
            and theirs.path.startswith(ours.path)
        )

    def mcp_path(self) -> str:
        """The path of every MCP URL, with `{slug}` where the slug stands, if it stands there."""
        return urlsplit(self.mcp_template).path

    def slug_fault(self, slug: str) -> str | None:
        """Why a deployment of that slug could not be reached, in words."""
        if self.host_each and urlsplit(self.mcp_url(slug)).netloc == self.host:
            return f"{slug} would be at {self.host}, where this server's own pages are: choose another slug."
        if self.host_each and slug[2:4] == "--":  # RFC 5891 §4.2.3.1
            return "A slug that is a host's name has no two hyphens in the third and fourth place."
        if self.mcp_path().startswith(f"/{SLUG}") and slug in ROOT_ENDPOINTS:
            return f"/{slug} on {self.mcp_host} is where older MCP clients look for an endpoint: choose another slug."
        return None

    def resource_metadata_url(self, slug: str) -> str:
        """What a challenge names: where RFC 9728 §3.1 puts a deployment's metadata, or what a proxy lets through."""
        place = uris.append_well_known if self.appended else uris.insert_well_known
        return place(self.mcp_url(slug), PROTECTED_RESOURCE)


def _authority(parts: SplitResult) -> tuple[str, int]:
    host = "loopback" if parts.hostname in uris.LOOPBACK_HOSTS else parts.hostname or ""
    return host, parts.port or uris.DEFAULT_PORTS.get(parts.scheme, 0)
