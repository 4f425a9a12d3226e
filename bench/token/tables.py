"""What was measured, in Markdown: a table for each deed, and the place for them on a page."""

from collections.abc import Mapping, Sequence
from statistics import median

from bench.token.contestants import Contestant
from bench.token.deeds import DEEDS, Deed
from bench.token.measure import Measured

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
