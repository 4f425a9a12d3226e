"""The benchmark of tokens: each deed is done, and the page about it holds what it writes."""

from pathlib import Path
from typing import cast

import pytest
from bench.token import tables
from bench.token.contestants import contestants, on_sqlite
from bench.token.deeds import DEEDS, Deed
from bench.token.measure import Effort, Measured, measure

from bench import page
from tests.postgres import Server

PROGRAM = "bench.token"
PAGE = (Path(__file__).parents[1] / "docs" / "performance.md").read_text()


def test_every_deed_has_its_table_on_the_page_and_no_other_has() -> None:
    block = PAGE.partition(page.begin(PROGRAM))[2].partition(page.end(PROGRAM))[0]
    headings = [line.removeprefix("### ") for line in block.splitlines() if line.startswith("### ")]
    assert headings == [tables.heading(deed) for deed in DEEDS]


def test_only_what_is_between_the_marks_is_written_anew() -> None:
    before, after = f"# A page\n\n{page.begin(PROGRAM)}", f"{page.end(PROGRAM)}\n\nMore.\n"
    assert page.written(f"{before}\nold\n{after}", ["new", ""], PROGRAM) == f"{before}\n\nnew\n\n{after}"


def test_a_page_without_the_marks_is_left_alone() -> None:
    with pytest.raises(ValueError, match="no place for the tables"):
        page.written("# A page\n", ["new"], PROGRAM)


def test_a_table_shows_the_median_and_how_far_the_runs_are_apart() -> None:
    runs = [Measured(server, None, 1000.0, 1.0, 2.0) for server in (300.0, 200.0, 250.0)]
    lines = tables.tables([on_sqlite()], {("refresh", on_sqlite().name): runs})
    assert lines[-2] == "| Consentry, SQLite | on disk, synced | 250 | 200 to 300 |  | 1000 | 1.0 | 2.0 |"
    assert [line for line in lines if line.startswith("### ")] == ["### Refresh"]


def test_nobody_stands_in_a_table_twice() -> None:
    for deed in DEEDS:
        names = [each.name for each in contestants(cast("Server", None)) if deed in each.does]
        assert len(set(names)) == len(names), deed


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize("deed", DEEDS)
async def test_our_own_server_does_each_deed(deed: Deed) -> None:
    measured = await measure(on_sqlite(), deed, Effort(requests=64, warm=16, connections=4, tokens=16))
    assert measured.a_second > 0
