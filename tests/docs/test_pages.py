"""The documentation says what the program does: every setting, event, command and link."""

import re
from pathlib import Path
from typing import get_args

import pytest
from dev import settings_page, troubleshooting_page

from consentry.audit import SUSPICIOUS, EventName

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def test_the_page_of_settings_is_what_the_settings_say() -> None:
    assert settings_page.PAGE.read_text() == settings_page.render(), "run `python -m dev.settings_page`"


def test_the_page_of_troubleshooting_is_what_the_program_says() -> None:
    said = troubleshooting_page.render()
    assert troubleshooting_page.PAGE.read_text() == said, "run `python -m dev.troubleshooting_page`"


def test_every_event_is_described_and_the_suspicious_are_marked() -> None:
    rows = dict(re.findall(r"^\| `([a-z_:]+)` \| (.+) \|$", (ROOT / "docs/events.md").read_text(), re.MULTILINE))
    assert set(rows) == set(get_args(EventName))
    assert {name for name, words in rows.items() if "**Suspicious.**" in words} == SUSPICIOUS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text())
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing


def test_every_decision_that_is_cited_is_there() -> None:
    sources = [*ROOT.glob("src/**/*.py"), *ROOT.glob("docs/**/*.md")]
    cited = {int(number) for source in sources for number in re.findall(r"\bADR (\d+)", source.read_text())}
    taken = {int(record.name[:4]) for record in (ROOT / "docs/adr").glob("0*.md")}
    assert cited <= taken
    assert cited
