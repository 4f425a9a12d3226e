"""A log that grows: each line once, whenever it comes."""

import pytest

from consentry.cli import tail
from consentry.cli.tail import SETTLED_SECONDS, Tail

pytestmark = pytest.mark.anyio


class Log:
    """Lines by number."""

    def __init__(self) -> None:
        self.lines: dict[int, str] = {}
        self.asked: list[int] = []

    async def read(self, last: int, most: int) -> list[tuple[int, str]]:
        self.asked.append(last)
        return [(number, self.lines[number]) for number in sorted(self.lines) if number > last][:most]


async def test_each_line_comes_once() -> None:
    log = Log()
    new = Tail(log.read, 0).new
    log.lines |= {1: "one", 2: "two"}
    assert await new(0) == ["one", "two"]
    assert await new(1) == []
    log.lines[3] = "three"
    assert await new(2) == ["three"]


async def test_nothing_before_the_beginning_comes() -> None:
    log = Log()
    log.lines |= {1: "one", 2: "two"}
    assert await Tail(log.read, 1).new(0) == ["two"]


async def test_a_line_that_was_committed_late_comes_although_later_ones_were_there() -> None:
    log = Log()
    new = Tail(log.read, 0).new
    log.lines |= {1: "one", 3: "three"}
    assert await new(0) == ["one", "three"]
    log.lines[2] = "two"
    assert await new(1) == ["two"]


async def test_what_is_settled_is_not_read_again() -> None:
    log = Log()
    new = Tail(log.read, 0).new
    log.lines |= {1: "one", 2: "two"}
    await new(0)
    await new(SETTLED_SECONDS)
    await new(SETTLED_SECONDS + 1)
    assert log.asked == [0, 0, 2]


async def test_more_lines_than_a_page_come_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "PAGE", 10)
    log = Log()
    log.lines |= {number: str(number) for number in range(1, 36)}
    assert len(await Tail(log.read, 0).new(0)) == 35
