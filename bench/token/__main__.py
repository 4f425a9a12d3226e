"""What a token costs: CPU time of the whole server for each request, ours and others', side by side in one run."""

import argparse
import asyncio
import os
import sys
from collections import defaultdict
from pathlib import Path

from bench.circumstances import circumstances
from bench.token import tables
from bench.token.contestants import contestants
from bench.token.deeds import DEEDS, Deed
from bench.token.measure import Effort, Measured, measure
from tests.postgres import running

from bench import page

PROGRAM = "bench.token"


async def main(options: argparse.Namespace) -> None:
    effort = Effort(options.requests, options.warm, options.connections, options.tokens)
    deeds: list[Deed] = [deed for deed in DEEDS if deed in (options.deed or DEEDS)]
    if options.write:
        page.written(options.write.read_text(), [], PROGRAM)  # told now, not after ten minutes
    found: dict[tuple[Deed, str], list[Measured]] = defaultdict(list)
    with running(durable=True) as postgres:
        chosen = [each for each in contestants(postgres) if options.only in each.name]
        # In turn, so that whatever else the machine does falls on all of them.
        for number in range(options.runs):
            for deed in deeds:
                for contestant in (each for each in chosen if deed in each.does):
                    measured = await measure(contestant, deed, effort)
                    found[deed, contestant.name].append(measured)
                    told = f"run {number + 1}: {deed}: {contestant.name}: {measured.server:.0f} µs"
                    print(told, file=sys.stderr, flush=True)
    told = f"{options.runs} runs of {effort.requests} requests after {effort.warm} that warm"
    said = circumstances(told, effort.connections, os.getloadavg())
    block = [said, "", *tables.tables(chosen, found)]
    print("\n".join(block))
    if options.write:
        options.write.write_text(page.written(options.write.read_text(), block, PROGRAM))


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.token", description=__doc__)
    parser.add_argument("--deed", action="append", choices=DEEDS, help="only this; may be given again; default: all")
    parser.add_argument("--only", default="", help="servers whose name holds this")
    parser.add_argument("--runs", type=int, default=5, help="of each server; the tables show their median")
    parser.add_argument("--requests", type=int, default=3000, help="that are measured in a run")
    parser.add_argument("--warm", type=int, default=1500, help="requests before those")
    parser.add_argument("--connections", type=int, default=32, help="each with one request at a time")
    parser.add_argument("--tokens", type=int, default=64, help="that take turns, where they are not used up")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="puts the tables between the two marks on a page")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(parsed()))
