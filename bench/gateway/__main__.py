"""What a call through the gateway costs: CPU time of the proxy for each, ours and others', side by side in one run."""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from bench.circumstances import circumstances
from bench.gateway import proxies
from bench.gateway.contestants import Contestant, contestants
from bench.token.cost import cpu_seconds

from bench import page

PROGRAM = "bench.gateway"
MICRO = 1e6
MILLI = 1e3


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: CPU time in microseconds for each call, of all the processes of the proxy."""

    cpu: float
    a_second: float
    median_ms: float
    p99_ms: float


async def main(options: argparse.Namespace) -> None:
    if options.write:
        page.written(options.write.read_text(), [], PROGRAM)  # a page without a place is told now, not at the end
    found: dict[str, list[Measured]] = defaultdict(list)
    chosen = [each for each in contestants() if options.only in each.name]
    with (
        tempfile.TemporaryDirectory(prefix="upstream-bench-") as folder,
        proxies.nginx(Path(folder) / "upstream", proxies.upstream()) as (_, port),
    ):
        # In turn, so that whatever else the machine does falls on all of them.
        for number in range(options.runs):
            for contestant in chosen:
                measured = await measure(contestant, port, options)
                found[contestant.name].append(measured)
                print(f"run {number + 1}: {contestant.name}: {measured.cpu:.0f} µs", file=sys.stderr, flush=True)
    effort = f"{options.runs} runs of {options.calls} calls after {options.warm} that warm"
    said = circumstances(effort, options.connections, os.getloadavg())
    block = [said, "", *table(chosen, found), ""]
    print("\n".join(block))
    if options.write:
        options.write.write_text(page.written(options.write.read_text(), block, PROGRAM))


async def measure(contestant: Contestant, upstream_port: int, options: argparse.Namespace) -> Measured:
    """One run on a new proxy, after some calls that warm it."""
    async with contestant.start(upstream_port, options.connections) as proxy:
        load = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.gateway.load", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert load.stdin is not None
        assert load.stdout is not None
        load.stdin.write(json.dumps(asdict(proxy.plan)).encode() + b"\n")
        load.stdin.write(f"{options.warm}\n".encode())
        if not await load.stdout.readline():
            raise RuntimeError(f"{contestant.name}: the load ended early; what it said is above")
        before = sum(cpu_seconds(pid) for pid in proxy.pids)
        load.stdin.write(f"{options.calls}\n".encode())
        told = json.loads(await load.stdout.readline())
        spent = sum(cpu_seconds(pid) for pid in proxy.pids) - before
        load.stdin.close()
        await load.wait()
    return Measured(
        spent / told["calls"] * MICRO,
        told["calls"] / told["seconds"],
        told["median_seconds"] * MILLI,
        told["p99_seconds"] * MILLI,
    )


def table(chosen: list[Contestant], found: dict[str, list[Measured]]) -> list[str]:
    """Medians of the runs, in Markdown."""
    columns = ["proxy", "checks", "µs CPU a call", "lowest to highest", "calls/s", "p50 ms", "p99 ms"]
    lines = [row(columns), row(["---", "---", *["--:"] * (len(columns) - 2)])]
    for contestant in chosen:
        runs = found[contestant.name]
        cpu = [run.cpu for run in runs]
        cells = [contestant.name, contestant.checks, f"{median(cpu):.0f}", f"{min(cpu):.0f} to {max(cpu):.0f}"]
        cells += [f"{median(run.a_second for run in runs):.0f}", f"{median(run.median_ms for run in runs):.1f}"]
        cells += [f"{median(run.p99_ms for run in runs):.1f}"]
        lines.append(row(cells))
    return lines


def row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.gateway", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="of each proxy; the table shows their median")
    parser.add_argument("--calls", type=int, default=20_000, help="that are measured in a run")
    parser.add_argument("--warm", type=int, default=4000, help="calls before those")
    parser.add_argument("--connections", type=int, default=32, help="each with one call at a time")
    parser.add_argument("--only", default="", help="proxies whose name holds this")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="puts the table between the two marks on a page")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(parsed()))
