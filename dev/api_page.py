"""Writes the operations of docs/api.md from the table that requests are routed by: `python -m dev.api_page`."""

from pathlib import Path

from consentry.accounts.personal_tokens import WORDS
from consentry.web.management.table import OPERATIONS

PAGE = Path(__file__).parent.parent / "docs" / "api.md"
BEGIN = "## Operations\n"
SCOPES = "| scope | lets a program |\n|---|---|\n"
LEAD = """
Paths are below `/api/v1`. Those that are marked are for operators, whatever the scopes of a token.

| operation | scope | what it does |
|---|---|---|
"""


def render(page: str) -> str:
    """The page as it is to be: what is written by hand stays."""
    before, _, rest = page.partition(SCOPES)
    _, _, between = rest.partition("\n\n")
    scopes = "".join(f"| `{scope}` | {words[0].lower()}{words[1:]} |\n" for scope, words in WORDS.items())
    rows = "".join(f"{row}\n" for row in _rows())
    by_hand, _, _ = between.partition(BEGIN)
    return f"{before}{SCOPES}{scopes}\n{by_hand}{BEGIN}{LEAD}{rows}"


def _rows() -> list[str]:
    return [
        f"| `{one.method} {one.template}` | `{one.scope}`{', operators' if one.operates else ''} | {one.summary} |"
        for one in OPERATIONS
    ]


if __name__ == "__main__":
    PAGE.write_text(render(PAGE.read_text()))
    print(f"Wrote {PAGE.name}.")
