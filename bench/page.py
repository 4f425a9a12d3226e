"""A place for tables on a page of the documentation: between two marks that name the program which writes them."""

from collections.abc import Sequence


def begin(program: str) -> str:
    return f"<!-- Written by `python -m {program} --write`: begin -->"


def end(program: str) -> str:
    return f"<!-- Written by `python -m {program} --write`: end -->"


def written(page: str, block: Sequence[str], program: str) -> str:
    """The page with this between the program's two marks, and all else as it was."""
    first, last = begin(program), end(program)
    before, found, rest = page.partition(first)
    _, ended, after = rest.partition(last)
    if not (found and ended):
        raise ValueError(f"the page has no place for the tables: put two lines into it, {first} and {last}")
    return "\n".join([before + first, "", *block, last + after])
