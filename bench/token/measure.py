"""One run: a new server, some requests that warm it, and then those whose CPU time counts."""

import asyncio
import json
import sys
from dataclasses import asdict, dataclass

from bench.token.contestants import Contestant
from bench.token.cost import cpu_seconds
from bench.token.deeds import USED_UP, Deed
from bench.token.load import Plan

MICRO = 1e6
MILLI = 1e3


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is asked of a server in a run. `tokens` take turns; where each is used up, there are as many as
    requests."""

    requests: int
    warm: int
    connections: int
    tokens: int

    def tokens_for(self, deed: Deed) -> int:
        return self.requests + self.warm if deed in USED_UP else self.tokens


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: CPU time in microseconds for each request, of the server and of the database beside it."""

    server: float
    beside: float | None
    a_second: float
    median_ms: float
    p99_ms: float


async def measure(contestant: Contestant, deed: Deed, effort: Effort) -> Measured:
    """What a request costs this contestant, just now."""
    async with contestant.start(deed, effort.tokens_for(deed)) as server:
        load = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.token.load", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert load.stdin is not None
        assert load.stdout is not None
        plan = Plan(server.port, effort.connections, server.asking)
        load.stdin.write(json.dumps(asdict(plan)).encode() + b"\n")
        load.stdin.write(f"{effort.warm}\n".encode())
        if not await load.stdout.readline():
            raise RuntimeError(f"{contestant.name}, {deed}: the load ended early; what it said is above")
        before, beside = cpu_seconds(server.pid), cpu_seconds(server.beside) if server.beside else 0.0
        load.stdin.write(f"{effort.requests}\n".encode())
        line = await load.stdout.readline()
        if not line:
            raise RuntimeError(f"{contestant.name}, {deed}: the load ended early; what it said is above")
        told = json.loads(line)
        spent = cpu_seconds(server.pid) - before
        spent_beside = cpu_seconds(server.beside) - beside if server.beside else None
        load.stdin.close()
        await load.wait()
    return Measured(
        spent / told["requests"] * MICRO,
        spent_beside / told["requests"] * MICRO if spent_beside is not None else None,
        told["requests"] / told["seconds"],
        told["median_seconds"] * MILLI,
        told["p99_seconds"] * MILLI,
    )
