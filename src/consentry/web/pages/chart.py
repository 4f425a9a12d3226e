"""A chart as SVG, drawn here: values in, markup out. Colours are the stylesheet's; words stand beside it, in HTML."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

HEIGHT = 100
_SLOT, _GAP = 10, 2


class Bar(NamedTuple):
    """A value, and a part of it that stands before it; what is said where somebody points at it."""

    whole: int
    part: int = 0
    said: str = ""


def bars(values: Sequence[Bar], label: str) -> Markup:
    """One bar a slot, side by side; `label` is for those who hear the page. What is there at all can be seen."""
    most = top(values)
    scale = Markup('<path class="scale" d="M0 0H{0}M0 {1}H{0}"/>').format(len(values) * _SLOT, HEIGHT // 2)
    drawn = [scale, *(_slot(slot, bar, most) for slot, bar in enumerate(values))]
    box = f"0 0 {max(len(values), 1) * _SLOT} {HEIGHT}"
    head = Markup('<svg class="chart" role="img" aria-label="{}" viewBox="{}" preserveAspectRatio="none">').format
    return Markup("{}{}</svg>").format(head(label, box), Markup("").join(drawn))


def line(bar: Bar, most: int) -> Markup:
    """One bar that lies, as long as its share of the largest; for the eye alone, since its numbers stand beside it."""
    drawn = [
        Markup('<rect class="{}" width="{}" height="6"/>').format(kind, max(round(value * 100 / most, 2), 1))
        for kind, value in (("whole", bar.whole), ("part", bar.part))
        if value > 0
    ]
    head = Markup('<svg class="share" aria-hidden="true" viewBox="0 0 100 6" preserveAspectRatio="none">')
    return Markup("{}{}</svg>").format(head, Markup("").join(drawn))


def top(values: Sequence[Bar]) -> int:
    """The largest value, which is as high as the chart."""
    return max((bar.whole for bar in values), default=0)


def _slot(slot: int, bar: Bar, most: int) -> Markup:
    drawn = Markup("").join(
        _bar(kind, slot, max(round(value * HEIGHT / most, 2), 1.5))
        for kind, value in (("whole", bar.whole), ("part", bar.part))
        if value > 0
    )
    if not bar.said:
        return drawn
    return Markup("<g><title>{}</title>{}{}</g>").format(bar.said, _bar("slot", slot, HEIGHT), drawn)


def _bar(kind: str, slot: int, height: float) -> Markup:
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
        kind, slot * _SLOT + _GAP // 2, round(HEIGHT - height, 2), _SLOT - _GAP, height
    )
