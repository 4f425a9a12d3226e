"""Where everything is: the issuer, its endpoints and the deployments' MCP URLs; from settings, not from requests."""

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from consentry.spec import uris
from consentry.spec.metadata import PROTECTED_RESOURCE


@dataclass(frozen=True, slots=True)
class Addresses:
    """`issuer` without a last slash; `mcp_template` an absolute URL with `{slug}` in its path."""

    issuer: str
    mcp_template: str

    @property
    def prefix(self) -> str:
        """The issuer's path: '' or '/functions/v1/oauth'."""
        return urlsplit(self.issuer).path

    @property
    def origin(self) -> str:
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def secure(self) -> bool:
        return self.issuer.startswith("https://")

    def endpoint(self, name: str) -> str:
        """An absolute URL below the issuer."""
        return f"{self.issuer}/{name}"

    def path(self, name: str) -> str:
        """The same as a path, for forms and redirects."""
        return f"{self.prefix}/{name}"

    def mcp_url(self, slug: str) -> str:
        """The protected resource of a deployment."""
        return self.mcp_template.replace("{slug}", slug)

    def is_mcp_url(self, url: str) -> bool:
        """Whether that is the MCP URL of one of our own deployments, in whatever spelling."""
        ours, theirs = urlsplit(self.mcp_url("")), uris.split(url)
        return (
            theirs is not None
            and theirs.scheme == ours.scheme
            and _authority(theirs) == _authority(ours)
            and theirs.path.startswith(ours.path)
        )

    def mcp_path(self) -> str:
        """The path of every MCP URL, with `{slug}` where the slug stands."""
        return urlsplit(self.mcp_template).path

    def resource_metadata_url(self, slug: str) -> str:
        """Where RFC 9728 §3.1 puts a deployment's metadata."""
        return uris.insert_well_known(self.mcp_url(slug), PROTECTED_RESOURCE)


def _authority(parts: SplitResult) -> tuple[str, int]:
    host = "loopback" if parts.hostname in uris.LOOPBACK_HOSTS else parts.hostname or ""
    return host, parts.port or uris.DEFAULT_PORTS.get(parts.scheme, 0)
