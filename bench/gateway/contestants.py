"""Who is measured: each is a proxy in front of the same upstream, started for one run and ended behind it."""

import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.gateway import installed, proxies
from bench.gateway.load import Plan
from bench.process import free_port, listening, running

from consentry import settings

_SERVE = ["-m", "consentry", "serve", "--port"]


@dataclass(frozen=True, slots=True)
class Running:
    """A proxy that listens; `pids` are all that a call costs."""

    pids: tuple[int, ...]
    plan: Plan


@dataclass(frozen=True, slots=True)
class Contestant:
    """`start(upstream_port, connections)`."""

    name: str
    checks: str
    start: Callable[[int, int], AbstractAsyncContextManager[Running]]


def contestants() -> list[Contestant]:
    """Ours first."""
    checks = "token, grant, scope"
    return [
        Contestant("Consentry", f"{checks}; tool rule, quota, log", partial(_ours, _SERVE, full=True)),
        Contestant("Consentry, authorization alone", checks, partial(_ours, ["-m", "bench.gateway.alone"])),
        Contestant("nginx", "nothing", _nginx),
        Contestant("nginx, auth_request to us", checks, partial(_asking, cached=False)),
        Contestant("nginx, auth_request to us, cached 1 s", checks, partial(_asking, cached=True)),
        Contestant("Envoy", "nothing", partial(_envoy, checked=False)),
        Contestant("Envoy, jwt_authn with its cache", "a JWT, remembered", partial(_envoy, checked=True)),
    ]


@asynccontextmanager
async def _ours(
    command: list[str], upstream_port: int, connections: int, *, full: bool = False
) -> AsyncIterator[Running]:
    """`full`: with a tool rule that reads every body, and a plan whose calls are counted."""
    with tempfile.TemporaryDirectory(prefix="consentry-bench-") as folder:
        port = free_port()
        values = {"PUBLIC_URL": f"http://127.0.0.1:{port}", "LOG_LEVEL": "warning", "DATA_DIR": folder}
        if full:
            values |= {"PLANS": "bench=9999999/hour 99999999/month", "DEFAULT_PLAN": "bench"}
        variables = {f"{settings.PREFIX}{name}": value for name, value in values.items()}
        here = settings.load(None, variables)
        tokens = await installed.prepare(here, f"http://127.0.0.1:{upstream_port}/mcp", connections, ruled=full)
        with running([sys.executable, *command, str(port)], os.environ | variables) as process:
            listening(port, process)
            yield Running((process.pid,), Plan(port, f"/mcp/{installed.SLUG}", tokens))


@asynccontextmanager
async def _nginx(upstream_port: int, connections: int) -> AsyncIterator[Running]:
    with (
        tempfile.TemporaryDirectory(prefix="nginx-bench-") as folder,
        proxies.nginx(Path(folder) / "proxy", *proxies.passing(upstream_port)) as (process, port),
    ):
        yield Running((process.pid,), Plan(port, "/mcp", ["any"] * connections))


@asynccontextmanager
async def _asking(upstream_port: int, connections: int, *, cached: bool) -> AsyncIterator[Running]:
    async with _ours(_SERVE, upstream_port, connections) as ours:
        told = proxies.asking(upstream_port, ours.plan.port, f"/forward-auth/{installed.SLUG}", cached=cached)
        with (
            tempfile.TemporaryDirectory(prefix="nginx-bench-") as folder,
            proxies.nginx(Path(folder) / "proxy", *told) as (process, port),
        ):
            yield Running((process.pid, *ours.pids), Plan(port, "/mcp", ours.plan.tokens))


@asynccontextmanager
async def _envoy(upstream_port: int, connections: int, *, checked: bool) -> AsyncIterator[Running]:
    filters, token = proxies.jwt_authn() if checked else ([], "any")
    with (
        tempfile.TemporaryDirectory(prefix="envoy-bench-") as folder,
        proxies.envoy(Path(folder) / "proxy", upstream_port, filters) as (process, port),
    ):
        yield Running((process.pid,), Plan(port, "/mcp", [token] * connections))
