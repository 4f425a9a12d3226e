"""What was measured, in Markdown: a table for each deed, and the place for them on a page."""

import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from bench.token.contestants import Contestant
from bench.token.deeds import DEEDS, Deed
from bench.token.measure import Effort, Measured

BEGIN = "<!-- Written by `python -m bench.token --write`: begin -->"
END = "<!-- Written by `python -m bench.token --write`: end -->"
COLUMNS = ["server", "keeps tokens", "µs CPU a request", "lowest to highest", "µs of the database beside it"]
COLUMNS += ["requests/s", "p50 ms", "p99 ms"]


def tables(chosen: Sequence[Contestant], found: Mapping[tuple[Deed, str], Sequence[Measured]]) -> list[str]:
    """Medians of the runs, deed by deed; those that were not measured are left out."""
    lines: list[str] = []
    for deed, words in DEEDS.items():
        here = [each for each in chosen if deed in each.does and (deed, each.name) in found]
        rows = [_row(each, found[deed, each.name]) for each in here]
        if rows:
            rule = _line(["---", "---", *["--:"] * (len(COLUMNS) - 2)])
            lines += [f"### {heading(deed)}", "", words, "", _line(COLUMNS), rule, *rows, ""]
    return lines


def circumstances(effort: Effort, runs: int, load: tuple[float, float, float]) -> str:
    """On what machine, and how: what the numbers mean nothing without. `load` is as the system tells it."""
    return (
        f"Medians of {runs} runs of {effort.requests} requests after {effort.warm} that warm, over"
        f" {effort.connections} connections, on {_processor()}, {platform.system()} {platform.release()}, Python"
        f" {platform.python_version()}; the system's load was {load[1]:.1f} over the last five minutes of it."
    )


def written(page: str, block: Sequence[str]) -> str:
    """The page with this between its two marks, and all else as it was."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the page has no place for the tables: put two lines into it, {BEGIN} and {END}")
    return "\n".join([before + BEGIN, "", *block, END + after])


def heading(deed: Deed) -> str:
    """`JWT refresh`"""
    return deed.capitalize().replace("Jwt", "JWT")


def _row(contestant: Contestant, runs: Sequence[Measured]) -> str:
    server = [run.server for run in runs]
    beside = [run.beside for run in runs if run.beside is not None]
    cells = [contestant.name, contestant.keeps, f"{median(server):.0f}", f"{min(server):.0f} to {max(server):.0f}"]
    cells += [f"{median(beside):.0f}" if beside else "", f"{median(run.a_second for run in runs):.0f}"]
    cells += [f"{median(run.median_ms for run in runs):.1f}", f"{median(run.p99_ms for run in runs):.1f}"]
    return _line(cells)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(models)} cores of {models[0]}" if models else platform.machine()
