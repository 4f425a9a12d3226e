"""What the page about use shows: plain values, already decided; its charts are markup of our own."""

from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

Span = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class WindowLine:
    """A window of the plan: how many calls it allows (None: any number), how many are made, when the next come back."""

    words: str
    limit: int | None
    made: int
    remaining: int | None = None
    returns_at: int | None = None


@dataclass(frozen=True, slots=True)
class UseLine:
    """Calls of one tool or application, or in one slot of time; latencies in words. The first two are also drawn."""

    name: str
    calls: int
    errors: int
    half: str
    most: str
    calls_drawn: Markup | str = ""
    most_drawn: Markup | str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its words: what it shows, its largest value, and when it begins and ends."""

    title: str
    drawn: Markup
    top: str
    whole: str
    part: str


@dataclass(frozen=True, slots=True)
class UsePage:
    """How much a deployment is used. `spans` are (words, path, chosen), `times` (when a slot begins, what it holds)."""

    deployment_name: str
    back: str
    plan: str
    own: bool
    windows: tuple[WindowLine, ...]
    spans: tuple[tuple[str, str, bool], ...]
    summary: str
    since: int
    until: int
    figures: tuple[Figure, ...]
    tools: tuple[UseLine, ...]
    clients: tuple[UseLine, ...]
    times: tuple[tuple[int, UseLine], ...]


UseView = UsePage
