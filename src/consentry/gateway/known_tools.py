"""What the tools behind a deployment say of themselves, asked of the server and remembered for a minute (ADR 23)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from consentry.deployments.scope_map import Effect
from consentry.gateway.model import Clock, Target

FRESH_SECONDS = 60
STALE_SECONDS = 600  # what was said stands in for so long where the server cannot be asked again
AGAIN_SECONDS = 5  # how soon a server may be asked again for what it did not say
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


@dataclass(frozen=True, slots=True)
class _Said:
    """What a server said when it was asked and answered last, and when it was asked last."""

    tools: Tools
    said_at: int
    asked_at: int

    def of(self, names: frozenset[str]) -> Tools:
        return {name: self.tools.get(name, UNKNOWN) for name in names}


@dataclass(slots=True)
class KnownTools:
    """Every process asks for itself: what is remembered only spares asking."""

    ask: Ask
    clock: Clock
    _said: dict[tuple[str, str], _Said] = field(default_factory=dict)
    _asking: dict[tuple[str, str], asyncio.Task[None]] = field(default_factory=dict)

    def recall(self, target: Target, names: frozenset[str]) -> Tools | None:
        """All of them; None where the server has to be asked."""
        said, now = self._said.get(_key(target)), self.clock()
        if said is None or now >= said.said_at + STALE_SECONDS:
            return None
        known = now < said.said_at + FRESH_SECONDS and names <= said.tools.keys()
        return said.of(names) if known or now < said.asked_at + AGAIN_SECONDS else None

    async def find(self, target: Target, names: frozenset[str]) -> Tools | None:
        """All of them; None where the server does not say, and has not for a while. Asked once, however many wait."""
        key = _key(target)
        asking = self._asking.get(key)
        if asking is None:
            asking = self._asking[key] = asyncio.create_task(self._ask(target))
            asking.add_done_callback(lambda _: self._asking.pop(key, None))
        await asyncio.shield(asking)
        said = self._said.get(key)
        return said.of(names) if said is not None and self.clock() < said.said_at + STALE_SECONDS else None

    async def _ask(self, target: Target) -> None:
        tools, now = await self.ask(target), self.clock()
        before = self._said.pop(_key(target), None)
        while len(self._said) >= MOST_DEPLOYMENTS:
            del self._said[next(iter(self._said))]
        if tools is not None:
            self._said[_key(target)] = _Said(tools, now, now)
        elif before is not None:
            self._said[_key(target)] = replace(before, asked_at=now)


def _key(target: Target) -> tuple[str, str]:
    return target.deployment_id, target.upstream_url
