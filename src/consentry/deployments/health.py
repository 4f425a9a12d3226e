"""What was found when a deployment's MCP server was last asked for."""

from dataclasses import dataclass
from typing import Literal, Protocol

from consentry.deployments.model import Deployment

HealthState = Literal["well", "down", "unknown", "paused", "elsewhere"]

MOST_TOOLS = 500
LONGEST_WORD = 200
LONGEST_FAULT = 1000


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at it, at epoch seconds: `fault` says in a sentence what is wrong, or else all the rest is known."""

    at: int
    fault: str | None = None
    server_name: str | None = None
    protocol_version: str | None = None
    tools: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        return self.fault is None


class HealthTransaction(Protocol):
    """What this room needs of a transaction."""

    async def keep_health(self, deployment_id: str, seen: Seen) -> bool:
        """The newest look stands; False where a newer one is kept, or the deployment has gone."""
        ...

    async def list_health(self, owner_id: str | None) -> dict[str, Seen]:
        """By deployment, those of one owner or all."""
        ...

    async def find_health(self, deployment_id: str) -> Seen | None: ...


def state(deployment: Deployment, seen: Seen | None) -> HealthState:
    """How it is, as far as anybody has looked."""
    if deployment.paused_at is not None:
        return "paused"
    if deployment.upstream_url is None:
        return "elsewhere"
    if seen is None:
        return "unknown"
    return "well" if seen.well else "down"


def bounded(seen: Seen) -> Seen:
    """As it is kept: a stranger's server chooses these words, and how many there are."""
    return Seen(
        seen.at,
        seen.fault[:LONGEST_FAULT] if seen.fault is not None else None,
        seen.server_name[:LONGEST_WORD] if seen.server_name is not None else None,
        seen.protocol_version[:LONGEST_WORD] if seen.protocol_version is not None else None,
        tuple(tool[:LONGEST_WORD] for tool in seen.tools[:MOST_TOOLS]),
    )
