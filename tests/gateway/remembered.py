"""A Finder that keeps deployments and tokens in two dictionaries."""

from collections.abc import Hashable
from hashlib import shake_256
from itertools import count

from consentry.formats import Bearer
from consentry.gateway.model import Access, Found, Target
from consentry.tokens import Digest, Kind, Secret, mint

NOW = 1_800_000_000
_serial = count(1)


def new_token() -> Secret:
    serial = next(_serial).to_bytes(8)
    return mint(Kind.ACCESS_TOKEN, lambda size: shake_256(serial).digest(size))


def target(slug: str = "notes", upstream_url: str = "http://upstream.test/mcp") -> Target:
    public = "https://consentry.test"
    return Target(
        deployment_id=f"dep_{slug}",
        slug=slug,
        upstream_url=upstream_url,
        resource=f"{public}/mcp/{slug}",
        resource_metadata=f"{public}/.well-known/oauth-protected-resource/mcp/{slug}",
    )


def access(
    slug: str = "notes", scope: frozenset[str] = frozenset({"mcp"}), expires_at: int = NOW + 1, ended: bool = False
) -> Access:
    return Access(f"dep_{slug}", "gr_1", "acc_1", "cl_1", scope, expires_at, ended)


class Remembered:
    """Finds what was put in, and counts what was asked of it."""

    def __init__(self) -> None:
        self.targets: dict[str, Target] = {}
        self.accesses: dict[Digest, Access] = {}
        self.token_lookups = 0
        self.uses: list[tuple[str, int]] = []

    def version(self) -> Hashable:
        return tuple(self.targets.values()), tuple(self.accesses.items())

    def recall(self, slug: str, bearer: Bearer | None) -> Found | None:
        """Nothing is known without asking."""
        return None

    async def find_target(self, slug: str) -> Target | None:
        return self.targets.get(slug)

    async def find_access(self, bearer: Bearer, target: Target) -> Access | None:
        self.token_lookups += 1
        return self.accesses.get(bearer.digest()) if isinstance(bearer, Secret) else None

    def note_use(self, access: Access, now: int) -> None:
        self.uses.append((access.grant_id, now))


class Recalled(Remembered):
    """Knows everything without asking, as one that has been asked before."""

    def recall(self, slug: str, bearer: Bearer | None) -> Found | None:
        access = self.accesses.get(bearer.digest()) if isinstance(bearer, Secret) else None
        return self.targets.get(slug), access
