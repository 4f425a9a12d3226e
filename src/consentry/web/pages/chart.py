"""A chart as SVG, drawn here: values in, markup out. Colours are the stylesheet's; words stand beside it, in HTML."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

HEIGHT = 100
_SLOT, _GAP = 10, 2


class Bar(NamedTuple):
    """A value, and a part of it that stands before it."""

    whole: int
    part: int = 0


def bars(values: Sequence[Bar], label: str) -> Markup:
    """One bar a slot, side by side; `label` is for those who hear the page. What is there at all can be seen."""
    most = top(values)
    drawn: list[Markup] = []
    for slot, bar in enumerate(values):
        for kind, value in (("whole", bar.whole), ("part", bar.part)):
            if value > 0:
                drawn.append(_bar(kind, slot, max(round(value * HEIGHT / most, 2), 1.5)))
    box = f"0 0 {max(len(values), 1) * _SLOT} {HEIGHT}"
    head = Markup('<svg class="chart" role="img" aria-label="{}" viewBox="{}" preserveAspectRatio="none">').format
    return Markup("{}{}</svg>").format(head(label, box), Markup("").join(drawn))


def top(values: Sequence[Bar]) -> int:
    """The largest value, which is as high as the chart."""
    return max((bar.whole for bar in values), default=0)


def _bar(kind: str, slot: int, height: float) -> Markup:
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
        kind, slot * _SLOT + _GAP // 2, round(HEIGHT - height, 2), _SLOT - _GAP, height
    )
