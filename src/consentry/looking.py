"""A look at a deployment's MCP server, as a value that can be kept: for pages, programs and commands alike."""

from collections.abc import Callable

from anyio import CapacityLimiter

from consentry import probe
from consentry.deployments.health import Seen, bounded
from consentry.deployments.model import Deployment
from consentry.fetch import Resolve, Resolver
from consentry.installation import Installation
from consentry.reaching import Reaching

LOOK_SECONDS = 8.0
# Each is a client of its own; whoever presses a button again and again waits for the ones before.
LOOKS_AT_ONCE = 4


def reaching(installation: Installation, resolve: Resolve | None = None) -> Reaching:
    """The way to upstreams."""
    allowed = installation.settings.allow_private_upstreams
    return Reaching(installation.sealer, allowed, resolve or Resolver())


class Looker:
    """Looks for a whole process."""

    def __init__(self, way: Reaching, clock: Callable[[], int]) -> None:
        self._way = way
        self._clock = clock
        self._limiter = CapacityLimiter(LOOKS_AT_ONCE)

    async def __call__(self, deployment: Deployment, seconds: float = LOOK_SECONDS) -> Seen:
        async with self._limiter:
            found = await self._way.look(deployment, seconds)
        return seen(found, self._clock())


def seen(found: probe.Found | probe.Unreachable, now: int) -> Seen:
    """What a probe found, to be kept."""
    match found:
        case probe.Unreachable(sentence):
            return bounded(Seen(now, sentence))
        case probe.Found(server_name, protocol_version, tools):
            return bounded(Seen(now, None, server_name, protocol_version, tuple(tool.name for tool in tools)))
