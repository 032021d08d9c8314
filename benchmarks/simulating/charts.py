"""Line charts as SVG, drawn by hand: no library, the same bytes for the same values.

Promises: readable on a light and a dark page (a ground of its own), without colours (lines differ in dash and are named at their
ends), and by a screen reader (a title and a sentence that says what is seen).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 410
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 56, 52
INK, GREY, GROUND = "#1e2024", "#c9c9c4", "#fafaf8"
COLOURS = ("#1e50a0", "#aa2828", "#1e6e3c", "#783290", "#8c5a00", "#00697a")
DASHES = ("", "7 4", "2 3", "9 3 2 3", "1 5", "12 5")


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its name, and its points by x."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture.

    Attributes:
        title: above it.
        says: for who cannot see it.
        x, y: what the axes are.
        lines: drawn in their order.
        bounds: horizontal lines with their names: limits and promises.
        logarithmic: whether the y axis is; a value below ``least`` is drawn there. The x axis always is.
        marks: where the x axis has numbers; nothing means at every point.
    """

    title: str
    says: str
    x: str
    y: str
    lines: Sequence[Line]
    bounds: Sequence[tuple[str, float]] = ()
    logarithmic: bool = False
    least: float = 0.0
    marks: Sequence[float] = ()

    def svg(self) -> str:
        """The whole file."""
        xs = sorted({x for line in self.lines for x, _ in line.points})
        values = [max(y, self.least) for line in self.lines for _, y in line.points] + [y for _, y in self.bounds]
        across = _scale(math.log2(xs[0]), math.log2(xs[-1]), LEFT, WIDTH - RIGHT)
        ticks = _decades(min(values), max(values)) if self.logarithmic else _rounds(max(values))
        low, high = ticks[0], ticks[-1]
        rise = _scale(math.log10(low), math.log10(high), HEIGHT - BOTTOM, TOP) if self.logarithmic else None
        straight = _scale(low, high, HEIGHT - BOTTOM, TOP)

        def up(value: float) -> float:
            return rise(math.log10(max(value, low))) if rise is not None else straight(value)

        parts = [self._frame()]
        for tick in ticks:
            parts.append(_across(up(tick), GREY))
            parts.append(_text(LEFT - 8, up(tick) + 4, _number(tick), "end"))
        parts += [_text(across(math.log2(x)), HEIGHT - BOTTOM + 18, _number(x), "middle") for x in self.marks or xs]
        for name, bound in self.bounds:
            parts.append(_across(up(bound), f'{INK}" stroke-width="1.5'))
            parts.append(_text(LEFT + 6, up(bound) + (-5 if up(bound) > TOP + 5 else 15), name, "start"))
        ends = _apart([up(max(line.points[-1][1], self.least)) for line in self.lines])
        for number, (line, end) in enumerate(zip(self.lines, ends, strict=True)):
            colour, dash = COLOURS[number % len(COLOURS)], DASHES[number % len(DASHES)]
            drawn = " ".join(f"{across(math.log2(x)):.1f},{up(max(y, self.least)):.1f}" for x, y in line.points)
            parts.append(f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2.2" stroke-dasharray="{dash}"/>')
            parts.append(_text(WIDTH - RIGHT + 8, end + 4, line.name, "start", colour))
        parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, self.x, "middle"))
        return "\n".join([*parts, "</svg>"]) + "\n"

    def _frame(self) -> str:
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'font-family="system-ui, DejaVu Sans, sans-serif" font-size="12">\n'
            f"<title>{escape(self.title)}</title>\n<desc>{escape(self.says)}</desc>\n"
            f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="{GROUND}" stroke="{GREY}"/>\n'
            f'<text x="{LEFT - 50}" y="22" font-size="15" font-weight="600" fill="{INK}">{escape(self.title)}</text>\n'
            f'<text x="{LEFT - 50}" y="38" fill="{INK}">{escape(self.y)}</text>'
        )


def _text(x: float, y: float, words: str, anchor: str, colour: str = INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'


def _across(y: float, stroke: str) -> str:
    return f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{stroke}"/>'


def _scale(first: float, last: float, begin: float, end: float) -> Callable[[float], float]:
    width = (last - first) or 1.0
    return lambda value: begin + (value - first) / width * (end - begin)


def _decades(low: float, high: float) -> list[float]:
    """Powers of ten around the values."""
    return [10.0**power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high) + 1e-9) + 1)]


def _rounds(high: float) -> list[float]:
    """Five or so round steps from nothing to beyond the highest."""
    step = next(one * 10.0**power for power in range(-4, 12) for one in (1, 2, 5) if one * 10.0**power * 6 >= high)
    return [step * number for number in range(math.ceil(high / step - 1e-9) + 1)]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:g}"


def _apart(places: Sequence[float], least: float = 15.0) -> list[float]:
    """Places of the names, moved so that none stands on another."""
    order = sorted(range(len(places)), key=lambda number: places[number])
    moved = list(places)
    for above, below in pairwise(order):
        moved[below] = max(moved[below], moved[above] + least)
    excess = max(0.0, max(moved, default=0.0) - (HEIGHT - BOTTOM))
    return [place - excess for place in moved]
