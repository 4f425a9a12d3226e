"""What a refresh costs: CPU time of the whole server for each, ours and others', side by side in one run."""

import argparse
import asyncio
import json
import sys
from collections import defaultdict
from dataclasses import asdict, dataclass
from statistics import median

from bench.token.contestants import Contestant, contestants
from bench.token.cost import cpu_seconds
from tests.postgres import running

MICRO = 1e6
MILLI = 1e3


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: CPU time in microseconds for each request, of the server and of the database beside it."""

    server: float
    beside: float | None
    a_second: float
    median_ms: float
    p99_ms: float


async def main(options: argparse.Namespace) -> None:
    found: dict[str, list[Measured]] = defaultdict(list)
    with running() as postgres:
        chosen = [each for each in contestants(postgres) if options.only in each.name]
        # In turn, so that whatever else the machine does falls on all of them.
        for number in range(options.runs):
            for contestant in chosen:
                measured = await measure(contestant, options)
                found[contestant.name].append(measured)
                print(f"run {number + 1}: {contestant.name}: {measured.server:.0f} µs", file=sys.stderr, flush=True)
    print("\n".join(table(chosen, found)))


async def measure(contestant: Contestant, options: argparse.Namespace) -> Measured:
    """One run on a new server, after some requests that warm it."""
    async with contestant.start(options.chains, options.connections) as server:
        load = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.token.load", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert load.stdin is not None
        assert load.stdout is not None
        load.stdin.write(json.dumps(asdict(server.plan)).encode() + b"\n")
        load.stdin.write(f"{options.warm}\n".encode())
        if not await load.stdout.readline():
            raise RuntimeError(f"{contestant.name}: the load ended early; what it said is above")
        before, beside = cpu_seconds(server.pid), cpu_seconds(server.beside) if server.beside else 0.0
        load.stdin.write(f"{options.requests}\n".encode())
        told = json.loads(await load.stdout.readline())
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


def table(chosen: list[Contestant], found: dict[str, list[Measured]]) -> list[str]:
    """Medians of the runs, in Markdown."""
    columns = ["server", "keeps tokens", "µs CPU a refresh", "lowest to highest", "µs of the database beside it"]
    columns += ["refreshes/s", "p50 ms", "p99 ms"]
    lines = [row(columns), row(["---", "---", *["--:"] * (len(columns) - 2)])]
    for contestant in chosen:
        runs = found[contestant.name]
        server = [run.server for run in runs]
        beside = [run.beside for run in runs if run.beside is not None]
        cells = [contestant.name, contestant.keeps, f"{median(server):.0f}", f"{min(server):.0f} to {max(server):.0f}"]
        cells += [f"{median(beside):.0f}" if beside else "", f"{median(run.a_second for run in runs):.0f}"]
        cells += [f"{median(run.median_ms for run in runs):.1f}", f"{median(run.p99_ms for run in runs):.1f}"]
        lines.append(row(cells))
    return lines


def row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.token", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="of each server; the table shows their median")
    parser.add_argument("--requests", type=int, default=3000, help="that are measured in a run")
    parser.add_argument("--warm", type=int, default=1500, help="requests before those")
    parser.add_argument("--connections", type=int, default=32, help="each with one request at a time")
    parser.add_argument(
        "--chains", type=int, default=64, help="grants that take turns; oidc-provider in memory forgets more"
    )
    parser.add_argument("--only", default="", help="servers whose name holds this")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(parsed()))
