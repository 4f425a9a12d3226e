"""Whom the operator lets register, and for how long one that nobody uses is kept."""

from dataclasses import dataclass
from typing import Literal

from consentry.spec import uris

# RFC 7591 §1.2 leaves the policy to the server: everybody; those whose redirect URIs lead to trusted domains;
# everybody, but none is of use before an operator has approved it; those who bring an initial access token.
RegistrationKind = Literal["open", "allowlist", "approval", "initial_access_token"]


@dataclass(frozen=True, slots=True)
class RegistrationPolicy:
    """What the operator lets strangers register.

    `trusted_domains` and `kept_hosts` are host names; `*.example.com` means every host below that one. `unused_ttl` is
    in seconds, 0 for ever; clients that lead to `kept_hosts` alone are never removed for lying idle.
    """

    private_schemes: frozenset[str]
    signing_algorithm: str = "ES256"
    kind: RegistrationKind = "open"
    trusted_domains: frozenset[str] = frozenset()
    unused_ttl: int = 0
    kept_hosts: frozenset[str] = frozenset()
    device_authorization: bool = True

    @property
    def admits_devices(self) -> bool:
        """Whether a client may be given the device flow; it shows no redirect URI, where those are what is trusted."""
        return self.device_authorization and self.kind != "allowlist"

    def trusts(self, redirect_uri: str) -> bool:
        """Whether `allowlist` lets that URI be registered. A private-use scheme is on a list of its own already."""
        if self.kind != "allowlist":
            return True
        parts = uris.split(redirect_uri)
        if parts is None:
            return False
        if parts.scheme in self.private_schemes:
            return True
        return _listed(parts.hostname, self.trusted_domains)

    @property
    def vets_documents(self) -> bool:
        """Where not everybody may register, everybody who has a web host may not come by a document instead."""
        return self.kind in {"approval", "initial_access_token"}

    def reap_at(self, redirect_uris: tuple[str, ...], now: int) -> int | None:
        """From when on such a client may be removed, if nobody has used it; None for never.

        Some clients register once for the life of a connection and cannot do so again (protocol rule B20).
        """
        kept = bool(redirect_uris) and all(_listed(_host(uri), self.kept_hosts) for uri in redirect_uris)
        if self.unused_ttl == 0 or kept:
            return None
        return now + self.unused_ttl


def _host(uri: str) -> str | None:
    parts = uris.split(uri)
    return parts.hostname if parts is not None and parts.scheme in {"https", "http"} else None


def _listed(host: str | None, listed: frozenset[str]) -> bool:
    if host is None or host in listed:
        return host is not None
    labels = host.split(".")
    return any(f"*.{'.'.join(labels[start:])}" in listed for start in range(1, len(labels)))
