"""What the tools behind a deployment say of themselves, asked of the server and remembered for a minute (ADR 23)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from consentry.deployments.scope_map import Effect
from consentry.gateway.model import Clock, Target

FRESH_SECONDS = 60
STALE_SECONDS = 600  # what was said stands in for so long where the server cannot be asked again
UNKNOWN_SECONDS = 5  # how soon a tool that was not there may be asked for again
MOST_DEPLOYMENTS = 1000


@dataclass(frozen=True, slots=True)
class KnownTool:
    """`schema` is that of its arguments where it mirrors some of them in headers (MCP 2026-07-28, `x-mcp-header`)."""

    effect: Effect
    schema: Mapping[str, object] | None = None


# MCP ToolAnnotations: of what says nothing, the worst is to be expected.
UNKNOWN = KnownTool("destroys")

Tools = Mapping[str, KnownTool]
# Asks the server; None where it does not say.
Ask = Callable[[Target], Awaitable[Tools | None]]


@dataclass(slots=True)
class KnownTools:
    """Every process asks for itself: what is remembered only spares asking."""

    ask: Ask
    clock: Clock
    _known: dict[tuple[str, str], tuple[Tools, int]] = field(default_factory=dict)
    _asking: dict[tuple[str, str], asyncio.Task[Tools | None]] = field(default_factory=dict)

    def recall(self, target: Target, names: frozenset[str]) -> Tools | None:
        """All of them; None where the server has to be asked."""
        tools, asked_at = self._known.get(_key(target), ({}, -STALE_SECONDS))
        all_known = names <= tools.keys()
        if self.clock() >= asked_at + (FRESH_SECONDS if all_known else UNKNOWN_SECONDS):
            return None
        return {name: tools.get(name, UNKNOWN) for name in names}

    async def find(self, target: Target, names: frozenset[str]) -> Tools | None:
        """All of them; None where the server does not say, and has not for a while. Asked once, however many wait."""
        key = _key(target)
        asking = self._asking.get(key)
        if asking is None:
            asking = self._asking[key] = asyncio.create_task(self._ask(target))
            asking.add_done_callback(lambda _: self._asking.pop(key, None))
        await asyncio.shield(asking)
        tools, asked_at = self._known.get(key, ({}, -STALE_SECONDS))
        if self.clock() >= asked_at + STALE_SECONDS:
            return None
        return {name: tools.get(name, UNKNOWN) for name in names}

    async def _ask(self, target: Target) -> Tools | None:
        tools = await self.ask(target)
        if tools is not None:
            self._known.pop(_key(target), None)
            while len(self._known) >= MOST_DEPLOYMENTS:
                del self._known[next(iter(self._known))]
            self._known[_key(target)] = (tools, self.clock())
        return tools


def _key(target: Target) -> tuple[str, str]:
    return target.deployment_id, target.upstream_url
