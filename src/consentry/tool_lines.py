"""The tools behind a deployment as its consent page shows them: asked of the server, and remembered for a minute."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from consentry import probe
from consentry.deployments.model import Deployment
from consentry.web.pages import words
from consentry.web.pages.views import Effect, ToolLine

log = structlog.get_logger(__name__)

ANSWER_WITHIN_SECONDS = 3.0  # a person waits
FRESH_SECONDS = 60
AGAIN_SECONDS = 5  # whoever reloads the page does not wait for a slow server each time
MOST_DEPLOYMENTS = 1000

Look = Callable[[Deployment, float], Awaitable[probe.Found | probe.Unreachable]]
Listed = tuple[ToolLine, ...] | str


@dataclass(frozen=True, slots=True)
class _Kept:
    """`place` is where it was asked, and with which headers: another is another server."""

    place: tuple[str, bytes | None]
    until: int
    listed: Listed


@dataclass(slots=True)
class ToolLines:
    """For a whole process. `look` asks a server."""

    look: Look
    clock: Callable[[], int]
    _kept: dict[str, _Kept] = field(default_factory=dict)

    async def __call__(self, deployment: Deployment) -> Listed:
        """The tools, or a sentence that says why they cannot be shown."""
        if deployment.upstream_url is None:
            return words.TOOLS_ELSEWHERE
        place = (deployment.upstream_url, deployment.sealed_headers)
        kept = self._kept.get(deployment.id)
        if kept is not None and kept.place == place and self.clock() < kept.until:
            return kept.listed
        listed = _told(deployment, await self.look(deployment, ANSWER_WITHIN_SECONDS))
        until = self.clock() + (AGAIN_SECONDS if isinstance(listed, str) else FRESH_SECONDS)
        self._kept.pop(deployment.id, None)  # so that the first one is the oldest
        self._kept[deployment.id] = _Kept(place, until, listed)
        if len(self._kept) > MOST_DEPLOYMENTS:
            del self._kept[next(iter(self._kept))]
        return listed


def _told(deployment: Deployment, found: probe.Found | probe.Unreachable) -> Listed:
    match found:
        case probe.Found(tools=tools):
            return tuple(ToolLine(tool.name, tool.title, tool.description, effect_of(tool)) for tool in tools)
        case probe.Unreachable(sentence):
            log.warning("tools cannot be listed", deployment=deployment.slug, reason=sentence)
            return words.TOOLS_UNREACHABLE


def effect_of(tool: probe.ToolSummary) -> Effect:
    """The worst that a tool says it may do."""
    if tool.read_only:
        return "reads"
    return "destroys" if tool.destructive else "changes"
